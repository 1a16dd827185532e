import { describe, expect, it } from 'vitest'
import { queriesOf, readDashboard } from '../support/dashboards.ts'

describe.each(['everwatch-prometheus', 'everwatch-postgres'])('the dashboard %s', (name) => {
  it('is known by its name, and lets choose source and organisation', async () => {
    const { uid, templating } = await readDashboard(name)
    expect(uid).toBe(name)
    expect(templating.list.map((variable) => variable.name)).toEqual(['datasource', 'org'])
  })

  it('has panels that lie beside one another, none over another', async () => {
    const { panels } = await readDashboard(name)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })

  it('asks something in each panel, with names that differ', async () => {
    const dashboard = await readDashboard(name)
    for (const { type, title, targets = [] } of dashboard.panels) {
      if (type === 'row') continue
      const names = targets.map(({ refId }) => refId)
      expect({ title, queries: names.length, named: new Set(names).size }).toEqual({
        title,
        queries: Math.max(1, names.length),
        named: names.length,
      })
    }
    expect(queriesOf(dashboard).every(([, query]) => query !== '')).toBe(true)
  })
})
