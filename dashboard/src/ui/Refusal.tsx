/** Why what was pressed did not happen, beside the button; nothing while nothing was refused. */
export function Refusal({ error }: { error: Error | null }) {
  if (!error) return null
  return (
    <span role="alert" className="small refusal">
      {error.message}
    </span>
  )
}

/** The same below a form. */
export function FormRefusal({ error }: { error: Error | null }) {
  if (!error) return null
  return (
    <p role="alert" className="notice notice-bad">
      <span>{error.message}</span>
    </p>
  )
}
