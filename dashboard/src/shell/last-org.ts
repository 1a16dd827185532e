const storageKey = 'everwatch.org'

/** So that the next visit begins where this one ended. */
export function rememberOrg(orgId: string): void {
  localStorage.setItem(storageKey, orgId)
}

export function lastOrg(): string | null {
  return localStorage.getItem(storageKey)
}
