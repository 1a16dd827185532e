import type { Family } from './exposition.ts'
import { durations, family, sample, tally } from './family.ts'
import type { Scrape } from './scrape.ts'

const ids = ({ org_id, rule_id }: Scrape['rules'][number]): Record<string, string> => ({
  org_id,
  rule_id,
})

export function ruleFamilies(scrape: Scrape): Family[] {
  const { orgs, rules } = scrape
  return [
    family(
      'info',
      'rule',
      'Automation rules, with their names and types.',
      rules.map((rule) => sample({ ...ids(rule), rule_name: rule.name, rule_type: rule.type }, 1)),
    ),
    family(
      'counter',
      'rule_executions',
      'Executions of a rule, by how they ended: success or failed.',
      rules.flatMap((rule) => [
        sample({ ...ids(rule), status: 'success' }, rule.succeeded),
        sample({ ...ids(rule), status: 'failed' }, rule.failed),
      ]),
    ),
    family(
      'counter',
      'rule_affected_contacts',
      'Contacts on which a rule acted.',
      rules.map((rule) => sample(ids(rule), rule.affected_contacts)),
    ),
    family(
      'gauge',
      'rule_last_success_timestamp_seconds',
      'When a rule last succeeded; absent when it never did.',
      rules.flatMap((rule) =>
        rule.last_success_at === null ? [] : [sample(ids(rule), rule.last_success_at)],
      ),
    ),
    family(
      'gauge',
      'rules',
      'Rules of an org, enabled ones and disabled ones.',
      tally(
        orgs,
        'state',
        ['enabled', 'disabled'],
        rules.map(({ org_id, enabled }) => [org_id, enabled ? 'enabled' : 'disabled']),
      ),
    ),
    durations(scrape, 'execution', 'rule_execution', 'How long executions of rules took.'),
  ]
}
