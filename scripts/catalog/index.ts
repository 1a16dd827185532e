import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { projectRoot } from '../stack/project.ts'
import { alertPolicyRows, alertTypeTable } from './alert-types.ts'
import { channelKindRows, channelKindTable } from './channel-kinds.ts'
import { eventTypes, eventTypeTable } from './event-types.ts'
import { prometheusRules } from './prometheus-rules.ts'
import { retentionRows, retentionTable } from './retentions.ts'
import { fillSections } from './sections.ts'
import { seriesRows, seriesTable, watchedSeriesTable } from './series.ts'
import { webhookFamilyTable, webhookNumberTypes, webhookSamples } from './webhook-metrics.ts'

/** Whole files that are made of the catalog. */
const files: Record<string, () => string> = {
  'supabase/schemas/catalog/rows/alert_policies.sql': alertPolicyRows,
  'grafana/prometheus/alerts.yml': prometheusRules,
  'supabase/schemas/catalog/rows/channel_kinds.sql': channelKindRows,
  'supabase/schemas/catalog/rows/retentions.sql': retentionRows,
  'supabase/schemas/catalog/rows/series.sql': seriesRows,
  'supabase/functions/_shared/everwatch/track/event.ts': eventTypes,
  'supabase/functions/_shared/everwatch/track/webhook-numbers.ts': webhookNumberTypes,
  'supabase/schemas/prometheus/webhook_samples.sql': webhookSamples,
}

/** What stands in documents between `<!-- catalog: name -->` and `<!-- end -->`, by name. */
const sections: Record<string, () => string> = {
  'alert types': alertTypeTable,
  'channel kinds': channelKindTable,
  'event types': eventTypeTable,
  retentions: retentionTable,
  series: seriesTable,
  'watched series': watchedSeriesTable,
  'webhook families': webhookFamilyTable,
}

const documents = [
  'docs/alerts.md',
  'docs/foresight.md',
  'docs/library.md',
  'docs/operations.md',
  'docs/prometheus.md',
]

/** The files that follow from the catalog in supabase/functions/_shared/catalog: path and text. */
export async function catalogFiles(): Promise<[string, string][]> {
  const made = Object.entries(files).map(([path, make]): [string, string] => [path, make()])
  for (const path of documents) {
    made.push([path, fillSections(await readFile(join(projectRoot, path), 'utf8'), sections)])
  }
  return Promise.all(made.map(async ([path, text]) => [path, await layOut(path, text)]))
}

async function layOut(path: string, text: string): Promise<string> {
  const filepath = join(projectRoot, path)
  return format(text, { ...(await resolveConfig(filepath)), filepath })
}
