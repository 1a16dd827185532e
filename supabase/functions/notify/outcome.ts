import { z } from 'zod'
import { RefusedAddress } from './address-guard.ts'
import type { Answer } from './answer.ts'
import { codeOf, NoAnswer } from './transport.ts'

/** What became of an attempt, as the database records it. */
export interface Outcome {
  /** `dead`: trying again is of no use; `gone`: nor is anything else on this channel. */
  result: 'delivered' | 'retry' | 'dead' | 'gone'
  status_code: number | null
  /** How the receiver's answer began. */
  answer: string | null
  error: string | null
  /** How long the receiver asks to be left alone. */
  retry_after_ms: number | null
}

/** How much of an answer is kept, in characters. */
const longestAnswer = 500

/**
 * Judges an answer.
 *
 * @param secrets are blotted out of it: some receivers repeat what they were sent
 * @param goneStatus by which this receiver says, as others do by 410, that nobody is there any more
 */
export function judgeAnswer(
  { status, headers, text }: Answer,
  secrets: string[],
  now: Date,
  goneStatus?: number,
): Outcome {
  const asksForPatience = status === 429 || status === 503
  const clean = secrets
    .flatMap(partsOf)
    .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
  return {
    result: status === goneStatus ? 'gone' : resultOf(status),
    status_code: status,
    answer: clean.replaceAll('\0', '').slice(0, longestAnswer).toWellFormed() || null,
    error: status < 300 ? null : meaningOf(status),
    retry_after_ms: asksForPatience
      ? (retryAfter(headers['retry-after'], now) ?? patienceIn(text))
      : null,
  }
}

/** What is as long as this, within an address, is a key. */
const shortestKey = 16

/** A secret; of an address also what makes it one, which some receivers repeat without the host. */
function partsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [secret]
  const { pathname, search, searchParams } = new URL(secret)
  const parts = [pathname + search, pathname, ...pathname.split('/'), ...searchParams.values()]
  return [secret, ...parts.filter(({ length }) => length >= shortestKey)]
}

function resultOf(status: number): Outcome['result'] {
  if (status < 300) return 'delivered'
  if (status === 410) return 'gone'
  return status >= 400 && status < 500 && status !== 429 ? 'dead' : 'retry'
}

function meaningOf(status: number): string {
  if (status < 400) return `The receiver answered ${status}: a redirect, which is not followed.`
  return `The receiver answered ${status}.`
}

/** Judges what kept an attempt from being answered. */
export function judgeFailure(error: unknown): Outcome {
  const known = error instanceof NoAnswer || error instanceof RefusedAddress
  return {
    // An address that is refused stays so until somebody changes it.
    result: error instanceof RefusedAddress ? 'dead' : 'retry',
    status_code: null,
    answer: null,
    error: known ? error.message : nameProblem(error),
    retry_after_ms: null,
  }
}

function nameProblem(error: unknown): string {
  return /^(ENOTFOUND|EAI_|ENODATA)/.test(codeOf(error))
    ? 'The name of the host was not found.'
    : 'The message could not be sent.'
}

/** Seconds, or a date (RFC 9110), as milliseconds from now. */
function retryAfter(value: string | undefined, now: Date): number | null {
  if (value && /^\d{1,9}$/.test(value)) return Number(value) * 1000
  if (!value?.endsWith('GMT')) return null
  const wait = Date.parse(value) - now.getTime()
  return Number.isFinite(wait) ? Math.max(0, wait) : null
}

const patienceSchema = z.object({ retry_after: z.number().nonnegative() })

/** Seconds, as Discord says them in its answer's JSON, as milliseconds. */
function patienceIn(text: string): number | null {
  try {
    const { data } = patienceSchema.safeParse(JSON.parse(text))
    return data ? Math.ceil(data.retry_after * 1000) : null
  } catch {
    return null
  }
}
