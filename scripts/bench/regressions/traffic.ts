import { normal, poisson, seededRandom, type Random } from '../../random.ts'

/** One thing that takes time: a route of the API, a webhook or a rule. */
export interface Source {
  kind: 'route' | 'webhook' | 'rule'
  /** `GET /v1/orders`, or the id of a webhook or a rule. */
  id: string
}

/** A finished row of a source. */
export interface TimedRow {
  source: number
  /** Milliseconds since 1970. */
  at: number
  durationMs: number
  failed: boolean
}

/** What a source is like on an ordinary day. */
interface Character {
  /** Rows a minute, on average over a day. */
  rate: number
  /** Milliseconds. */
  median: number
  /** The standard deviation of the logarithm: 0.35 is a steady service, 0.65 a moody one. */
  sigma: number
  errorRate: number
  /** How much slower it is at the busiest hour than at the quietest, as a logarithm. */
  swing: number
}

const minuteMs = 60_000
const minutesADay = 1440

/**
 * Traffic of one org in which nothing changes but what always does, minute by minute:
 *
 * - load with the hour of the day, steep at nine, less at weekends, and restless in between;
 * - latencies that are log-normal with 2% stragglers of up to ten times as long, slower under load;
 * - slowness that lasts: of the whole org and of each source by itself, 1.5 and 1% up or down and
 *   waning over a quarter of an hour, days that are 10% slower or faster as a whole, and every other
 *   day a few minutes half as slow again;
 * - errors at each source's own rate, more of them in slow minutes.
 *
 * The first source has 25 rows a minute, the others from 2 to 8.
 */
export function* makeTraffic(
  seed: number,
  sources: number,
  days: number,
  until: number,
): Generator<TimedRow[]> {
  const random = seededRandom(seed)
  // The first numbers of small seeds are alike.
  for (let n = 0; n < 20; n++) random()
  const characters = Array.from({ length: sources }, (_, source) => draw(source, seed, random))
  const ofOrg = { load: 0, slowness: 0, day: 0, burst: 0 }
  const ofSource = characters.map(() => 0)
  const first = Math.floor(until / minuteMs) - days * minutesADay

  for (let minute = first; minute < first + days * minutesADay; minute++) {
    if (minute % minutesADay === 0) ofOrg.day = 0.1 * normal(random)
    ofOrg.load = 0.9 * ofOrg.load + 0.06 * normal(random)
    ofOrg.slowness = 0.93 * ofOrg.slowness + 0.0055 * normal(random)
    if (ofOrg.burst > 0) ofOrg.burst -= 1
    else if (random() < 0.5 / minutesADay) ofOrg.burst = 2 + Math.floor(4 * random())
    const busy = busyness(minute)
    const rows: TimedRow[] = []
    for (const [source, of] of characters.entries()) {
      const own = (ofSource[source] = 0.93 * (ofSource[source] ?? 0) + 0.0037 * normal(random))
      const slowness =
        of.swing * busy + ofOrg.day + ofOrg.slowness + own + (ofOrg.burst > 0 ? 0.4 : 0)
      const expected = of.rate * load(busy) * Math.exp(ofOrg.load)
      for (let n = poisson(expected, random); n > 0; n--) {
        const straggles = random() < 0.02 ? 1 + 9 * random() ** 3 : 1
        rows.push({
          source,
          at: (minute + random()) * minuteMs,
          durationMs: Math.round(
            of.median * straggles * Math.exp(slowness + of.sigma * normal(random)),
          ),
          failed: random() < of.errorRate * Math.exp(3 * (slowness - of.swing * busy)),
        })
      }
    }
    yield rows
  }
}

function draw(source: number, seed: number, random: Random): Character {
  return {
    rate: source === 0 ? 25 : 2 + 6 * random(),
    median: 20 * 10 ** random(),
    // Of the first source, evenly from 0.35 to 0.65 over seeds in a row (by the golden ratio).
    sigma: 0.35 + 0.3 * (source === 0 ? (seed * 0.618034) % 1 : random()),
    errorRate: 0.001 * 20 ** random(),
    swing: 0.2 * random(),
  }
}

/** From 0 in the small hours to 1 in the middle of a working day, with most of the way between 8 and 10. */
function busyness(minute: number): number {
  const hour = (minute % minutesADay) / 60
  const opens = 1 / (1 + Math.exp(-(hour - 9) * 3))
  const closes = 1 / (1 + Math.exp((hour - 18) * 1.2))
  // 1 January 1970 was a Thursday.
  const isWeekend = [2, 3].includes(Math.floor(minute / minutesADay) % 7)
  return opens * closes * (isWeekend ? 0.6 : 1)
}

const load = (busy: number): number => 0.6 + 0.9 * busy
