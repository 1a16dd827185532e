import { useQuery } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { openAlertsQuery } from '../data/alerts.ts'
import { Panel } from '../ui/Panel.tsx'
import { AlertList } from './AlertList.tsx'
import './alerts.css'

/** The open alerts about one thing; nothing when there is none. */
export function ResourceAlerts({
  orgId,
  resourceType,
  resourceId,
}: {
  orgId: string
  resourceType: string
  resourceId: string
}) {
  const { data } = useQuery(openAlertsQuery(useProject(), orgId))
  const about = data?.rows.filter(
    (alert) => alert.resource_type === resourceType && alert.resource_id === resourceId,
  )
  if (!about || about.length === 0) return null
  return (
    <Panel title="Open alerts" flush>
      <AlertList orgId={orgId} alerts={about} />
    </Panel>
  )
}
