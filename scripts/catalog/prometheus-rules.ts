import { stringify } from 'yaml'
import { alertTypes } from '../../supabase/functions/_shared/catalog/alert-types/index.ts'
import type { AlertType } from '../../supabase/functions/_shared/catalog/alert-types/index.ts'
import { withDefaults } from './with-defaults.ts'

const heading = `# Made of supabase/functions/_shared/catalog by \`npm run check -- --fix generated\`.
#
# Everwatch's alerts as Prometheus judges them. Numbers in expressions are the default thresholds: a
# policy that an org or the operator has changed does not change them here. Where what is scraped says
# when a condition is true, it is judged from that, so that it is noticed even while Everwatch's own
# evaluation stands still; the rest counts what that has found.
`

/** Only from outside it can be seen that nothing answers any more. */
const scrapeFailed = {
  alert: 'EverwatchDown',
  expr: 'up{job="everwatch"} == 0',
  for: '5m',
  labels: { type: 'scrape_failed', severity: 'critical' },
  annotations: { summary: 'Everwatch cannot be scraped' },
}

/** `grafana/prometheus/alerts.yml`. */
export function prometheusRules(): string {
  const groups = [
    { name: 'everwatch', rules: rulesOf('org') },
    { name: 'everwatch-operator', rules: [...rulesOf('operator'), scrapeFailed] },
  ]
  return `${heading}${stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false })}`
}

function rulesOf(scope: AlertType['scope']): object[] {
  return alertTypes.filter((each) => each.scope === scope).flatMap(rulesOfType)
}

function rulesOfType(type: AlertType): object[] {
  const alert = `Everwatch${type.type.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`
  const annotations = { summary: withDefaults(type.prometheus.summary, type) }
  const { expr } = type.prometheus
  if (!expr) {
    const found = `everwatch_alerts{type="${type.type}",state="firing"} > 0`
    return [{ alert, expr: found, labels: { type: type.type }, annotations }]
  }
  return Object.entries(expr).map(([severity, text]) => ({
    alert,
    expr: withDefaults(text, type),
    ...(type.pendingFor && { for: shorten(type.pendingFor) }),
    ...(type.keepFiringFor && { keep_firing_for: shorten(type.keepFiringFor) }),
    labels: { type: type.type, severity },
    annotations,
  }))
}

/** `5 minutes` as Prometheus writes it. */
function shorten(interval: string): string {
  const [amount = '', unit = ''] = interval.split(' ')
  return `${amount}${unit[0]}`
}
