/** What of a list is shown: one of a few, the first of them when nothing was chosen. */
export function Chips<Value extends string | undefined>({
  choices,
  chosen,
  onChoose,
}: {
  choices: readonly { value: Value; word: string }[]
  chosen: string | undefined
  onChoose: (value: Value) => void
}) {
  return (
    <span className="chips" role="group" aria-label="Show">
      {choices.map(({ value, word }) => (
        <button
          key={word}
          type="button"
          className="chip"
          aria-pressed={chosen === value}
          onClick={() => onChoose(value)}
        >
          {word}
        </button>
      ))}
    </span>
  )
}
