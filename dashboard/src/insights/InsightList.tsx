import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useProject } from '../app-context.ts'
import { acknowledgeInsight, expectInsight, type Insight } from '../data/insights.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import { Moment, Since } from '../ui/Time.tsx'
import { kindWords } from './kinds.ts'
import { Refusal } from '../ui/Refusal.tsx'

/** What was found, each in its sentence, and what can be answered to it. */
export function InsightList({ orgId, insights }: { orgId: string; insights: Insight[] }) {
  return (
    <ul className="alerts">
      {insights.map((insight) => (
        <li key={insight.id} className="alert">
          <StatusBadge status={insight.severity} />
          <div className="alert-words">
            <strong>{insight.sentence}</strong>
            <p className="soft small">
              {kindWords[insight.kind].name}
              {' · '}
              {insight.ended_at === null ? (
                <>
                  for <Since at={insight.first_stated_at} />
                </>
              ) : (
                <>
                  ended <Moment at={insight.ended_at} />
                </>
              )}
            </p>
          </div>
          <div className="alert-actions">
            <Answer
              orgId={orgId}
              insight={insight}
              isGiven={insight.acknowledged_at !== null}
              words={['Acknowledge', 'Acknowledged']}
              give={acknowledgeInsight}
            />
            <Answer
              orgId={orgId}
              insight={insight}
              isGiven={insight.expected_at !== null}
              words={['This was expected', 'Expected']}
              give={expectInsight}
            />
          </div>
        </li>
      ))}
    </ul>
  )
}

function Answer({
  orgId,
  insight,
  isGiven,
  words: [ask, done],
  give,
}: {
  orgId: string
  insight: Insight
  isGiven: boolean
  words: [ask: string, done: string]
  give: typeof acknowledgeInsight
}) {
  const project = useProject()
  const client = useQueryClient()
  const toggle = useMutation({
    mutationFn: () => give(project, insight.id, !isGiven),
    onSettled: () => client.invalidateQueries({ queryKey: [orgId, 'insights'] }),
  })
  return (
    <>
      <Refusal error={toggle.error} />
      <button
        type="button"
        className={isGiven ? 'button button-plain' : 'button'}
        disabled={toggle.isPending}
        onClick={() => toggle.mutate()}
      >
        {isGiven ? `✓ ${done}` : ask}
        <span className="unseen"> {insight.sentence}</span>
      </button>
    </>
  )
}
