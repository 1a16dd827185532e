/** One type of alert as plain data. What judges it is the function `everwatch_private.<type>_conditions`. */
export interface AlertType {
  type: string
  /** Whose alerts these are: of each org, or the operator's own. */
  scope: 'org' | 'operator'
  /** What the thresholds count, and whether they are reached or exceeded. */
  unit: string
  /** The default thresholds; an org, or the operator, may set others. */
  warning?: number
  critical?: number
  /** Where it has recovered; without it, below the lower threshold. */
  recovery?: number
  minimumSample?: number
  /** Intervals, as Postgres reads them; without them, none. */
  pendingFor?: string
  keepFiringFor?: string
  /** The operator's alerts that explain these, and hold them back. */
  inhibitedBy?: readonly string[]
  /** An evaluation judges the types with the lowest number first; without it, 0. */
  judgeOrder?: number
  /** The function `everwatch_private.<prepare>(at)` that an evaluation calls before it judges this. */
  prepare?: string
  /** For the table in docs/alerts.md, in Markdown; `{warning}` and the like stand for the defaults. */
  docs: { measured: string; recovers: string; sample?: string }
  /** For Prometheus, likewise. Without `expr` the alerts are counted that Everwatch itself has found. */
  prometheus: {
    summary: string
    expr?: { warning?: string; critical?: string }
  }
}
