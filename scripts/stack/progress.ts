const width = 30

/** Shows a step that takes a while; in a terminal as a bar that fills, else as its last line. */
export function createProgressBar(
  label: string,
  output: NodeJS.WriteStream = process.stdout,
): (done: number, total: number) => void {
  return (done, total) => {
    const finished = done >= total
    if (!output.isTTY) {
      if (finished) output.write(`  ${label}: ${total}\n`)
      return
    }
    const filled = total === 0 ? width : Math.round((done / total) * width)
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled)
    output.write(`\r  ${label} ${bar} ${done}/${total}${finished ? '\n' : ''}`)
  }
}

/** Does one step of the start and says how long it took. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const result = await work()
  console.log(`  ✓ ${label} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  return result
}
