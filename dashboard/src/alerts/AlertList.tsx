import { useState } from 'react'
import type { Alert } from '../data/alerts.ts'
import { StatusBadge } from '../ui/Badge.tsx'
import { Since } from '../ui/Time.tsx'
import { AlertActions } from './AlertActions.tsx'
import { AlertResource } from './AlertResource.tsx'
import { SilenceForm } from './SilenceForm.tsx'

/** Open alerts: what is wrong, where to look, and what can be done about it in place. */
export function AlertList({ orgId, alerts }: { orgId: string; alerts: Alert[] }) {
  const [silencing, setSilencing] = useState<string>()
  return (
    <ul className="alerts">
      {alerts.map((alert) => (
        <li key={alert.id} className="alert">
          <StatusBadge status={alert.severity} />
          <div className="alert-words">
            <AlertResource orgId={orgId} about={alert} />
            <p className="soft small">
              {alert.message}
              {' · '}
              {alert.state === 'recovering' ? 'recovering' : 'for'}{' '}
              <Since at={alert.fired_at ?? alert.started_at} />
              {alert.held_back_by === 'silence' && ' · silenced'}
              {alert.held_back_by === 'inhibition' && ' · held back: the platform itself is down'}
            </p>
          </div>
          <AlertActions
            orgId={orgId}
            alert={alert}
            isSilencing={silencing === alert.id}
            onSilence={() => setSilencing(silencing === alert.id ? undefined : alert.id)}
          />
          {silencing === alert.id && (
            <SilenceForm orgId={orgId} alert={alert} onDone={() => setSilencing(undefined)} />
          )}
        </li>
      ))}
    </ul>
  )
}
