import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { insightKindsQuery, setInsightKind, type InsightKind } from '../data/insights.ts'
import { Badge } from '../ui/Badge.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Panel } from '../ui/Panel.tsx'
import { kindWords } from './kinds.ts'
import { Refusal } from '../ui/Refusal.tsx'

/** The kinds of insights, each of which an owner or admin can turn off. */
export function InsightKinds({ orgId }: { orgId: string }) {
  const query = useQuery(insightKindsQuery(useProject(), orgId))
  return (
    <Panel title="What is stated" flush>
      <Loaded query={query} height="12rem">
        {(kinds) => (
          <ul className="alerts">
            {kinds.map((kind) => (
              <KindRow key={kind.kind} orgId={orgId} of={kind} />
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  )
}

function KindRow({ orgId, of: { kind, enabled } }: { orgId: string; of: InsightKind }) {
  const project = useProject()
  const client = useQueryClient()
  const toggle = useMutation({
    mutationFn: () => setInsightKind(project, orgId, kind, !enabled),
    onSettled: () => client.invalidateQueries({ queryKey: [orgId, 'insights'] }),
  })
  const { name, tells } = kindWords[kind]
  return (
    <li className="alert">
      <Badge tone={enabled ? 'good' : 'quiet'}>{enabled ? 'On' : 'Off'}</Badge>
      <div className="alert-words">
        <strong>{name}</strong>
        <p className="soft small">{tells}</p>
      </div>
      <div className="alert-actions">
        <Refusal error={toggle.error} />
        <button
          type="button"
          className="button"
          disabled={toggle.isPending}
          onClick={() => toggle.mutate()}
        >
          {enabled ? 'Turn off' : 'Turn on'}
          <span className="unseen"> {name}</span>
        </button>
      </div>
    </li>
  )
}
