/** What a segment of a path looks like when it names one thing and not a kind of thing. */
const identifiers = [
  /^\d+$/,
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  // With a prefix that says of what kind, as `wh_456`.
  /^[a-z]+_(?=[a-z]*\d)[0-9a-z]+$/i,
  // Hashes, ULIDs and the like: long, with digits in them.
  /^(?=.*\d)[\w-]{16,}$/,
]

/**
 * A path with the ids in it folded to `:id`, so that requests for one kind of thing count together
 * and no id of a customer's stands in a statistic.
 *
 * @example foldIds('/v1/webhooks/wh_456') // '/v1/webhooks/:id'
 */
export function foldIds(path: string): string {
  return path
    .split('/')
    .map((segment) => (identifiers.some((id) => id.test(segment)) ? ':id' : segment))
    .join('/')
}
