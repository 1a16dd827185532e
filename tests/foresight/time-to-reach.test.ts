import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

interface Reach {
  expected: number | null
  earliest: number | null
  latest: number | null
}

const reach = async (
  distance: number,
  drift: number,
  variance: number,
  observed: number,
): Promise<Reach> => {
  const [row] = await db.sql<[Reach]>`
    select * from everwatch_private.time_to_reach(${distance}, ${drift}, ${variance}, ${observed})`
  return row
}

describe('the time until something that grows reaches a limit', () => {
  it('is what is left by how fast it grows, exactly, where it grows by the clock', async () => {
    expect(await reach(100, 2, 0, 60)).toEqual({ expected: 50, earliest: 50, latest: 50 })
  })

  it('is nothing where it is there already', async () => {
    expect(await reach(0, 2, 1, 60)).toEqual({ expected: 0, earliest: 0, latest: 0 })
    expect(await reach(-5, -1, 1, 60)).toEqual({ expected: 0, earliest: 0, latest: 0 })
  })

  it.each<[string, [number, number, number, number]]>([
    ['does not grow', [100, 0, 1, 60]],
    ['shrinks', [100, -1, 1, 60]],
    ['was not observed', [100, 1, 1, 0]],
    ['varies by what is no number', [100, 1, Number.NaN, 60]],
  ])('is not known of what %s', async (_, args) => {
    expect(await reach(...args)).toEqual({ expected: null, earliest: null, latest: null })
  })

  it('has no latest bound where what was seen may be chance', async () => {
    const { expected, earliest, latest } = await reach(100, 0.1, 1, 60)
    expect(expected).toBeCloseTo(1000)
    expect(earliest).toBeLessThan(1000)
    expect(latest).toBeNull()
  })

  it('lies where the limit is 1.2816 deviations ahead of, and behind, the expected course', async () => {
    const [distance, drift, variance, observed] = [500, 3, 7, 400]
    const { expected, earliest, latest } = await reach(distance, drift, variance, observed)
    expect(expected).toBeCloseTo(distance / drift)
    for (const h of [earliest ?? NaN, latest ?? NaN]) {
      const deviation = Math.sqrt(variance * (h + h ** 2 / observed))
      expect(Math.abs(distance - drift * h) / deviation).toBeCloseTo(1.2816)
    }
    expect(earliest).toBeLessThan(expected ?? NaN)
    expect(latest).toBeGreaterThan(expected ?? NaN)
  })

  it('may be sooner where it also goes back', async () => {
    const [wavering] = await db.sql<[Reach]>`
      select * from everwatch_private.time_to_reach(500, 3, 7, 400, wavers => true)`
    const steady = await reach(500, 3, 7, 400)
    expect(wavering.earliest).toBeLessThan(steady.earliest ?? NaN)
    expect(wavering).toMatchObject({ expected: steady.expected, latest: steady.latest })
  })
})
