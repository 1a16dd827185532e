import type { TestProject } from 'vitest/node'
import { buildDashboard } from '../../scripts/stack/dashboard.ts'
import { findChromium } from './chromium.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the built dashboard. */
    dashboard: string
    /** Chromium's program. */
    chromium: string
  }
}

/** Finds the browser and builds the page, once for all files. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('chromium', findChromium())
  project.provide('dashboard', await buildDashboard())
}
