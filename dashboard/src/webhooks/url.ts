/** An address as people call it: without the scheme, which all share. */
export function nameOfUrl(url: string): string {
  return url.replace(/^https?:\/\//i, '').replace(/\/$/, '')
}
