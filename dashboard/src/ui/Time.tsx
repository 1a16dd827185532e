import { useNow } from '../data/clock.ts'
import { formatAge, formatMinute, formatTime, formatUtc } from '../time/format.ts'

/** How long ago something was; the time itself, in UTC, on hover. */
export function Ago({ at, none = 'never' }: { at: string | null; none?: string }) {
  const now = useNow(1000)
  if (at === null) return <span className="soft">{none}</span>
  return (
    <time dateTime={at} title={formatUtc(at)} className="number">
      {formatAge(now - Date.parse(at))} ago
    </time>
  )
}

/** A moment in the viewer's zone; in UTC on hover. */
export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatUtc(at)} className="number">
      {formatTime(at)}
    </time>
  )
}

/** A moment of the last weeks in the viewer's zone, to the minute; in UTC on hover. */
export function Minute({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatUtc(at)} className="number">
      {formatMinute(at)}
    </time>
  )
}

/** How long something has lasted; since when, in UTC, on hover. */
export function Since({ at }: { at: string }) {
  const now = useNow(1000)
  return (
    <time dateTime={at} title={formatUtc(at)} className="number">
      {formatAge(now - Date.parse(at))}
    </time>
  )
}

/** How long it is until a moment, or that it has come; when it is, in UTC, on hover. */
export function Until({ at }: { at: string }) {
  const now = useNow(1000)
  const left = Date.parse(at) - now
  return (
    <time dateTime={at} title={formatUtc(at)} className="number">
      {left > 0 ? `in ${formatAge(left)}` : 'now'}
    </time>
  )
}
