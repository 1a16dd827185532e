import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../scripts/stack/project.ts'
import { familiesOf } from '../../supabase/functions/monitoring/prometheus/families.ts'
import { scrapeSchema } from '../../supabase/functions/monitoring/prometheus/scrape.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { queriesOf, readDashboard } from '../support/dashboards.ts'
import { promtool, withPrometheus, type Ran } from '../support/prometheus.ts'

const inGrafana = (file: string): string => join(projectRoot, 'grafana/prometheus', file)

let db: TestDatabase
let names: Set<string>

beforeAll(async () => {
  db = await createDatabase()
  const scraped = await db.asService(async (sql) => {
    const [row] = await sql<
      [{ answer: unknown }]
    >`select everwatch.monitoring_prometheus() as answer`
    return scrapeSchema.parse(row.answer)
  })
  names = new Set(familiesOf(scraped).flatMap(namesOf))
})

const suffixes = {
  counter: ['_total'],
  info: ['_info'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}

function namesOf({ name, type }: ReturnType<typeof familiesOf>[number]): string[] {
  return suffixes[type].map((suffix) => name + suffix)
}

const metricsIn = (text: string): string[] => text.match(/\beverwatch_[a-z_]+/g) ?? []

/** What promtool says of rules that are in no file. */
async function checkRules(text: string): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'everwatch-rules-'))
  try {
    await writeFile(join(folder, 'rules.yml'), text)
    return await promtool(['check', 'rules', join(folder, 'rules.yml')])
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('the dashboard for Prometheus', () => {
  it('asks for metrics that there are', async () => {
    for (const [panel, query] of queriesOf(await readDashboard('everwatch-prometheus')))
      for (const metric of metricsIn(query))
        expect({ panel, metric, known: names.has(metric) }).toEqual({ panel, metric, known: true })
  })

  it('asks in PromQL', withPrometheus, async () => {
    const rules = queriesOf(await readDashboard('everwatch-prometheus')).map(
      ([panel, query], n) => ({
        record: `panel_${n}`,
        labels: { panel },
        expr: query.replaceAll('$org', '.*').replaceAll('$__rate_interval', '15m'),
      }),
    )
    const text = JSON.stringify({ groups: [{ name: 'panels', rules }] })
    expect(await checkRules(text)).toMatchObject({ exitCode: 0 })
  })
})

describe('the alerting rules for Prometheus', () => {
  it('are rules, and ask for metrics that there are', withPrometheus, async () => {
    expect(await promtool(['check', 'rules', inGrafana('alerts.yml')])).toMatchObject({
      exitCode: 0,
    })
    const metrics = metricsIn(await readFile(inGrafana('alerts.yml'), 'utf8'))
    expect(metrics.filter((metric) => !names.has(metric))).toEqual([])
  })

  it('fire when they should', withPrometheus, async () => {
    const { exitCode, output } = await promtool(['test', 'rules', inGrafana('alerts.test.yml')])
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 })
  })

  it('know each type of alert that we know', async () => {
    const text = await readFile(inGrafana('alerts.yml'), 'utf8')
    const types = new Set([...text.matchAll(/^ +type: ([a-z_]+)$/gm)].map(([, type]) => type))
    const policies = await db.sql<
      { type: string }[]
    >`select type from everwatch_private.alert_policies`
    expect(types).toEqual(new Set([...policies.map(({ type }) => type), 'scrape_failed']))
  })

  it('scrape with a configuration that Prometheus takes', withPrometheus, async () => {
    const check = ['check', 'config', '--syntax-only', inGrafana('prometheus.yml')]
    expect(await promtool(check)).toMatchObject({ exitCode: 0 })
  })
})
