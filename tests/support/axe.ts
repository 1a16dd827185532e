import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong on the page as it stands, each with where. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(await source)
  const { violations } = await page.evaluate(async () => {
    const { axe: found } = globalThis as unknown as {
      axe: { run(options: RunOptions): Promise<AxeResults> }
    }
    return found.run({ resultTypes: ['violations'] })
  })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  )
}
