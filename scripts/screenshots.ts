// Takes the pictures of the dashboard in docs/images, of the local stack with its demo: `npm start`,
// and in another terminal `node --import tsx scripts/screenshots.ts` (with a Chromium).
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { chromiumFlags, findChromium } from '../tests/support/chromium.ts'
import { stackEnvironment } from './stack/environment.ts'
import { projectRoot } from './stack/project.ts'
import { readRunningStack } from './stack/state.ts'
import { runCommand, UserError } from './stack/user-error.ts'

const folder = join(projectRoot, 'docs/images')

/** Each picture's name, and what to press to get there from the Overview. */
const pages: [string, (page: Page) => Promise<void>][] = [
  ['overview', async () => {}],
  ['alerts', (page) => follow(page, 'Alerts')],
  [
    'channels',
    async (page) => {
      await follow(page, 'Alerts')
      await page.getByRole('button', { name: 'Channels' }).click()
      await page.getByRole('button', { name: 'Mute On call' }).click()
    },
  ],
  ['insights', (page) => follow(page, 'Insights')],
  ['webhooks', (page) => follow(page, 'Webhooks')],
  [
    'webhook',
    async (page) => {
      await follow(page, 'Webhooks')
      await page.getByRole('link', { name: /partners\/zapier/ }).click()
    },
  ],
  ['rules', (page) => follow(page, 'Rules')],
  [
    'rule',
    async (page) => {
      await follow(page, 'Rules')
      await page.getByRole('link', { name: 'Welcome on stage change' }).click()
    },
  ],
  ['api', (page) => follow(page, 'API')],
  ['rate-limits', (page) => follow(page, 'Rate limits')],
  ['costs', (page) => follow(page, 'Costs')],
  ['system', (page) => follow(page, 'System')],
]

await runCommand(async () => {
  const running = await readRunningStack()
  if (!running) throw new UserError('Everwatch is not running. Start it: npm start')
  const { DASHBOARD_URL, DEMO_EMAIL, DEMO_PASSWORD } = await stackEnvironment(running)
  if (!DASHBOARD_URL || !DEMO_EMAIL || !DEMO_PASSWORD) throw new UserError('There is no demo.')
  await mkdir(folder, { recursive: true })
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumFlags })
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width: 1280, height: 860 },
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    })
    const page = await context.newPage()
    await page.goto(DASHBOARD_URL)
    await page.getByLabel('Email').fill(DEMO_EMAIL)
    await page.getByLabel('Password').fill(DEMO_PASSWORD)
    await take(page, `sign-in-${colorScheme}`)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    for (const [name, go] of pages) {
      await follow(page, 'Overview')
      await go(page)
      await take(page, `${name}-${colorScheme}`)
    }
    await page.setViewportSize({ width: 390, height: 844 })
    await follow(page, 'Overview')
    await take(page, `phone-${colorScheme}`)
    await context.close()
  }
  await browser.close()
})

async function follow(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
}

/** Of the page as it is once all has been read. */
async function take(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'hidden' })
  await page.evaluate(() => scrollTo(0, 0))
  // Plots are drawn in the frame after their numbers came.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(drawn)))
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
