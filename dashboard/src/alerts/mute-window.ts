import type { MuteWindow } from '../data/channels.ts'

/** The days of a week, as a window names them, and as people do. */
export const weekdays = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
} as const

/** For example `Sat, Sun 22:00–07:00 Europe/Berlin`. */
export function muteWindowInWords({ days = [], from, to, time_zone }: MuteWindow): string {
  const on = Object.entries(weekdays).flatMap(([day, word]) => (days.includes(day) ? [word] : []))
  const when = on.length === 0 ? 'every day' : on.join(', ')
  return `${when} ${from}–${to} ${time_zone}`
}
