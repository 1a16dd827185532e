import type { Job } from '../data/system.ts'
import { Badge, type Tone } from '../ui/Badge.tsx'
import { Ago } from '../ui/Time.tsx'

/** What the database does by itself, and how it went the last time. */
export function JobTable({ jobs }: { jobs: Job[] }) {
  return (
    <div className="table-box">
      <table className="table" aria-label="Jobs">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col" className="cell-tablet">
              Schedule
            </th>
            <th scope="col">Last run</th>
            <th scope="col" className="cell-desk">
              Started
            </th>
            <th scope="col">Last success</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => {
            const [tone, word] = stateOf(job)
            return (
              <tr key={job.name}>
                <td>
                  <span className="cell-text">{job.name.replace('everwatch-', '')}</span>
                </td>
                <td className="cell-tablet">
                  <code>{job.schedule}</code>
                </td>
                <td>
                  <Badge tone={tone}>{word}</Badge>
                </td>
                <td className="cell-desk">
                  <Ago at={job.last_started_at} none="not yet" />
                </td>
                <td>
                  <Ago at={job.last_succeeded_at} none="not yet" />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function stateOf({ active, last_status }: Job): [Tone, string] {
  if (!active) return ['quiet', 'Off']
  if (last_status === 'succeeded') return ['good', 'Succeeded']
  if (last_status === 'failed') return ['bad', 'Failed']
  if (last_status === null) return ['quiet', 'Not yet']
  return ['quiet', 'Running']
}
