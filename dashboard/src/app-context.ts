import { createContext, use } from 'react'
import type { Project } from './session/project.ts'
import type { SessionStore } from './session/session.ts'

/** What every part of the page may need. */
export interface App {
  project: Project
  session: SessionStore
}

export const AppContext = createContext<App | undefined>(undefined)

export function useApp(): App {
  const app = use(AppContext)
  if (!app) throw new Error('outside of the app')
  return app
}

export function useProject(): Project {
  return useApp().project
}
