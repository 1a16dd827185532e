import { storableBytes, storableText, wholeMs } from './storable.ts'
import type { ApiRequest } from './tracked-event.ts'

/** One request that an API served. */
export interface APIRequest {
  orgId: string
  method: string
  /** Without ids: `/contacts/:id`. */
  path: string
  statusCode: number
  durationMs: number
  requestId?: string | undefined
  /** What was asked for, for example `contacts`. */
  resourceType?: string | undefined
  apiKeyId?: string | undefined
  ip?: string | undefined
  userAgent?: string | undefined
  /** Bytes of the answer's body. */
  bytesOut?: number | undefined
}

/** A request as the event that is tracked. */
export function apiRequestEvent(request: APIRequest): ApiRequest {
  return {
    type: 'api_request',
    org_id: request.orgId,
    method: request.method,
    path: storableText(request.path, 2048) ?? '',
    status_code: request.statusCode,
    duration_ms: wholeMs(request.durationMs),
    request_id: request.requestId,
    resource_type: request.resourceType,
    api_key_id: request.apiKeyId,
    ip: request.ip,
    user_agent: storableText(request.userAgent, 1024),
    bytes_out: storableBytes(request.bytesOut),
  }
}
