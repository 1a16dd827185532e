import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import '../alerts/alerts.css'
import { useProject } from '../app-context.ts'
import { insightsQuery } from '../data/insights.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'

/** What would save most, as it is stated now; answered to on Insights. */
export function Savings({ orgId }: { orgId: string }) {
  const query = useQuery(insightsQuery(useProject(), orgId, 'open'))
  return (
    <Panel
      title="What would be saved"
      aside={
        <Link to="/orgs/$orgId/insights" params={{ orgId }}>
          Answer in Insights
        </Link>
      }
      flush
    >
      <Loaded query={query} height="6rem">
        {({ rows }) => {
          const savings = rows.filter(({ kind }) => kind === 'cost')
          return savings.length > 0 ? (
            <ul className="alerts">
              {savings.map(({ id, sentence }) => (
                <li key={id} className="alert">
                  {sentence}
                </li>
              ))}
            </ul>
          ) : (
            <Empty title="No saving is stated">
              <p>
                The three largest, of a megabyte or more, appear here once a day, unless Cost is
                turned off in Insights.
              </p>
            </Empty>
          )
        }}
      </Loaded>
    </Panel>
  )
}
