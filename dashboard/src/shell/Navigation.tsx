import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useProject } from '../app-context.ts'
import { openAlertsQuery } from '../data/alerts.ts'

const icons: Record<string, ReactNode> = {
  Overview: <path d="M2.500 9.500 8 3l5.500 6.500M4.500 8v5h7V8" />,
  Alerts: (
    <path d="M8 2.500c-2.400 0-4 1.700-4 4.200 0 3-1.200 3.800-1.200 4.800h10.400c0-1-1.200-1.800-1.200-4.800 0-2.500-1.600-4.200-4-4.200ZM6.500 13.500h3" />
  ),
  Insights: (
    <path d="M6 11.500c0-1.500-2-2.300-2-5a4 4 0 1 1 8 0c0 2.700-2 3.500-2 5zM6.500 13.500h3" />
  ),
  Webhooks: (
    <path d="M6.600 6.800 4 11.200m5.300-4.600 2.600 4.600M6 11.700h5M8 5.300a1.600 1.600 0 1 0 0-.1M3.300 12.900a1.600 1.600 0 1 0 0-.1m9.300 0a1.600 1.600 0 1 0 0-.1" />
  ),
  Rules: <path d="M9 2 3.500 9H8l-1 5 5.500-7H8l1-5Z" />,
  API: <path d="m5 4.500-3 3.500 3 3.500m6-7 3 3.500-3 3.500M9 3.500l-2 9" />,
  'Rate limits': <path d="M2.500 11.500a5.500 5.500 0 1 1 11 0M8 11.500l2.700-3.700" />,
  Costs: (
    <path d="M2.500 4.500c0-1.100 2.500-2 5.500-2s5.500.900 5.500 2-2.500 2-5.500 2-5.500-.900-5.500-2v7c0 1.100 2.500 2 5.500 2s5.500-.900 5.500-2v-7M2.500 8c0 1.100 2.500 2 5.500 2s5.500-.900 5.500-2" />
  ),
  System: <path d="M2.500 4h11v3.500h-11zm0 5h11v3.500h-11zM5 5.750h.1M5 10.750h.1" />,
}

const pages = [
  ['Overview', '/orgs/$orgId'],
  ['Alerts', '/orgs/$orgId/alerts'],
  ['Insights', '/orgs/$orgId/insights'],
  ['Webhooks', '/orgs/$orgId/webhooks'],
  ['Rules', '/orgs/$orgId/rules'],
  ['API', '/orgs/$orgId/api'],
  ['Rate limits', '/orgs/$orgId/rate-limits'],
  ['Costs', '/orgs/$orgId/costs'],
  ['System', '/orgs/$orgId/system'],
] as const

export function Navigation({ orgId }: { orgId: string }) {
  const alerts = useQuery(openAlertsQuery(useProject(), orgId))
  const open = alerts.data?.rows.length ?? 0
  const isBad = alerts.data?.rows.some((alert) => alert.severity === 'critical') ?? false
  return (
    <nav aria-label="Pages">
      <ul className="nav">
        {pages.map(([name, to]) => (
          <li key={name}>
            <Link
              to={to}
              params={{ orgId }}
              activeOptions={{ exact: name === 'Overview', includeSearch: false }}
            >
              <svg viewBox="0 0 16 16" aria-hidden="true">
                {icons[name]}
              </svg>
              {name}
              {name === 'Alerts' && open > 0 && (
                <span className={`nav-count ${isBad ? 'nav-count-bad' : ''}`}>
                  {open}
                  <span className="unseen"> open</span>
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
