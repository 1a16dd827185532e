import type { AlertType } from '../../supabase/functions/_shared/catalog/alert-types/index.ts'

/**
 * A text in which `{warning}` and the like stand for a type's default thresholds.
 *
 * @throws when a text speaks of a number that the type does not have
 */
export function withDefaults(text: string, type: AlertType): string {
  return text.replaceAll(/\{(warning|critical|recovery|minimumSample)\}/g, (_, name: string) => {
    const value = type[name as 'warning']
    if (value === undefined) throw new Error(`${type.type} has no ${name}`)
    return String(value)
  })
}
