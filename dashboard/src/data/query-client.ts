import { QueryClient } from '@tanstack/react-query'
import { isPassing } from './api.ts'

/** How often everything on the page is read again, in milliseconds, while the page is looked at. */
export const refreshMs = 30_000

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        refetchInterval: refreshMs,
        staleTime: refreshMs / 2,
        // A browser that believes itself offline is asked to try: what it shows is the truth then.
        networkMode: 'always',
        retry: (failures, error) => failures < 2 && isPassing(error),
        retryDelay: (failures) => 1000 * 2 ** failures,
      },
      mutations: { networkMode: 'always' },
    },
  })
}
