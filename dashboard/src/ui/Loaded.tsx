import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError } from '../data/api.ts'
import { Skeleton } from './Panel.tsx'

/**
 * What a query gave, once it gave something: a skeleton before, and what went wrong when nothing
 * came. Numbers that are there already stay when a later attempt fails; the header says how old
 * they are.
 */
export function Loaded<T>({
  query,
  height,
  children,
}: {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'isFetching' | 'refetch'>
  /** Of the skeleton, as CSS writes it. */
  height: string
  children: (data: T) => ReactNode
}) {
  const { data, error, isFetching, refetch } = query
  if (data !== undefined) return children(data)
  if (error) return <Failure error={error} again={() => void refetch()} busy={isFetching} />
  return (
    <div role="status" aria-label="Loading">
      <Skeleton height={height} />
    </div>
  )
}

/** Why a part could not be shown, and a way to try again. */
export function Failure({
  error,
  again,
  busy = false,
}: {
  error: Error
  again: () => void
  busy?: boolean
}) {
  return (
    <div className="notice notice-bad" role="alert">
      <span>
        {error.message}
        {error instanceof ApiError && error.requestId !== undefined && (
          <>
            {' '}
            <code>{error.requestId}</code>
          </>
        )}
      </span>
      <button type="button" className="button" onClick={again} disabled={busy}>
        Try again
      </button>
    </div>
  )
}
