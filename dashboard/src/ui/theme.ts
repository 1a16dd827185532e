import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

const storageKey = 'everwatch.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

function notify(): void {
  for (const listener of listeners) listener()
}
dark.addEventListener('change', notify)

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

function stored(): Theme {
  const found = localStorage.getItem(storageKey)
  return found === 'light' || found === 'dark' ? found : 'system'
}
apply(stored())

export function setTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(storageKey)
  else localStorage.setItem(storageKey, theme)
  apply(theme)
  notify()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, stored)
}

/** Whether the page is dark at the moment, by choice or by the system. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => {
    const theme = stored()
    return theme === 'system' ? dark.matches : theme === 'dark'
  })
}

/** What a custom property's colour is now, as a canvas takes it. */
export function colorOf(property: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${property})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
