/** The two that are measured beside each other. */
export interface Sides<T> {
  ours: () => Promise<T>
  peer: () => Promise<T>
}

/**
 * Does two things in turn, round by round: whoever goes first in one round goes second in the next,
 * so that neither finds the caches warmed by the other each time. The first round warms up and does
 * not count.
 *
 * @param before what happens at the start of each round
 * @returns what each answered, by round
 */
export async function inTurn<T>(
  rounds: number,
  sides: Sides<T>,
  before: () => Promise<unknown> = async () => {},
): Promise<{ ours: T[]; peer: T[] }> {
  const answers = { ours: [] as T[], peer: [] as T[] }
  for (let round = 0; round <= rounds; round++) {
    await before()
    const order = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)
    for (const side of order) {
      const answer = await sides[side]()
      if (round > 0) answers[side].push(answer)
    }
  }
  return answers
}

/** How long each of two takes, as `inTurn` does them: the medians, in milliseconds. */
export async function timeInTurn(
  rounds: number,
  sides: Sides<unknown>,
  before?: () => Promise<unknown>,
): Promise<{ ours: number; peer: number }> {
  const timed = { ours: () => time(sides.ours), peer: () => time(sides.peer) }
  const { ours, peer } = await inTurn(rounds, timed, before)
  return { ours: median(ours), peer: median(peer) }
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function median(values: number[]): number {
  return quantile(values, 0.5)
}

/** The value below which a share of the values lie, interpolated between the two nearest. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) throw new Error('no values')
  return below + (above - below) * (place - Math.floor(place))
}
