// A component that shows an org's metrics, and asks for them again every 30 seconds.
import { useEffect, useState } from 'react'

interface Metrics {
  webhooks: { summary: { total_deliveries: number; avg_success_rate: number | null } }
  rules: { summary: { total_triggers: number } }
  alerts: { total: number; alerts: { resource_id: string; severity: string; message: string }[] }
}

export interface MonitoringDashboardProps {
  /** The project's functions, for example `https://abc.supabase.co/functions/v1`. */
  functionsUrl: string
  /** The signed-in user's access token. */
  token: string
}

export function MonitoringDashboard({ functionsUrl, token }: MonitoringDashboardProps) {
  const [metrics, setMetrics] = useState<Metrics | null>(null)
  const [problem, setProblem] = useState('')

  useEffect(() => {
    async function fetchMetrics(): Promise<void> {
      const response = await fetch(`${functionsUrl}/monitoring/metrics?type=all`, {
        headers: { authorization: `Bearer ${token}` },
      })
      // What was read last is shown on, when there is nothing newer.
      if (response.ok) return setMetrics((await response.json()) as Metrics)
      const { error } = (await response.json()) as { error: { message: string } }
      setProblem(error.message)
    }

    void fetchMetrics()
    const interval = setInterval(fetchMetrics, 30_000)
    return () => clearInterval(interval)
  }, [functionsUrl, token])

  if (!metrics) return <p>{problem || 'Loading …'}</p>

  const { webhooks, rules, alerts } = metrics
  return (
    <main>
      <p>
        {webhooks.summary.total_deliveries} deliveries, {webhooks.summary.avg_success_rate ?? '–'}%
        of them successful
      </p>
      <p>{rules.summary.total_triggers} runs of rules</p>
      <h2>{alerts.total} alerts</h2>
      <ul>
        {alerts.alerts.map(({ resource_id, severity, message }) => (
          <li key={`${resource_id} ${message}`}>
            {severity}: {message}
          </li>
        ))}
      </ul>
    </main>
  )
}
