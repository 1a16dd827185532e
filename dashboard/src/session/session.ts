import type { Session } from '@supabase/supabase-js'
import { useSyncExternalStore } from 'react'
import type { Project } from './project.ts'

/** Who is signed in, kept up to date across tabs, renewals and sign-outs. */
export interface SessionStore {
  /** Undefined until the stored session was looked at. */
  current(): Session | null | undefined
  /** Settles when it was. */
  ready: Promise<void>
  subscribe(listener: () => void): () => void
}

export function watchSession({ supabase }: Project): SessionStore {
  let session: Session | null | undefined
  const listeners = new Set<() => void>()
  const ready = new Promise<void>((resolve) => {
    supabase.auth.onAuthStateChange((_event, next) => {
      session = next
      resolve()
      for (const listener of listeners) listener()
    })
  })
  return {
    current: () => session,
    ready,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useSession(store: SessionStore): Session | null | undefined {
  return useSyncExternalStore(store.subscribe, store.current)
}
