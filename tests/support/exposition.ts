/** An exposition, line by line: declarations by family, and each sample's value by its name and labels. */
export interface Exposition {
  /** The type that each family was declared with. */
  types: Record<string, string>
  samples: Record<string, number>
}

const lines = {
  declaration: /^# (?:TYPE|HELP|UNIT) [a-z_]+ \S.*$/,
  type: /^# TYPE ([a-z_]+) (counter|gauge|histogram|info)$/,
  sample: /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (-?[\d.e+-]+)$/,
}

/**
 * Reads what a scrape answers, either format.
 *
 * @throws {Error} for a line that is none, and for a sample that is there twice
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const exposition: Exposition = { types: {}, samples: {} }
  for (const line of text.slice(0, -1).split('\n')) {
    const [, family, type] = lines.type.exec(line) ?? []
    const [, series, value] = lines.sample.exec(line) ?? []
    if (family !== undefined) exposition.types[family] = type ?? ''
    else if (series !== undefined) {
      if (series in exposition.samples) throw new Error(`twice: ${series}`)
      exposition.samples[series] = Number(value)
    } else if (line !== '# EOF' && !lines.declaration.test(line)) {
      throw new Error(`not a line: ${line}`)
    }
  }
  return exposition
}

/** The samples of one name, by their labels. */
export function samplesOf({ samples }: Exposition, name: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(samples).flatMap(([series, value]) => {
      const [found = '', labels = ''] = series.split(/(?=\{)/)
      return found === name ? [[labels, value]] : []
    }),
  )
}
