import { z } from 'zod'

/** What a run of the tests came to. */
export interface Tally {
  passed: number
  failed: number
  /** The name of each test that was skipped, with the reason where it has one. */
  skipped: string[]
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
 * Counts what a run of vitest came to. Beside the tests that failed it counts each file that could
 * not be loaded; and one failure where nothing else tells of it: a crash, or no test that ran.
 *
 * @param report what the JSON reporter wrote; undefined when it wrote nothing
 * @param exitCode null when a signal ended the run
 */
export function tally(report: string | undefined, exitCode: number | null): Tally {
  const files = parseReport(report).testResults
  const tests = files.flatMap((file) => file.assertionResults)
  const withStatus = (status: string): number => tests.filter((t) => t.status === status).length
  const unloadable = files.filter((f) => f.status === 'failed' && f.assertionResults.length === 0)
  const passed = withStatus('passed')
  const failed = withStatus('failed') + unloadable.length
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  return {
    passed,
    failed: exitCode !== 0 || passed === 0 ? Math.max(failed, 1) : failed,
    skipped: skipped.map(({ fullName, meta }) =>
      meta.skipped ? `${fullName} (${meta.skipped})` : fullName,
    ),
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
