import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { projectRoot } from '../../scripts/stack/project.ts'

const target = z.looseObject({
  refId: z.string(),
  expr: z.string().optional(),
  rawSql: z.string().optional(),
})

const panel = z.looseObject({
  type: z.string(),
  title: z.string(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(target).optional(),
})

const dashboard = z.looseObject({
  uid: z.string(),
  schemaVersion: z.int(),
  templating: z.object({
    list: z.array(
      z.looseObject({
        name: z.string(),
        query: z.union([z.string(), z.looseObject({})]).optional(),
      }),
    ),
  }),
  panels: z.array(panel),
})

export type Dashboard = z.infer<typeof dashboard>

/** A dashboard as it lies in `grafana/dashboards/`. */
export async function readDashboard(name: string): Promise<Dashboard> {
  return dashboard.parse(
    JSON.parse(await readFile(join(projectRoot, 'grafana/dashboards', `${name}.json`), 'utf8')),
  )
}

/** What a dashboard asks its source, by the panel that shows it. */
export function queriesOf({ panels }: Dashboard): [panel: string, query: string][] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, rawSql }): [string, string] => [title, expr ?? rawSql ?? '']),
  )
}
