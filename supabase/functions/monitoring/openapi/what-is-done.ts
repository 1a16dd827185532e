import { channelTestAnswerSchema, channelTestSchema } from '../../_shared/channel-test.ts'
import { eventSchema, largestBatch, trackAnswerSchema } from '../../_shared/events.ts'
import { checkAlertsAnswer } from '../../_shared/metrics-answer.ts'
import { errors, json, schemaOf } from './parts.ts'

export function checkAlertsOperation(): object {
  const orgId = { type: 'string', format: 'uuid' }
  const description = 'Needed with a secret key, and by members of several orgs'
  return {
    operationId: 'checkAlerts',
    summary: 'Evaluates an org’s alerts now',
    description: 'Opens, escalates and resolves alerts, and answers which conditions are true.',
    security: [{ user: [] }, { secretKey: [] }],
    parameters: [{ name: 'org_id', in: 'query', required: false, description, schema: orgId }],
    requestBody: {
      required: false,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            additionalProperties: false,
            properties: { org_id: { ...orgId, description } },
          },
        },
      },
    },
    responses: {
      200: json('The conditions that are true, critical ones first', schemaOf(checkAlertsAnswer)),
      ...errors(400, 401, 403, 404, 405, 413, 503),
    },
  }
}

export function testChannelOperation(): object {
  return {
    operationId: 'testChannel',
    summary: 'Tries a channel that alerts are told to',
    description: 'Sends a message at once; for owners and admins, and the secret key.',
    security: [{ user: [] }, { secretKey: [] }],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemaOf(channelTestSchema, 'input') } },
    },
    responses: {
      200: json('What the receiver answered', schemaOf(channelTestAnswerSchema)),
      ...errors(400, 401, 403, 404, 405, 409, 413, 503),
    },
  }
}

export function trackOperation(): object {
  const event = schemaOf(eventSchema, 'input')
  return {
    operationId: 'track',
    summary: 'A batch of events',
    description: 'Good events are stored; of each bad one the answer says what is wrong.',
    security: [{ secretKey: [] }],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['events'],
            additionalProperties: false,
            properties: { events: { type: 'array', maxItems: largestBatch, items: event } },
          },
        },
      },
    },
    responses: {
      200: json('What was stored and what was not', schemaOf(trackAnswerSchema)),
      ...errors(400, 401, 403, 405, 413, 503),
    },
  }
}
