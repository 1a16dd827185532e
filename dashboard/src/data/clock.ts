import { useSyncExternalStore } from 'react'

/**
 * The time as the project has it. The viewer's own clock may be wrong by minutes, which would make
 * every age on the page wrong; each answer says when it was given, and that sets this clock.
 */
let offsetMs = 0

/** Takes an answer's time. The way there and back takes less than what we round to. */
export function setClock(timestamp: string): void {
  offsetMs = Date.parse(timestamp) - Date.now()
}

/** Milliseconds since the epoch, by the project's clock. */
export function now(): number {
  return Date.now() + offsetMs
}

const tickMs = 1000
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let current = 0

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    current = now()
    for (const each of listeners) each()
  }, tickMs)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/**
 * The time rounded down to so many milliseconds: whoever shows an age is drawn again when it is
 * another one, and not each second.
 */
export function useNow(everyMs: number): number {
  return useSyncExternalStore(subscribe, () => {
    if (timer === undefined) current = now()
    return Math.floor(current / everyMs) * everyMs
  })
}
