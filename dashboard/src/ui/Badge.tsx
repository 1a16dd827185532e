import type { ReactNode } from 'react'
import './badge.css'

export type Tone = 'good' | 'warn' | 'bad' | 'quiet'

const marks: Record<Tone, ReactNode> = {
  good: <path d="M3.2 6.3 5.200 8.300 8.900 4" />,
  warn: <path d="M6 3.200v3.200M6 8.800v.1" />,
  bad: <path d="m3.800 3.800 4.400 4.400m0-4.400L3.800 8.200" />,
  quiet: <path d="M3.500 6h5" />,
}

/** A state in a word, a shape and a colour, so that none of the three has to be seen. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {marks[tone]}
      </svg>
      {children}
    </span>
  )
}

const words: Record<string, [Tone, string]> = {
  healthy: ['good', 'Healthy'],
  inactive: ['warn', 'Inactive'],
  disabled: ['quiet', 'Disabled'],
  warning: ['warn', 'Warning'],
  critical: ['bad', 'Critical'],
  sent: ['good', 'Sent'],
  success: ['good', 'Success'],
  failed: ['bad', 'Failed'],
  pending: ['quiet', 'Pending'],
  normal: ['good', 'Normal'],
  throttled: ['bad', 'Throttled'],
  queued: ['warn', 'Waiting'],
  sending: ['quiet', 'Sending'],
  delivered: ['good', 'Delivered'],
  dead: ['bad', 'Dead'],
}

/** A status as the API names it. */
export function StatusBadge({ status }: { status: string | null }) {
  const [tone, word] = words[status ?? ''] ?? (['quiet', status ?? 'Unknown'] as const)
  return <Badge tone={tone}>{word}</Badge>
}
