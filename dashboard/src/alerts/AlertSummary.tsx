import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useProject } from '../app-context.ts'
import { openAlertsQuery } from '../data/alerts.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { AlertList } from './AlertList.tsx'
import './alerts.css'

/** On the Overview: is everything well, and if not, what is wrong. */
export function AlertSummary({ orgId }: { orgId: string }) {
  const query = useQuery(openAlertsQuery(useProject(), orgId))
  return (
    <Loaded query={query} height="4.5rem">
      {({ rows, critical, warning }) => {
        const tone = critical > 0 ? 'bad' : warning > 0 ? 'warn' : 'good'
        return (
          <section className={`verdict verdict-${tone}`} aria-labelledby="verdict">
            <div className="verdict-head">
              <i aria-hidden="true" />
              <h2 id="verdict">{inWords(critical, warning)}</h2>
              {rows.length > 5 && (
                <Link to="/orgs/$orgId/alerts" params={{ orgId }} className="small">
                  All {rows.length} alerts
                </Link>
              )}
            </div>
            {rows.length > 0 && <AlertList orgId={orgId} alerts={rows.slice(0, 5)} />}
          </section>
        )
      }}
    </Loaded>
  )
}

function inWords(critical: number, warning: number): string {
  if (critical + warning === 0) return 'All is well'
  const parts = [
    critical > 0 && `${critical} critical`,
    warning > 0 && `${warning} ${warning === 1 ? 'warning' : 'warnings'}`,
  ]
  return parts.filter(Boolean).join(', ')
}
