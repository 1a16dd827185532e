import { useEffect, useRef } from 'react'

/** A word to look for, and one choice of a few: how a list is narrowed. `/` leads to the field. */
export function FilterBar({
  label,
  find,
  onFind,
  choice,
  choices,
  onChoose,
}: {
  label: string
  find: string
  onFind: (text: string) => void
  choice: string | undefined
  choices: { value: string; word: string; count: number }[]
  onChoose: (value: string | undefined) => void
}) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      field.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <div className="toolbar">
      <input
        ref={field}
        type="search"
        className="input toolbar-search"
        aria-label={label}
        placeholder={label}
        value={find}
        onChange={(event) => onFind(event.target.value)}
      />
      <div className="chips" role="group" aria-label="Show">
        <button
          type="button"
          className="chip"
          aria-pressed={choice === undefined}
          onClick={() => onChoose(undefined)}
        >
          All
        </button>
        {choices
          .filter(({ value, count }) => count > 0 || value === choice)
          .map(({ value, word, count }) => (
            <button
              key={value}
              type="button"
              className="chip"
              aria-pressed={choice === value}
              onClick={() => onChoose(choice === value ? undefined : value)}
            >
              {word} <span className="number soft">{count}</span>
            </button>
          ))}
      </div>
    </div>
  )
}
