import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const file = await readFile(join(import.meta.dirname, '../database/seed-queries.sql'), 'utf8')

/** The queries of `seed-queries.sql`, each as it stands, with its name. */
export const seedQueries: [name: string, query: string][] = file
  .split(/^-- name: /m)
  .slice(1)
  .map((part) => {
    const [name = '', ...lines] = part.split('\n')
    return [name, lines.join('\n')]
  })
