import { afterEach, describe, expect, it, vi } from 'vitest'
import { logSettings } from '../../../supabase/functions/_shared/everwatch/log/channel.ts'
import {
  configureLogger,
  createRequestLogger,
  logger,
} from '../../../supabase/functions/_shared/everwatch/logger.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  configureLogger({})
})

function environment(variables: Record<string, string>): void {
  for (const name of ['NODE_ENV', 'LOG_LEVEL', 'LOG_FORMAT'])
    vi.stubEnv(name, variables[name] ?? '')
}

/** The levels that the default logger writes now. */
function levelsWritten(): string[] {
  const levels: string[] = []
  configureLogger({ sinks: [(_line, { level }) => levels.push(level)] })
  logger.debug('a')
  logger.info('b')
  logger.warn('c')
  logger.error('d')
  logger.fatal('e')
  return levels
}

const all = ['debug', 'info', 'warn', 'error', 'fatal']

describe('the environment', () => {
  it.each([
    ['DEBUG in development', { NODE_ENV: 'development' }, all],
    ['INFO in production', { NODE_ENV: 'production' }, all.slice(1)],
    ['INFO where nothing is said', {}, all.slice(1)],
    ['LOG_LEVEL, which wins', { NODE_ENV: 'development', LOG_LEVEL: 'error' }, ['error', 'fatal']],
    ['LOG_LEVEL in capitals', { LOG_LEVEL: 'WARN' }, ['warn', 'error', 'fatal']],
    ['nothing, with LOG_LEVEL=silent', { LOG_LEVEL: 'silent' }, []],
    ['INFO with a LOG_LEVEL that is none', { LOG_LEVEL: 'verbose' }, all.slice(1)],
    ['INFO with a LOG_LEVEL that every object has', { LOG_LEVEL: 'toString' }, all.slice(1)],
  ])('makes the logger write from %s', (_what, variables, levels) => {
    environment(variables)
    expect(levelsWritten()).toEqual(levels)
  })

  it('may change while the program runs', () => {
    const lines: string[] = []
    configureLogger({ sinks: [(line) => lines.push(line)] })
    const child = createRequestLogger({ requestId: 'req_1' })
    environment({ NODE_ENV: 'production' })
    child.debug('Unheard')
    environment({ NODE_ENV: 'development' })
    child.debug('Heard')
    environment({ LOG_LEVEL: 'error' })
    child.info('Unheard')
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['Heard'])
  })

  it('is read at most 1000 times a second, and again after a tenth of a second', () => {
    const start = Date.now() + 3_600_000
    environment({ LOG_LEVEL: 'info' })
    for (let line = 0; line < 1000; line += 1) logSettings(start)
    environment({ LOG_LEVEL: 'error' })
    expect(logSettings(start + 99).lowest).toBe(1)
    expect(logSettings(start + 100).lowest).toBe(3)
    // And when the clock is set back.
    environment({ LOG_LEVEL: 'warn' })
    expect(logSettings(start - 1_000_000).lowest).toBe(2)
  })

  it.each([
    ['JSON', {}, 'timestamp'],
    ['JSON with Google’s names', { LOG_FORMAT: 'gcp' }, 'severity'],
    ['JSON with Datadog’s names', { LOG_FORMAT: 'Datadog' }, 'status'],
    ['JSON where the format is none', { LOG_FORMAT: 'xml' }, 'timestamp'],
  ])('makes sinks get %s', (_what, variables, field) => {
    environment(variables)
    const lines: string[] = []
    configureLogger({ sinks: [(line) => lines.push(line)] })
    logger.info('Hello')
    expect(JSON.parse(lines[0] ?? '')).toHaveProperty(field)
  })
})

describe('what the program sets', () => {
  it('wins over the environment', () => {
    environment({ LOG_LEVEL: 'silent', LOG_FORMAT: 'gcp' })
    const lines: string[] = []
    configureLogger({ level: 'info', layout: 'json', sinks: [(line) => lines.push(line)] })
    logger.debug('Unheard')
    logger.info('Heard')
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['INFO'])
  })
})
