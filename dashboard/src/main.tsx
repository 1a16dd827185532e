import './no-eval.ts'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { AppContext } from './app-context.ts'
import { loadConfig } from './config.ts'
import { createQueryClient } from './data/query-client.ts'
import { NotConfigured } from './pages/NotConfigured.tsx'
import { createAppRouter } from './router.tsx'
import { openProject } from './session/project.ts'
import { watchSession } from './session/session.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/panel.css'
import './ui/theme.ts'

const root = createRoot(document.getElementById('root')!)

try {
  const project = openProject(await loadConfig())
  const app = { project, session: watchSession(project) }
  const queryClient = createQueryClient()
  const router = createAppRouter(app)
  // Whoever signs out, here or in another tab, leaves nothing of theirs behind.
  app.session.subscribe(() => {
    if (app.session.current() === null) {
      queryClient.clear()
      void router.invalidate()
    }
  })
  root.render(
    <StrictMode>
      <AppContext value={app}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AppContext>
    </StrictMode>,
  )
} catch (error) {
  root.render(<NotConfigured reason={error instanceof Error ? error.message : String(error)} />)
}
