import * as fc from 'fast-check'
import type { eventSchema } from '../../supabase/functions/_shared/events.ts'

/** An event with names in the place of ids: `webhook 1` is the second of those that are there. */
export type NamedEvent = Record<string, unknown>

/** Names of what events refer to; what is not there, and what is another org's, among them. */
export const references = {
  webhook_id: ['webhook 0', 'webhook 1', 'other webhook', 'nothing'],
  rule_id: ['rule 0', 'other rule', 'nothing'],
  org_id: ['org', 'org', 'org', 'other org', 'nothing'],
  api_key_id: ['key', 'other key', 'nothing'],
} as const

const names = fc.constantFrom('id 0', 'id 1', 'id 2', 'id 3', 'id 4', 'id 5')

/** Times of the right form, some of which cannot have been. */
// prettier-ignore
const time = fc.constantFrom(
  '2026-03-01T12:00:00Z', '2026-03-01T12:00:00.123456+02:00', '2026-03-01T12:00:00.9999999Z',
  '2026-03-01T12:30:00Z', '2026-03-01T11:59:59-05:00', '2024-02-29T23:59:59-12:00',
  '2000-01-01T00:00:00Z', '1999-12-31T23:59:59.999Z', '2000-01-01T00:00:00+15:59',
  '1999-12-31T23:00:00-15:59', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z',
)

// prettier-ignore
const noTime = fc.constantFrom(
  '2026-03-01T12:00:00+16:00', '2026-03-01T12:00:00+23:59', '0000-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z', '2026-03-01T24:00:00Z', '2026-03-01T23:59:60Z', '2026-03-01T12:00Z',
  '2026-03-01 12:00:00Z', '2026-03-01T12:00:00', '2026-03-01t12:00:00z', 'yesterday', 'infinity',
  `2026-03-01T12:00:00.${'1'.repeat(200)}Z`,
)

// prettier-ignore
const number = fc.constantFrom(
  0, 1, 7, 200, 99, 100, 400, 599, 600, -1, -0, 0.5, 1.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53,
  1e12, 1e12 + 1, 1e15, 1.1e15, -1e15, 1e21, 1e300, -1e300, 5e-324, 1e-7,
)

const text = fc.constantFrom('a', 'contacts', '😀', '\u202e', "';--", 'null', '{}', 'NaN', ' ')

// prettier-ignore
const oddText = fc.constantFrom(
  '', 'get', '\0', 'a\0b', '\ud800', '\udc00a', 'x'.repeat(200), 'x'.repeat(201),
  '😀'.repeat(60), 'x'.repeat(10_001),
)

// prettier-ignore
const address = fc.constantFrom(
  '203.0.113.7', '::1', '2001:db8::1', '::', 'FE80::A', '1:2:3:4:5:6:7::',
)

const noAddress = fc.constantFrom('::ffff:1.2.3.4', '1.2.3', '::1%eth0', '10.0.0.0/8', '01.2.3.4')

const labels = fc.oneof(
  fc.dictionary(fc.constantFrom('a', 'b_1', '_'), text, { maxKeys: 3 }),
  fc.constant({}),
)

const noLabels = fc.oneof(
  fc.dictionary(fc.constantFrom('1', 'a b', 'x'.repeat(64)), oddText, { maxKeys: 2 }),
  fc.constant(Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`l${n}`, '']))),
)

/** Anything where something else belongs. */
// prettier-ignore
const odd = fc.oneof(
  number, text, oddText, time, noTime, address, noAddress, labels, noLabels,
  names, fc.constantFrom<unknown>(null, true, [], [1], {}),
)

/** A value that is mostly good, and in part left out. */
function some<T>(good: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 6, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
  )
}

const count = fc.constantFrom(0, 1, 3, 50)
const of = <const T extends string>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

type Fields = Record<string, fc.Arbitrary<unknown>>

export interface EventType {
  /** Which of the door's arguments takes its rows, and their type. */
  argument: string
  rows: string
  /** Where it is stored, and what follows from it: rows that say their org. */
  stored: string[]
  /** Good values, of which those that go together, or are referred to, may be wrong. */
  fields: Fields
}

export const eventTypes: Record<
  (typeof eventSchema.options)[number]['shape']['type']['value'],
  EventType
> = {
  webhook_delivery: {
    argument: 'deliveries',
    rows: 'everwatch.webhook_deliveries',
    stored: ['everwatch.webhook_deliveries', 'everwatch.webhooks'],
    fields: {
      webhook_id: of(...references.webhook_id),
      status: of('pending', 'sent', 'sent', 'failed'),
      duration_ms: some(count),
      status_code: fc.constantFrom(null, undefined, 200, 500),
      event_type: some(text),
      attempt: some(fc.constantFrom(1, 2)),
      error: some(text),
      sent_at: some(time),
      bytes_out: some(count),
    },
  },
  rule_execution: {
    argument: 'executions',
    rows: 'everwatch.rule_executions',
    stored: ['everwatch.rule_executions', 'everwatch.automation_rules'],
    fields: {
      rule_id: of(...references.rule_id),
      status: of('success', 'failed'),
      duration_ms: some(count),
      affected_contacts: count,
      error: some(text),
      executed_at: some(time),
    },
  },
  api_request: {
    argument: 'requests',
    rows: 'everwatch.api_audit_logs',
    stored: ['everwatch.api_audit_logs'],
    fields: {
      org_id: of(...references.org_id),
      method: of('GET', 'POST'),
      path: of('/', '/v1/contacts'),
      status_code: fc.constantFrom(200, 404, 500),
      duration_ms: some(count),
      request_id: some(text),
      resource_type: some(text),
      api_key_id: some(of(...references.api_key_id)),
      ip: some(address),
      user_agent: some(text),
      created_at: some(time),
      bytes_out: some(count),
    },
  },
  rate_limit: {
    argument: 'rate_limits',
    rows: 'everwatch.api_rate_limits',
    stored: ['everwatch.api_rate_limits'],
    fields: {
      org_id: of(...references.org_id),
      key_type: of('org', 'ip'),
      identifier: of('a', 'b'),
      request_count: count,
      limit_max: fc.constantFrom(1, 100),
      window_start: some(time),
      // So long that the clock begins no other one meanwhile.
      window_seconds: fc.constant(2_000_000_000),
    },
  },
  metric: {
    argument: 'metrics',
    rows: 'everwatch_private.metric_events',
    stored: [
      'everwatch.metric_series',
      '(select to_jsonb(p) as stored, s.org_id, s.name, s.kind, s.labels from everwatch.metric_rollups as p join everwatch.metric_series as s on s.id = p.series_id)',
      '(select to_jsonb(p) as stored, s.org_id, s.name, s.kind, s.labels from everwatch_private.metric_points as p join everwatch.metric_series as s on s.id = p.series_id)',
    ],
    fields: {
      org_id: of(...references.org_id),
      name: of('emails.sent', 'queue'),
      kind: of('counter', 'gauge', 'histogram'),
      value: fc.constantFrom(0, 1, 2.5, -3, 1e15, 5e-324, 1e-7, -0),
      count: some(fc.constantFrom(1, 10)),
      labels: some(labels),
      at: time,
    },
  },
  deploy: {
    argument: 'deploys',
    rows: 'everwatch_private.deploy_events',
    stored: ['everwatch.deploys'],
    fields: {
      org_id: of(...references.org_id),
      service: of('api', 'worker'),
      version: text,
      at: some(time),
    },
  },
}

const fieldsOf = ({ fields }: EventType): string[] => ['id', ...Object.keys(fields)]

/** One event: good in itself, with one field that is anything, or with one that there is not. */
export const namedEvent: fc.Arbitrary<NamedEvent> = fc
  .constantFrom(...Object.entries(eventTypes))
  .chain(([type, each]) => {
    const good = fc.record({ type: fc.constant(type), id: some(names), ...each.fields })
    const changed = fc
      .tuple(good, fc.constantFrom(...fieldsOf(each), 'type', 'colour'), odd)
      .map(([event, field, value]) => ({ ...event, [field]: value }))
    return fc.oneof({ weight: 5, arbitrary: good }, { weight: 2, arbitrary: changed })
  })
