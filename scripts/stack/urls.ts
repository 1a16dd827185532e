/** The same database for another login role. */
export function withRole(url: string, role: string): string {
  const changed = new URL(url)
  changed.username = role
  return changed.href
}

/** Another database of the same server. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
