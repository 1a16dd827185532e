import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../scripts/stack/project.ts'
import { makeAlert, makeMessage } from './messages.ts'

const document = readFileSync(join(projectRoot, 'docs/alerts.md'), 'utf8')
const [, rest = ''] = document.split('\n## What a message looks like\n')

/** What docs/alerts.md says of how messages look. */
export const samples = rest.split('\n## ')[0] ?? ''

/** The block of code after the name of a kind of channel. */
export function sampleOf(label: string): string {
  const [, after = ''] = samples.split(`**${label}**`)
  return /^```\w*\n(.*?)^```$/ms.exec(after)?.[1]?.trim() ?? ''
}

const fingerprint = '9f86d081884c7d65…'

/** The message that the samples show. */
export const sampleMessage = makeMessage({
  secrets: ['…'],
  dedup_key: fingerprint,
  alerts: [makeAlert({ fingerprint })],
})
