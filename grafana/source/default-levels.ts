import type { AlertType } from '../../supabase/functions/_shared/catalog/alert-types/index.ts'
import type { Levels } from './panels.ts'

/**
 * The colours of a panel by the default thresholds of a type of alert, and the words that say so: a
 * dashboard of many organisations cannot follow what each of them has set.
 *
 * @param one what one of the thresholds' unit is in the panel's
 */
export function defaultLevels(
  { type, warning, critical }: AlertType,
  one: number,
): { levels: Levels; description: string } {
  return {
    levels: {
      ...(warning !== undefined && { warning: warning * one }),
      ...(critical !== undefined && { critical: critical * one }),
    },
    description: `Coloured from the default threshold of ${type} on, whatever an organisation's own policy says.`,
  }
}

/** In seconds: how often the numbers are refreshed, unless the operator says otherwise. */
export const refreshedEvery = 300
