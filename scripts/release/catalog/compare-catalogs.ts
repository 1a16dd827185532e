import type { Catalog, Facts } from './catalog.ts'

/** How two databases are called in what is said of them: the one that is, and the one that should be. */
export interface Names {
  found: string
  wanted: string
}

/**
 * Says what is not the same in two databases, thing by thing, in words to print; nothing when all is.
 *
 * @returns one text for each thing; of what is only in one the facts are left out
 */
export function compareCatalogs(found: Catalog, wanted: Catalog, names: Names): string[] {
  const objects = [...new Set([...found.keys(), ...wanted.keys()])].toSorted()
  return objects.flatMap((object) => {
    const [is, should] = [found.get(object), wanted.get(object)]
    if (!is) return [`${object}: only in ${names.wanted}`]
    if (!should) return [`${object}: only in ${names.found}`]
    const differences = differingFacts(is, should, names)
    return differences.length > 0 ? [[`${object}:`, ...differences].join('\n')] : []
  })
}

function differingFacts(is: Facts, should: Facts, names: Names): string[] {
  const keys = [...new Set([...Object.keys(is), ...Object.keys(should)])]
  return keys.flatMap((key) => {
    const [one, other] = [print(is[key]), print(should[key])]
    if (one === other) return []
    return [
      ...lines(one, other).map((line) => `  ${key} in ${names.found}: ${line}`),
      ...lines(other, one).map((line) => `  ${key} in ${names.wanted}: ${line}`),
    ]
  })
}

function print(fact: unknown): string {
  return typeof fact === 'string' ? fact : JSON.stringify(fact ?? null)
}

/** The lines of a text that another has not: of a function, those that were changed. */
function lines(text: string, other: string): string[] {
  const known = new Set(other.split('\n'))
  const own = text.split('\n').filter((line) => !known.has(line))
  // The same lines, in another order or number.
  return own.length > 0 ? own : [text]
}
