/** What was made for a webhook; nobody can read it again. */
export function NewSecret({ secret, onDone }: { secret: string; onDone: () => void }) {
  return (
    <p role="status" className="notice new-secret">
      <span>
        What signs its messages, shown this once: <code>{secret}</code>
      </span>
      <button type="button" className="button" onClick={onDone}>
        I have kept it
      </button>
    </p>
  )
}
