import type { WebhookFilter } from './filter.ts'
import './thresholds.css'

type Threshold = Exclude<keyof WebhookFilter, 'find'>

const fields: { name: Threshold; label: string; unit: string; most?: number }[] = [
  { name: 'success', label: 'Success below', unit: '%', most: 100 },
  { name: 'p95', label: 'p95 from', unit: 'ms' },
  { name: 'failures', label: 'Failures 24 h from', unit: '' },
  { name: 'silent', label: 'No success for', unit: 'h' },
]

/** From which numbers on a webhook is listed, each of them optional. */
export function Thresholds({
  filter,
  onChange,
}: {
  filter: WebhookFilter
  onChange: (changes: { [name in Threshold]?: number | undefined }) => void
}) {
  const isSet = fields.some(({ name }) => filter[name] !== undefined)
  return (
    <div className="thresholds" role="group" aria-label="Thresholds">
      {fields.map(({ name, label, unit, most }) => (
        <label key={name} className="threshold">
          {label}
          <input
            type="number"
            className="input"
            min={0}
            max={most}
            step="any"
            value={filter[name] ?? ''}
            onChange={({ target }) =>
              onChange({ [name]: target.value === '' ? undefined : target.valueAsNumber })
            }
          />
          <span className="threshold-unit">{unit}</span>
        </label>
      ))}
      {isSet && (
        <button
          type="button"
          className="chip"
          onClick={() => onChange(Object.fromEntries(fields.map(({ name }) => [name, undefined])))}
        >
          Clear thresholds
        </button>
      )}
    </div>
  )
}
