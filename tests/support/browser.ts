import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core'
import { expect, inject, onTestFinished } from 'vitest'
import { chromiumFlags } from './chromium.ts'
import { atEndOfFile } from './cleanup.ts'
import { startStack, type StackOptions, type TestStack, type TestUser } from './stack.ts'

/** A project with the dashboard at its address, and a browser to look at it. */
export interface Dashboard extends TestStack {
  /** A new window of a new visitor; it closes with the test, which fails when the page did. */
  visit(options?: BrowserContextOptions): Promise<Page>
  /** As `visit`, signed in, on a page: a path as it stands in the address, by default the first. */
  visitAs(user: TestUser, path?: string, options?: BrowserContextOptions): Promise<Page>
}

/** Starts both for a test file; they end with the file. */
export async function startDashboard(stackOptions: StackOptions = {}): Promise<Dashboard> {
  const stack = await startStack({ dashboard: inject('dashboard'), ...stackOptions })
  const browser = await launch()
  atEndOfFile(() => browser.close())

  const visit = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ timezoneId: 'Europe/Berlin', ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      // What the browser, or the auth library, says of answers that are errors or do not come.
      const isAnswer = /^Failed to load resource|^TypeError: Failed to fetch/.test(message.text())
      if (message.type() === 'error' && !isAnswer) problems.push(message.text())
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(stack.apiUrl)) problems.push(`asked ${request.url()}`)
    })
    onTestFinished(async () => {
      await context.close()
      expect(problems).toEqual([])
    })
    return page
  }

  return {
    ...stack,
    visit,
    visitAs: async (user, path = '/', options) => {
      const page = await visit(options)
      await page.goto(`${stack.apiUrl}/#${path}`)
      await signIn(page, user)
      return page
    },
  }
}

/** Waits until something is on the page for all to see; fails when it does not come. */
export function expectSeen(locator: Locator): Promise<void> {
  return locator.waitFor()
}

/** Fills in the form and presses the button. */
export async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: inject('chromium'), args: chromiumFlags })
}
