// What an app does with the package, on whichever runtime: it logs, serves a request and tracks.
import { createRequestLogger, logger } from 'everwatch/logger'
import { counter, flush, trackWebhookDelivery } from 'everwatch/metrics'
import { withMonitoring } from 'everwatch/middleware'
import * as everything from 'everwatch'

const orgId = '0190f3a2-7c1e-7b54-9f3e-2c1d4e5f6a7b'
const handler = withMonitoring((request, context) => new Response(context.path), { orgId })

logger.info('Hello', { exports: Object.keys(everything).length })
createRequestLogger({ requestId: 'req_1' }).info('Working', { apikey: 'hunter2' })
const response = await handler(new Request('http://localhost/v1/contacts/42'))
logger.info(await response.text(), { requestId: response.headers.get('x-request-id') })
counter('apps.run', 1, { orgId })
await trackWebhookDelivery(orgId, 'sent', 145)
void flush
// What is not awaited goes too, before the program ends by itself.
void trackWebhookDelivery(orgId, 'failed', 7, 'timeout')
