import { supabase } from './supabase-cli.ts'
import { withRole } from './urls.ts'

/**
 * Applies `supabase/migrations` with the real Supabase CLI, as the role `postgres`: what it does
 * here is what `supabase db push` does to a hosted project.
 *
 * @param url the superuser's address of the database
 * @throws with the CLI's own words
 */
export async function pushMigrations(url: string): Promise<void> {
  await supabase([
    'db',
    'push',
    '--yes',
    '--db-url',
    `${withRole(url, 'postgres')}?sslmode=disable`,
  ])
}
