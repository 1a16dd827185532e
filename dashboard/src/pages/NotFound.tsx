import { Link } from '@tanstack/react-router'
import { Empty } from '../ui/Panel.tsx'

/** For an address that leads nowhere, or to what is not the viewer's. */
export function NotFound() {
  return (
    <div className="panel">
      <Empty title="There is nothing here">
        <p>
          The address may be mistyped, or it belongs to an organisation of which you are no member.
        </p>
        <p>
          <Link to="/">Back to your organisation</Link>
        </p>
      </Empty>
    </div>
  )
}
