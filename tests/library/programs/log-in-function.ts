// Logs where an edge function runs: what the platform collects there is the console's.
import { logger } from '../../../supabase/functions/_shared/everwatch/logger.ts'

const { log, error } = console
console.log = (line: string) => log(`collected ${line}`)
console.error = (line: string) => error(`collected ${line}`)
Object.assign(globalThis, { EdgeRuntime: { waitUntil: () => {} } })

logger.info('Operation completed')
logger.warn('Slow')
