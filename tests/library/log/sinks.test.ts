import { describe, expect, it } from 'vitest'
import {
  createLogger,
  type LogEntry,
} from '../../../supabase/functions/_shared/everwatch/logger.ts'

describe('a sink', () => {
  it('gets each line, and its values as they were given', () => {
    const entries: LogEntry[] = []
    const logger = createLogger({ level: 'info', sinks: [(_line, entry) => entries.push(entry)] })
    const error = new Error('lost')
    logger.child({ requestId: 'req_1' }).error('Failed', error, { step: 2 })
    expect(entries[0]).toMatchObject({ level: 'error', message: 'Failed' })
    expect(entries[0]?.error).toBe(error)
    expect(entries[0]?.context).toEqual({ requestId: 'req_1', step: 2 })
  })

  it('that fails is counted, and disturbs neither other sinks nor the caller', async () => {
    const lines: string[] = []
    const logger = createLogger({
      level: 'info',
      sinks: [
        () => {
          throw new Error('disk full')
        },
        () => Promise.reject(new Error('connection lost')),
        (line) => lines.push(line),
      ],
    })
    logger.info('One')
    logger.child({}).info('Two')
    expect(lines).toHaveLength(2)
    await expect.poll(() => logger.stats()).toEqual({ lines: 2, failures: 4 })
  })

  it('that logs to its own logger does not loop for ever', () => {
    const lines: string[] = []
    const logger = createLogger({
      level: 'info',
      sinks: [
        (line) => {
          lines.push(line)
          logger.info('I have a line')
        },
      ],
    })
    logger.info('One')
    logger.info('Two')
    expect(lines).toHaveLength(2)
    expect(logger.stats()).toEqual({ lines: 2, failures: 2 })
  })
})
