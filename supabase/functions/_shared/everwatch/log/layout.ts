import { readEnvironment } from '../runtime/environment.ts'
import { logLevels, type LogLevel } from './entry.ts'
import type { ErrorMembers } from './json.ts'

/**
 * The names of a line's fields: each log service looks for its own. The strings are the pieces of JSON
 * between the values.
 */
export interface Layout {
  beforeTime: string
  beforeMessage: Record<LogLevel, string>
  /** Writes the members that name the trace and the span. */
  trace(traceId: string, spanId: string): string
  /** The members of the line that tell of an error. */
  error(members: ErrorMembers): Record<string, unknown>
}

interface Names {
  time?: string
  level?: string
  levels?: (level: LogLevel) => string
  trace?: Layout['trace']
  error?: Layout['error']
}

function layout({
  time = 'timestamp',
  level = 'level',
  levels = (name) => name.toUpperCase(),
  trace = (traceId, spanId) => `,"trace_id":"${traceId}","span_id":"${spanId}"`,
  error = (members) => ({ error: members }),
}: Names): Layout {
  const beforeMessage = logLevels.map((name) => [name, `","${level}":"${levels(name)}","message":`])
  return {
    beforeTime: `{"${time}":"`,
    beforeMessage: Object.fromEntries(beforeMessage),
    trace,
    error,
  }
}

const googleLevels: Partial<Record<LogLevel, string>> = { warn: 'WARNING', fatal: 'CRITICAL' }

/** 64 bits as Datadog counts them. */
function decimal(hexadecimal: string): string {
  return BigInt(`0x${hexadecimal.slice(-16)}`).toString()
}

/** The layouts that there are, by the names that `LOG_FORMAT` takes. */
export const layouts = {
  /** `timestamp`, `level`, `message`, `trace_id`, `span_id`, `context`, `error`. */
  json: layout({}),

  /** Datadog's reserved and standard attributes. */
  datadog: layout({
    level: 'status',
    levels: (level) => (level === 'fatal' ? 'critical' : level),
    trace: (traceId, spanId) =>
      `,"dd.trace_id":"${decimal(traceId)}","dd.span_id":"${decimal(spanId)}"`,
    error: ({ name, ...members }) => ({ error: { kind: name, ...members } }),
  }),

  /** The names that AWS Lambda gives to its own lines, which CloudWatch Logs filters and shows. */
  cloudwatch: layout({
    error: ({ name, message, stack, ...members }) => ({
      errorType: name,
      errorMessage: message,
      stackTrace: stack,
      error: members,
    }),
  }),

  /** The special fields of Google Cloud's structured logs; `stack_trace` is Error Reporting's. */
  gcp: layout({
    time: 'time',
    level: 'severity',
    levels: (level) => googleLevels[level] ?? level.toUpperCase(),
    trace: (traceId, spanId) => {
      const project = readEnvironment('GOOGLE_CLOUD_PROJECT')
      const trace = project ? `projects/${project}/traces/${traceId}` : traceId
      return `,"logging.googleapis.com/trace":${JSON.stringify(trace)},"logging.googleapis.com/spanId":"${spanId}"`
    },
    error: ({ stack, ...members }) => ({ error: members, stack_trace: stack }),
  }),
} satisfies Record<string, Layout>

export type LayoutName = keyof typeof layouts
