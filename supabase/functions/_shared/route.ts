const identifier =
  /^(\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{15,})$/i

/**
 * A path with the ids in it folded to `:id`, so that requests for one kind of thing count together
 * and no id of a customer's stands in a statistic.
 */
export function foldIds(path: string): string {
  return path
    .split('/')
    .map((segment) => (identifier.test(segment) ? ':id' : segment))
    .join('/')
}
