// Logs as an app does; `logger-console.test.ts` runs it on several runtimes and reads what comes out.
import {
  createRequestLogger,
  logger,
} from '../../../supabase/functions/_shared/everwatch/logger.ts'

logger.debug('Debugging')
logger.info('Operation completed', { userId: '123', apikey: 'hunter2' })
createRequestLogger({ requestId: 'req_1' }).warn('Slow')
logger.error('Operation\nfailed \u001B[2J', new Error('lost'), { big: 1n })
