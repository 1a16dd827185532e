import { Link } from '@tanstack/react-router'

/** For an address that leads nowhere, or to what is not the viewer's. */
export function NotFound() {
  return (
    <div className="panel">
      <div className="empty">
        <h1>There is nothing here</h1>
        <p className="soft">
          The address may be mistyped, or it belongs to an organisation of which you are no member.
        </p>
        <Link to="/">Back to your organisation</Link>
      </div>
    </div>
  )
}

/** As `NotFound`, where nothing stands around it. */
export function NothingFound() {
  return (
    <main className="front">
      <NotFound />
    </main>
  )
}
