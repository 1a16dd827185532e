/** The two values that the page needs to know its project; both are public. */
export interface Config {
  /** For example `https://abc.supabase.co`, without a slash at the end. */
  url: string
  publishableKey: string
}

/**
 * Reads `config.json`, which lies beside the page.
 *
 * @throws {Error} that says what is wrong with it, for whoever hosts the page
 */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('./config.json', { cache: 'no-cache' })
  if (!response.ok) throw new Error(`There is no config.json beside the page (${response.status}).`)
  const found = (await response.json().catch(() => {
    throw new Error('config.json is not JSON.')
  })) as Partial<Config>
  if (typeof found.url !== 'string' || !URL.canParse(found.url)) {
    throw new Error('config.json has no "url": the project’s address, as https://abc.supabase.co.')
  }
  if (typeof found.publishableKey !== 'string' || found.publishableKey === '') {
    throw new Error('config.json has no "publishableKey".')
  }
  if (found.publishableKey.startsWith('sb_secret_')) {
    throw new Error(
      'config.json holds a secret key: replace it with the publishable one, and revoke it.',
    )
  }
  return { url: found.url.replace(/\/$/, ''), publishableKey: found.publishableKey }
}
