import type { Sort } from './sort.ts'

/** The head of a column, by which the rows can be sorted when `onSort` is given. */
export function SortButton({
  column,
  head,
  className,
  sort,
  onSort,
  descendsFirst,
}: {
  column: string
  head: string
  className: string
  sort: Sort | undefined
  onSort: ((sort: Sort) => void) | undefined
  /** Largest first at the first press, as suits numbers. */
  descendsFirst: boolean
}) {
  if (!onSort) {
    return (
      <th scope="col" className={className}>
        {head}
      </th>
    )
  }
  const ascends = sort === column
  const descends = sort === `-${column}`
  const down = ascends || (descendsFirst && !descends)
  return (
    <th
      scope="col"
      className={className}
      aria-sort={ascends ? 'ascending' : descends ? 'descending' : 'none'}
    >
      <button type="button" onClick={() => onSort(down ? `-${column}` : column)}>
        {head}
        <span aria-hidden="true" className="sort-mark">
          {ascends ? '↑' : descends ? '↓' : ''}
        </span>
      </button>
    </th>
  )
}
