import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { now } from '../data/clock.ts'
import { formatTime } from '../time/format.ts'
import { presets, rangeOf, searchOf, type Preset, type Range } from '../time/range.ts'
import './range.css'

const cleared = { range: undefined, from: undefined, to: undefined }

/** The range in the page's address, and how to change it; without one there it is the usual one. */
export function useRange(usual: Preset = '24h'): [Range, (range: Range) => void] {
  const search = useSearch({ from: '/signed-in/orgs/$orgId' })
  const navigate = useNavigate()
  const setRange = (range: Range): void =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, ...cleared, ...searchOf(range, usual) }),
    })
  return [rangeOf(search, usual), setRange]
}

/** As `useRange`'s, from one time to another: what marking a span on a chart does. */
export function useZoom(): (from: Date, to: Date) => void {
  const [, setRange] = useRange()
  return (from, to) => setRange({ from: from.toISOString(), to: to.toISOString() })
}

/** The last hour, day, week or month, or a time of one's own. */
export function RangePicker({ usual }: { usual?: Preset | undefined }) {
  const [range, setRange] = useRange(usual)
  const [isOpen, setIsOpen] = useState(false)
  const own = 'from' in range ? range : undefined
  return (
    <div className="range" role="group" aria-label="Time range">
      {(Object.keys(presets) as Preset[]).map((preset) => (
        <button
          key={preset}
          type="button"
          aria-pressed={'preset' in range && range.preset === preset}
          title={presets[preset]}
          onClick={() => setRange({ preset })}
        >
          {preset}
        </button>
      ))}
      <button
        type="button"
        aria-pressed={own !== undefined}
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {own ? `${formatTime(own.from)} – ${formatTime(own.to)}` : 'Own'}
      </button>
      {isOpen && (
        <OwnRange
          range={own}
          onPick={(picked) => {
            setRange(picked)
            setIsOpen(false)
          }}
          onClose={() => setIsOpen(false)}
        />
      )}
    </div>
  )
}

function OwnRange({
  range,
  onPick,
  onClose,
}: {
  range: { from: string; to: string } | undefined
  onPick: (range: Range) => void
  onClose: () => void
}) {
  const [from, setFrom] = useState(() => toField(range?.from ?? now() - 86_400_000))
  const [to, setTo] = useState(() => toField(range?.to ?? now()))
  const isRange = Date.parse(from) < Date.parse(to)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isRange) onPick({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })
  }
  return (
    <form
      className="range-own"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <label className="field">
        From
        <input
          type="datetime-local"
          required
          autoFocus
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label className="field">
        To
        <input
          type="datetime-local"
          required
          value={to}
          onChange={(event) => setTo(event.target.value)}
          aria-invalid={!isRange}
          aria-describedby="range-words"
        />
      </label>
      <p id="range-words" className="small soft">
        {isRange ? 'In your time zone.' : 'The end must come after the start.'}
      </p>
      <button type="submit" className="button button-main" disabled={!isRange}>
        Show
      </button>
    </form>
  )
}

/** As a field for local time takes it. */
function toField(time: string | number): string {
  const date = new Date(time)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
