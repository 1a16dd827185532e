import type { SupabaseClient } from '@supabase/supabase-js'
import { ask } from '../../_shared/ask.ts'
import type { Database } from '../../_shared/database.types.ts'
import { expose, type Format } from './exposition.ts'
import { familiesOf } from './families.ts'
import type { PrometheusQuery } from './query.ts'
import { scrapeSchema } from './scrape.ts'

/**
 * An org's metrics, or with a secret key those of all orgs, as Prometheus reads them; from one round
 * trip to the database.
 *
 * @throws {HttpError} what the database says of the caller or the query; 503 when it does not answer
 */
export async function readExposition(
  database: SupabaseClient<Database>,
  { org_id }: PrometheusQuery,
  format: Format,
): Promise<string> {
  const call = database.rpc('monitoring_prometheus', org_id === undefined ? {} : { org_id })
  return expose(familiesOf(await ask(call, scrapeSchema)), format)
}
