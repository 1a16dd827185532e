import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Chips } from './Chips.tsx'
import type { Column } from './DataTable.tsx'
import { Loaded } from './Loaded.tsx'
import { PagedTable } from './PagedTable.tsx'
import { Panel } from './Panel.tsx'

/** Rows of the past, newest first, of one status or of all; older ones are read on the way down. */
export function History<Row extends { id: string | number }>({
  title,
  columns,
  query,
  status,
  statuses,
  onStatus,
  empty,
}: {
  title: string
  columns: Column<Row>[]
  query: UseInfiniteQueryResult<InfiniteData<Row[]>>
  status: string | undefined
  /** What may be chosen, the first of them when nothing was. */
  statuses: { value: string | undefined; word: string }[]
  onStatus: (status: string | undefined) => void
  /** What is shown when there are none. */
  empty: ReactNode
}) {
  return (
    <Panel
      title={title}
      aside={<Chips choices={statuses} chosen={status} onChoose={onStatus} />}
      flush
    >
      <Loaded query={query} height="16rem">
        {({ pages }) => {
          const rows = pages.flat()
          if (rows.length === 0) return empty
          return (
            <PagedTable
              label={title}
              columns={columns}
              rows={rows}
              keyOf={(row) => String(row.id)}
              query={query}
              others="older"
            />
          )
        }}
      </Loaded>
    </Panel>
  )
}
