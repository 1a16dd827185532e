import { useId, type ReactNode } from 'react'

/** A titled part of a page. `flush` lets a table reach the edges. */
export function Panel({
  title,
  aside,
  flush = false,
  children,
}: {
  title: ReactNode
  aside?: ReactNode
  flush?: boolean
  children: ReactNode
}) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <div className="small soft">{aside}</div>}
      </div>
      <div className={flush ? 'panel-flush' : 'panel-body'}>{children}</div>
    </section>
  )
}

/** What a part shows when there is nothing, with what to do next. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children !== undefined && <div className="soft stack">{children}</div>}
    </div>
  )
}

/** Where something will be in a moment. */
export function Skeleton({ height, width = '100%' }: { height: string; width?: string }) {
  return <span className="skeleton" style={{ height, width }} aria-hidden="true" />
}
