import { existsSync } from 'node:fs'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * The program of the Chromium that the machine has: the one that `CHROMIUM` names, or one in a usual
 * place.
 *
 * @throws {Error} that says how to get one
 */
export function findChromium(): string {
  const named = process.env['CHROMIUM']
  const found = [...(named ? [named] : []), ...places].find((path) => existsSync(path))
  if (found) return found
  throw new Error(
    'There is no Chromium here. Install one (Debian: apt-get install chromium), or name its program in the variable CHROMIUM.',
  )
}

/** A browser that asks nobody for anything but the page. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
