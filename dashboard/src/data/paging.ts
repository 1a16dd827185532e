import { refreshMs } from './query-client.ts'

/**
 * When pages that were read one by one are read again. Whoever reads further down is not moved: only a
 * list near its top is.
 */
export function refetchNearTop({
  state,
}: {
  state: { data?: { pages: unknown[] } | undefined }
}): number | false {
  return (state.data?.pages.length ?? 0) <= 2 ? refreshMs : false
}
