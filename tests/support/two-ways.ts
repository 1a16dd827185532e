import { randomUUID } from 'node:crypto'
import { eventSchema } from '../../supabase/functions/_shared/events.ts'
import type { TestDatabase } from './database.ts'
import { createApiKey, createOrg, createRule, createWebhook } from './fixtures.ts'
import { eventTypes, type NamedEvent } from './odd-events.ts'

/** Two orgs with what events refer to. All worlds are alike but for their ids. */
export class World {
  readonly #db: TestDatabase
  readonly #ids: Map<string, string>
  readonly #since = Date.now()

  private constructor(db: TestDatabase, ids: Map<string, string>) {
    this.#db = db
    this.#ids = ids
  }

  static async create(db: TestDatabase): Promise<World> {
    const [org, other] = [await createOrg(db), await createOrg(db)]
    const made: [string, string][] = [
      ['org', org],
      ['other org', other],
      ['webhook 0', await createWebhook(db, org, { url: 'https://example.com/0' })],
      ['webhook 1', await createWebhook(db, org, { url: 'https://example.com/1' })],
      ['other webhook', await createWebhook(db, other, { url: 'https://example.com/2' })],
      ['rule 0', await createRule(db, org)],
      ['other rule', await createRule(db, other)],
      ['key', await createApiKey(db, org)],
      ['other key', await createApiKey(db, other)],
      ['nothing', randomUUID()],
    ]
    // All begin with a letter: where an id is given as a name, it is as good a name in each world.
    for (let n = 0; n < 6; n += 1) made.push([`id ${n}`, `a${randomUUID().slice(1)}`])
    return new World(db, new Map(made))
  }

  /** An event with this world's ids. */
  materialize(event: NamedEvent): NamedEvent {
    return Object.fromEntries(
      Object.entries(event).map(([field, value]) => [
        field,
        typeof value === 'string' ? (this.#ids.get(value) ?? value) : value,
      ]),
    )
  }

  /** Stores events as rows whose values have their columns' types; what was set aside, by type and place. */
  async storeRows(events: NamedEvent[]): Promise<Record<string, unknown>[]> {
    const values: (string | null)[][] = []
    const given: string[] = []
    for (const [type, { argument, rows }] of Object.entries(eventTypes)) {
      const those = events.filter((event) => event['type'] === type)
      if (those.length === 0) continue
      const columns = await this.#columns(rows)
      const first = values.length
      for (const { name } of columns) values.push(those.map((event) => asText(event[name])))
      const aliases = columns.map((_, n) => `c${n}`)
      given.push(`${argument} => (
        select array_agg(row(${columns.map((each, n) => `c${n}::${each.type}`).join(', ')})::${rows} order by place)
        from unnest(${aliases.map((_, n) => `$${first + n + 1}::text[]`).join(', ')})
          with ordinality as _ (${aliases.join(', ')}, place)
      )`)
    }
    if (given.length === 0) return []
    return this.#db.sql.unsafe(
      `select type, place, code, field, message from unnest(everwatch_private.store_rows(${given.join(', ')}))`,
      values,
    )
  }

  #columns(rows: string): Promise<{ name: string; type: string }[]> {
    return this.#db.sql<{ name: string; type: string }[]>`
      select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
      from pg_catalog.pg_attribute as a
      join pg_catalog.pg_class as c on c.oid = a.attrelid
      where c.oid = ${rows}::regclass and a.attnum > 0
      order by a.attnum`
  }

  /** All that is stored of this world, by names, and without what is of the moment. */
  async stored(): Promise<Record<string, string[]>> {
    const orgs = [this.#ids.get('org')!, this.#ids.get('other org')!]
    const stored: Record<string, string[]> = {}
    for (const place of Object.values(eventTypes).flatMap((type) => type.stored)) {
      const found = await this.#db.sql.unsafe<{ row: string }[]>(
        `select to_jsonb(t)::text as row from ${place} as t where org_id = any ($1)`,
        [orgs],
      )
      stored[place] = found.map(({ row }) => this.#byName(row))
    }
    for (const rows of Object.values(stored)) rows.sort()
    return stored
  }

  #byName(row: string): string {
    let text = row
    for (const [name, id] of this.#ids) text = text.replaceAll(id, name)
    return text
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'made')
      .replaceAll(/"(\d{4}-\d\d-\d\dT[^"]+)"/g, (time, at: string) =>
        Date.parse(at) >= this.#since - 1000 ? '"now"' : time,
      )
  }
}

/** Whether an event has the shape of its type, as zod judges it. */
export function isShaped(event: NamedEvent): boolean {
  return eventSchema.safeParse(event).success
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
