import { useEffect, type ReactNode } from 'react'
import type { Preset } from '../time/range.ts'
import { Freshness } from './Freshness.tsx'
import { RangePicker } from './RangePicker.tsx'

/** A page: its title, how fresh it is, over which time, and what is on it. */
export function Page({
  title,
  above,
  ranged = false,
  children,
}: {
  title: string
  /** The way back up, for a page of one thing. */
  above?: ReactNode
  /** Whether the page's numbers depend on the range; a preset when it is usually another than a day. */
  ranged?: boolean | Preset
  children: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · Everwatch`
  }, [title])
  return (
    <div className="page">
      <div className="page-head">
        <div className="page-title">
          {above !== undefined && <div className="small soft">{above}</div>}
          <h1>{title}</h1>
        </div>
        <Freshness />
        {ranged !== false && <RangePicker usual={ranged === true ? undefined : ranged} />}
      </div>
      <div className="stack">{children}</div>
    </div>
  )
}
