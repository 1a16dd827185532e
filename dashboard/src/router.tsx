import {
  createHashHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
  retainSearchParams,
  type ErrorComponentProps,
} from '@tanstack/react-router'
import type { App } from './app-context.ts'
import { Alerts } from './pages/Alerts.tsx'
import { Api } from './pages/Api.tsx'
import { Costs } from './pages/Costs.tsx'
import { Home } from './pages/Home.tsx'
import { Insights } from './pages/Insights.tsx'
import { NotFound, NothingFound } from './pages/NotFound.tsx'
import { Overview } from './pages/Overview.tsx'
import { RateLimits } from './pages/RateLimits.tsx'
import { Rule } from './pages/Rule.tsx'
import { Rules } from './pages/Rules.tsx'
import { SignIn } from './pages/SignIn.tsx'
import { System } from './pages/System.tsx'
import { Webhook } from './pages/Webhook.tsx'
import { Webhooks } from './pages/Webhooks.tsx'
import { Shell } from './shell/Shell.tsx'
import { parseRangeSearch } from './time/range.ts'
import { Failure } from './ui/Loaded.tsx'

const root = createRootRouteWithContext<App>()({
  component: Outlet,
  notFoundComponent: NothingFound,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: SignIn,
  validateSearch: ({ next, ended }: Record<string, unknown>): { next?: string; ended?: true } => ({
    ...(typeof next === 'string' && next.startsWith('/') && { next }),
    ...(ended === true && { ended }),
  }),
  beforeLoad: async ({ context, search }) => {
    await context.session.ready
    if (context.session.current()) throw redirect({ to: search.next ?? '/' })
  },
})

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: Outlet,
  beforeLoad: async ({ context, location, cause }) => {
    await context.session.ready
    if (context.session.current()) return
    // Who was here already has been signed out: by themselves, or because the session ended.
    const ended = cause === 'stay' && { ended: true as const }
    const next = location.href !== '/' && { next: location.href }
    throw redirect({ to: '/sign-in', search: { ...next, ...ended } })
  },
})

const home = createRoute({ getParentRoute: () => signedIn, path: '/', component: Home })

const org = createRoute({
  getParentRoute: () => signedIn,
  path: '/orgs/$orgId',
  component: Shell,
  notFoundComponent: NotFound,
  validateSearch: parseRangeSearch,
  // The range goes along from page to page.
  search: { middlewares: [retainSearchParams(['range', 'from', 'to'])] },
})

const pages = [
  createRoute({ getParentRoute: () => org, path: '/', component: Overview }),
  createRoute({
    getParentRoute: () => org,
    path: '/alerts',
    component: Alerts,
    validateSearch: texts('tab'),
  }),
  createRoute({
    getParentRoute: () => org,
    path: '/insights',
    component: Insights,
    validateSearch: texts('show'),
  }),
  createRoute({
    getParentRoute: () => org,
    path: '/webhooks',
    component: Webhooks,
    validateSearch: (search: Record<string, unknown>) => ({
      ...texts('find', 'health', 'sort')(search),
      ...numbers('success', 'p95', 'failures', 'silent')(search),
    }),
  }),
  createRoute({
    getParentRoute: () => org,
    path: '/webhooks/$webhookId',
    component: Webhook,
    validateSearch: texts('status'),
  }),
  createRoute({
    getParentRoute: () => org,
    path: '/rules',
    component: Rules,
    validateSearch: texts('find', 'state', 'sort'),
  }),
  createRoute({
    getParentRoute: () => org,
    path: '/rules/$ruleId',
    component: Rule,
    validateSearch: texts('status'),
  }),
  createRoute({
    getParentRoute: () => org,
    path: '/api',
    component: Api,
    validateSearch: texts('resource'),
  }),
  createRoute({
    getParentRoute: () => org,
    path: '/rate-limits',
    component: RateLimits,
    validateSearch: texts('sort', 'show'),
  }),
  createRoute({ getParentRoute: () => org, path: '/costs', component: Costs }),
  createRoute({
    getParentRoute: () => org,
    path: '/system',
    component: System,
    validateSearch: texts('outbox'),
  }),
] as const

/**
 * Parameters that are text, each optional. What is none is given as undefined: the router would pass
 * on what was left out, as it stands in the address.
 */
function texts<Name extends string>(...names: Name[]) {
  return pick(names, (value) =>
    (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? String(value)
      : undefined,
  )
}

/** Parameters that are numbers from 0 on, each optional, likewise. */
function numbers<Name extends string>(...names: Name[]) {
  return pick(names, (value) => (typeof value === 'number' && value >= 0 ? value : undefined))
}

function pick<Name extends string, Value>(
  names: Name[],
  read: (value: unknown) => Value | undefined,
) {
  return (search: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, read(search[name])])) as {
      [name in Name]?: Value | undefined
    }
}

const routeTree = root.addChildren([signIn, signedIn.addChildren([home, org.addChildren(pages)])])

export function createAppRouter(app: App) {
  return createRouter({
    routeTree,
    context: app,
    history: createHashHistory(),
    scrollRestoration: true,
    defaultErrorComponent: ({ error, reset }: ErrorComponentProps) => (
      <Failure error={error instanceof Error ? error : new Error(String(error))} again={reset} />
    ),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
