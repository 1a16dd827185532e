// Writes lines with one logger and prints, on standard error, the nanoseconds that each took.
// Usage: log-lines.ts <logger> <null | stdout> <lines>
import { Writable } from 'node:stream'
import { configure, getConsoleSink, getJsonLinesFormatter, getLogger } from '@logtape/logtape'
import pino from 'pino'
import winston from 'winston'
import { createLogger } from '../../../supabase/functions/_shared/everwatch/logger.ts'

const [name = '', sink = '', count = ''] = process.argv.slice(2)
const isNull = sink === 'null'
const context = { requestId: 'req_0190f3a2', method: 'POST', path: '/v1/webhooks' }

/** So that no line is not made at all. */
let written = 0

interface Line {
  status: number
  durationMs: number
  userId: string
}

const loggers: Record<string, () => Promise<(line: Line) => void>> = {
  everwatch: async () => {
    const options = isNull ? { sinks: [(line: string) => (written += line.length)] } : {}
    const logger = createLogger(options).child(context)
    return (line) => logger.info('Request served', { ...line })
  },
  pino: async () => {
    const root = isNull ? pino({}, { write: (line: string) => (written += line.length) }) : pino()
    const logger = root.child(context)
    return (line) => logger.info({ ...line }, 'Request served')
  },
  logtape: async () => {
    const formatter = getJsonLinesFormatter()
    const sinks = {
      main: isNull
        ? (record: Parameters<typeof formatter>[0]) => void (written += formatter(record).length)
        : getConsoleSink({ formatter }),
    }
    await configure({
      sinks,
      loggers: [
        { category: 'app', sinks: ['main'], lowestLevel: 'info' },
        { category: ['logtape', 'meta'], sinks: [] },
      ],
    })
    const logger = getLogger('app').with(context)
    return (line) => logger.info('Request served', { ...line })
  },
  winston: async () => {
    const stream = new Writable({
      write: (line: Buffer, _encoding, done) => {
        written += line.length
        done()
      },
    })
    const transport = isNull
      ? new winston.transports.Stream({ stream })
      : new winston.transports.Console()
    const format = winston.format.combine(winston.format.timestamp(), winston.format.json())
    const logger = winston.createLogger({ format, transports: [transport] }).child(context)
    return (line) => logger.info('Request served', { ...line })
  },
  console: async () => {
    const write = isNull ? (line: string) => void (written += line.length) : console.log
    return (line) =>
      write(
        JSON.stringify({
          timestamp: new Date().toISOString(),
          level: 'INFO',
          message: 'Request served',
          context: { ...context, ...line },
        }),
      )
  },
}

const make = loggers[name]
if (!make) throw new Error(`There is no logger ${name}.`)
const log = await make()
const lines = Number(count)
for (let n = 0; n < lines / 4; n += 1) log(lineOf(n))
const start = process.hrtime.bigint()
for (let n = 0; n < lines; n += 1) log(lineOf(n))
const took = Number(process.hrtime.bigint() - start) / lines
process.stderr.write(`${JSON.stringify({ ns: took, written })}\n`)
process.exit()

function lineOf(n: number): Line {
  return { status: 200, durationMs: n / 8, userId: `user_${n % 1024}` }
}
