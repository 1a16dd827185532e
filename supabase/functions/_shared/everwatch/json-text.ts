import { fit, spend } from './budget.ts'
import { isSecretName, redact, redacted } from './redact.ts'

/** A text without secrets, and cut where it is too long. */
export function clip(text: string): string {
  return redact(fit(text))
}

/** A text as JSON, clipped. */
export function writeText(text: string): string {
  const json =
    text.length <= longestPlain && isPlain(text) ? `"${redact(text)}"` : quote(clip(text))
  spend(json.length)
  return json
}

/** Half of a surrogate pair, which many readers of JSON refuse, becomes U+FFFD. */
function quote(text: string): string {
  return JSON.stringify(text.toWellFormed())
}

const longestPlain = 100
const quotationMark = 34
const backslash = 92

/** Most texts are short and of printable ASCII: they are JSON as they stand. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < 32 || code > 126 || code === quotationMark || code === backslash) return false
  }
  return true
}

/** Programs use few names, so each is judged once; one that makes names up fills no memory. */
const heads = new Map<string, string>()
const mostHeads = 2000

const longestName = 200

/** What comes before a member's value, `,"name":`; of a secret, the whole member. */
export function memberHead(name: string): string {
  const known = heads.get(name)
  if (known !== undefined) return known
  const shown = quote(redact(fit(name, longestName)))
  const isSecret = isSecretName(name.slice(-longestName))
  const head = isSecret ? `,${shown}:"${redacted}"` : `,${shown}:`
  if (name.length <= longestName && heads.size < mostHeads) heads.set(name, head)
  return head
}
