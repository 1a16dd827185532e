import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../stack/user-error.ts'

export interface Series {
  name: string
  points: [at: string, value: number][]
  /** The times within which a detection counts. */
  windows: [from: number, to: number][]
}

const windowsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])))

/**
 * Reads a corpus in the layout of the Numenta Anomaly Benchmark: `combined_windows.json`, and a table
 * of `timestamp,value` for each of its names under `data/`. Names without a table are left out.
 *
 * @throws {UserError} when there is no such corpus in the folder
 */
export async function readCorpus(folder: string): Promise<Series[]> {
  const labels = await readFile(join(folder, 'combined_windows.json'), 'utf8').catch(() => {
    throw new UserError(`--corpus must be a folder with combined_windows.json; ${folder} is none.`)
  })
  const windows = Object.entries(windowsSchema.parse(JSON.parse(labels)))
  const series: Series[] = []
  for (const [name, spans] of windows) {
    const table = await readFile(join(folder, 'data', name), 'utf8').catch(() => undefined)
    if (table === undefined) continue
    series.push({
      name,
      points: table
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.split(','))
        .map(([at, value]) => [new Date(timeOf(at!)).toISOString(), Number(value)]),
      windows: spans.map(([from, to]) => [timeOf(from), timeOf(to)]),
    })
  }
  if (series.length === 0)
    throw new UserError(`There is no series of the corpus in ${folder}/data.`)
  return series
}

/** The corpus has no zones: all of it is read as UTC. */
function timeOf(text: string): number {
  return Date.parse(`${text.replace(' ', 'T').replace(/(\.\d{3})\d*$/, '$1')}Z`)
}
