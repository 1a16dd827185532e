import { Empty } from './Panel.tsx'

/** A history without rows, of one status or of all. */
export function NoneTracked({ status }: { status: string | undefined }) {
  return (
    <Empty title={status === undefined ? 'Nothing yet' : `None ${status}`}>
      <p>What is tracked appears here at once.</p>
    </Empty>
  )
}
