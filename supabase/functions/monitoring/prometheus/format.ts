import type { Format } from './exposition.ts'

/**
 * The format that an `Accept` header prefers; the text format where it prefers neither, because whoever
 * asks for something else, as a browser does, can read that.
 */
export function chooseFormat(accept: string | null): Format {
  const ranges = (accept ?? '').split(',').map(readRange)
  const qualityOf = (format: Format): number =>
    Math.max(0, ...ranges.filter((range) => range.format === format).map(({ quality }) => quality))
  return qualityOf('openmetrics') > qualityOf('text') ? 'openmetrics' : 'text'
}

function readRange(range: string): { format?: Format; quality: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const { q = '1', version } = Object.fromEntries(
    parameters.map((parameter) => parameter.split('=').map((part) => part.trim())),
  ) as Record<string, string>
  const quality = Number(q) || 0
  // Another version than the one that is served, as the drafts of OpenMetrics were, is another format.
  if (type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0')
    return { format: 'openmetrics', quality }
  if (type === 'text/plain' && (version ?? '0.0.4') === '0.0.4') return { format: 'text', quality }
  return { quality }
}
