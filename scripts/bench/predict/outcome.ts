/** A prediction's bounds, and when it came true: in seconds from when it was made, perhaps never. */
export interface Outcome {
  earliest: number
  latest: number
  truth: number
}

/** A prediction as the database gives it; a bound that it does not know is null. */
export interface Predicted {
  key: string
  earliest: number | null
  latest: number | null
}

/** What became of predictions; those that were not made are left out. */
export function compare(predicted: Iterable<Predicted>, truths: Map<string, number>): Outcome[] {
  return Array.from(predicted).flatMap(({ key, earliest, latest }) =>
    earliest === null
      ? []
      : [{ earliest, latest: latest ?? Infinity, truth: truths.get(key) ?? NaN }],
  )
}
