/** What a family measures, and how it is said in either format. */
export interface Family {
  /** Without `_total` or `_info`. */
  name: string
  type: 'counter' | 'gauge' | 'histogram' | 'info'
  help: string
  samples: Sample[]
}

export interface Sample {
  labels: Record<string, string>
  /** Of a histogram: its buckets' cumulative counts by their bounds, in order, and the sum. */
  value: number | { buckets: [bound: number, count: number][]; sum: number }
}

/** The two formats that Prometheus reads: OpenMetrics 1.0.0, and its own text format 0.0.4. */
export type Format = 'openmetrics' | 'text'

export const contentTypes: Record<Format, string> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
}

/** Units that a family's name may end in. */
const units = ['seconds', 'ratio', 'bytes']

/**
 * Families as text. Samples are named alike in both formats; what differs is that OpenMetrics
 * declares a family without the suffix of its samples, knows units and ends in `# EOF`.
 */
export function expose(families: Family[], format: Format): string {
  const lines = families.flatMap((family) => [...header(family, format), ...body(family)])
  if (format === 'openmetrics') lines.push('# EOF')
  return lines.map((line) => `${line}\n`).join('')
}

function header({ name, type, help }: Family, format: Format): string[] {
  if (format === 'text') {
    const sample = name + suffixOf(type)
    const known = type === 'info' ? 'gauge' : type
    return [`# HELP ${sample} ${escapeHelp(help)}`, `# TYPE ${sample} ${known}`]
  }
  const unit = units.find((each) => name.endsWith(`_${each}`))
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escapeLabel(help)}`,
  ]
}

const suffixOf = (type: Family['type']): string =>
  type === 'counter' ? '_total' : type === 'info' ? '_info' : ''

function body({ name, type, samples }: Family): string[] {
  return samples.flatMap(({ labels, value }) => {
    if (typeof value === 'number') return [writeSample(name + suffixOf(type), labels, value)]
    const last = value.buckets.at(-1)?.[1] ?? 0
    return [
      ...value.buckets.map(([bound, count]) =>
        writeSample(`${name}_bucket`, { ...labels, le: writeBound(bound) }, count),
      ),
      writeSample(`${name}_sum`, labels, value.sum),
      writeSample(`${name}_count`, labels, last),
    ]
  })
}

function writeSample(name: string, labels: Record<string, string>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${String(value)}`
}

/** As OpenMetrics wants it, and so alike in both formats: 1 is `1.0`. */
function writeBound(bound: number): string {
  if (bound === Infinity) return '+Inf'
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound)
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

/** Almost none needs it, and there are tens of thousands. */
const escapeLabel = (text: string): string =>
  /["\\\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text
