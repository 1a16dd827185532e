import { z } from 'zod'

/** What a run of the tests came to. */
export interface Tally {
  passed: number
  failed: number
  /** Why tests were skipped, and how many; a test that does not say why stands here by its name. */
  skipped: Record<string, number>
}

const testSchema = z.object({
  fullName: z.string(),
  status: z.string(),
  meta: z.object({ skipped: z.string().optional() }),
})

const reportSchema = z.object({
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(testSchema) })),
})

type Report = z.infer<typeof reportSchema>

/**
 * Counts what a run of vitest came to. Beside the tests that failed it counts each file that failed
 * before them; and one failure where nothing else tells of it: a crash, or no test that ran.
 *
 * @param report what the JSON reporter wrote; undefined when it wrote nothing
 * @param exitCode null when a signal ended the run
 */
export function tally(report: string | undefined, exitCode: number | null): Tally {
  const files = parseReport(report).testResults
  const tests = files.flatMap((file) => file.assertionResults)
  const withStatus = (status: string): number => tests.filter((t) => t.status === status).length
  const broken = files.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  )
  const passed = withStatus('passed')
  const failed = withStatus('failed') + broken.length
  const skipped: Record<string, number> = {}
  for (const { fullName, status, meta } of tests) {
    if (status === 'passed' || status === 'failed') continue
    const reason = meta.skipped ?? fullName
    skipped[reason] = (skipped[reason] ?? 0) + 1
  }
  return {
    passed,
    failed: exitCode !== 0 || passed === 0 ? Math.max(failed, 1) : failed,
    skipped,
  }
}

/** A run that was cut off may have written a part, which is as good as nothing. */
function parseReport(text: string | undefined): Report {
  try {
    return reportSchema.parse(JSON.parse(text ?? ''))
  } catch {
    return { testResults: [] }
  }
}
