import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { endSilence, silencesQuery, type Silence } from '../data/silences.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { Moment } from '../ui/Time.tsx'
import { Refusal } from '../ui/Refusal.tsx'

/** What nobody is told of at the moment, until when, and why. */
export function Silences({ orgId }: { orgId: string }) {
  const query = useQuery(silencesQuery(useProject(), orgId))
  return (
    <Panel title="Silences" flush>
      <Loaded query={query} height="8rem">
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="Nothing is silenced">
              <p>An open alert can be silenced for a while: alerts come and go as ever, unheard.</p>
            </Empty>
          ) : (
            <ul>
              {rows.map((row) => (
                <SilenceRow key={row.id} orgId={orgId} silence={row} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}

function SilenceRow({ orgId, silence }: { orgId: string; silence: Silence }) {
  const project = useProject()
  const client = useQueryClient()
  const end = useMutation({
    mutationFn: () => endSilence(project, silence.id),
    onSettled: () => client.invalidateQueries({ queryKey: [orgId, 'alerts'] }),
  })
  return (
    <li className="alert">
      <div className="alert-words">
        <strong>{silence.reason}</strong>
        <p className="soft small">
          {inWords(silence.matchers)} · until <Moment at={silence.ends_at} />
        </p>
      </div>
      <div className="alert-actions">
        <Refusal error={end.error} />
        <button
          type="button"
          className="button"
          disabled={end.isPending}
          onClick={() => end.mutate()}
        >
          End now<span className="unseen">: {silence.reason}</span>
        </button>
      </div>
    </li>
  )
}

function inWords(matchers: Record<string, string>): string {
  const parts = Object.entries(matchers).map(
    ([name, value]) => `${name.replace('_', ' ')} ${value}`,
  )
  return parts.length === 0 ? 'every alert' : parts.join(', ')
}
