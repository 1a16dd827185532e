import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { SortButton } from './SortButton.tsx'
import { sortRows, type Sort } from './sort.ts'
import './table.css'

export interface Column<Row> {
  key: string
  head: string
  cell: (row: Row) => ReactNode
  /** What rows are sorted by; a column without it is not sortable. */
  value?: (row: Row) => string | number | null
  numeric?: boolean
  /** From which width on it is shown: always, on tablets, on desks. */
  from?: 'tablet' | 'desk'
}

const rowHeight = 45

/**
 * A table of any length: only the rows near the window are drawn. Rows are sorted when `sort` is
 * given, and else stand as they come.
 */
export function DataTable<Row>({
  label,
  columns,
  rows,
  keyOf,
  sort,
  onSort,
  onEnd,
}: {
  label: string
  columns: Column<Row>[]
  rows: Row[]
  keyOf: (row: Row) => string
  sort?: Sort
  onSort?: (sort: Sort) => void
  /** Called when the last rows come into view, so that more can be read. */
  onEnd?: () => void
}) {
  const container = useRef<HTMLDivElement>(null)
  const [scrollMargin, setScrollMargin] = useState(0)
  const sorted = useMemo(() => (sort ? sortRows(rows, columns, sort) : rows), [rows, columns, sort])
  const virtualizer = useWindowVirtualizer({
    count: sorted.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin,
    getItemKey: (index) => keyOf(sorted[index]!),
  })
  // What stands above the table comes and goes, and the window's scroll is counted from the table.
  useEffect(() => {
    const { current } = container
    if (current) setScrollMargin(current.getBoundingClientRect().top + window.scrollY)
  }, [sorted.length])

  const items = virtualizer.getVirtualItems()
  const first = items[0]
  const last = items.at(-1)
  const above = first ? first.start - scrollMargin : 0
  const below = last ? virtualizer.getTotalSize() - (last.end - scrollMargin) : 0
  const isAtEnd = last !== undefined && last.index >= sorted.length - 20
  useEffect(() => {
    if (isAtEnd) onEnd?.()
  }, [isAtEnd, sorted.length, onEnd])

  return (
    <div ref={container} className="table-box">
      <table className="table" aria-label={label} aria-rowcount={sorted.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <SortButton
                key={column.key}
                column={column.key}
                head={column.head}
                className={classOf(column)}
                sort={sort}
                onSort={column.value && onSort}
                descendsFirst={column.numeric ?? false}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden="true" style={{ height: above }} />}
          {items.map(({ index, key }) => (
            <TableRow key={String(key)} columns={columns} row={sorted[index]!} index={index} />
          ))}
          {below > 0 && <tr aria-hidden="true" style={{ height: below }} />}
        </tbody>
      </table>
    </div>
  )
}

/** Drawn when it comes into sight, and not again while others do. */
const TableRow = memo(function TableRow<Row>({
  columns,
  row,
  index,
}: {
  columns: Column<Row>[]
  row: Row
  index: number
}) {
  return (
    <tr aria-rowindex={index + 2} style={{ height: rowHeight }}>
      {columns.map((column) => (
        <td key={column.key} className={classOf(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  )
}) as <Row>(props: { columns: Column<Row>[]; row: Row; index: number }) => ReactNode

function classOf<Row>({ numeric, from }: Column<Row>): string {
  return [numeric && 'cell-number', from && `cell-${from}`].filter(Boolean).join(' ')
}
