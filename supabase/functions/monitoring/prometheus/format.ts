import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { Format } from './exposition.ts'

/** A media type of an `Accept` header. */
interface Range {
  type: string
  params: Record<string, string>
  q: number
}

/** The media type of each format, and the one version of it that is served: drafts are another. */
const served: Record<Format, { type: string; version: string }> = {
  openmetrics: { type: 'application/openmetrics-text', version: '1.0.0' },
  text: { type: 'text/plain', version: '0.0.4' },
}

/**
 * The format that a request's `Accept` prefers; the text format where it prefers neither, because
 * whoever asks for something else, as a browser does, can read that.
 */
export function chooseFormat(c: Context): Format {
  const chosen = accepts(c, { header: 'Accept', supports: [], default: 'text', match: prefer })
  return chosen === 'openmetrics' ? chosen : 'text'
}

function prefer(ranges: Range[]): Format {
  const qualityOf = (format: Format): number =>
    Math.max(0, ...ranges.filter((range) => isOf(format, range)).map(({ q }) => q))
  return qualityOf('openmetrics') > qualityOf('text') ? 'openmetrics' : 'text'
}

function isOf(format: Format, { type, params }: Range): boolean {
  const { version } = served[format]
  // Hono takes a quality that is no number for 1; here, nobody asked for it in earnest.
  const isReadable = !Number.isNaN(Number(params['q'] ?? 1))
  const isServed = (params['version'] ?? version) === version
  return type.toLowerCase() === served[format].type && isServed && isReadable
}
