import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../../../scripts/stack/project.ts'
import {
  layouts,
  type LayoutName,
} from '../../../supabase/functions/_shared/everwatch/log/layout.ts'
import { captureLogger } from '../../support/log-lines.ts'

let rows: string[][]

beforeAll(async () => {
  const document = await readFile(join(projectRoot, 'docs/operations.md'), 'utf8')
  const [, section = ''] = document.split('\n## Sending logs elsewhere\n')
  const [text = ''] = section.split('\n## ')
  rows = [...text.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()))
    .filter(([first = '']) => !first.startsWith('-'))
})

/** What the table says of a layout, by what it is: names as they stand there, and sample values. */
function columnOf(layout: LayoutName): { names: string[]; value: string | undefined }[] {
  const [heads = [], ...others] = rows
  const column = heads.findIndex((head) => head.includes(`\`${layout}\``))
  return others.map((cells) => {
    const [words = '', sample] = (cells[column] ?? '').split(' (')
    const names = [...words.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
    return { names, value: sample?.replaceAll(/[`)]/g, '') }
  })
}

/** A field by its name, which may have dots in itself, or lead into another. */
function fieldOf(line: Record<string, unknown>, name: string): unknown {
  if (name in line) return line[name]
  if (name.startsWith('…'))
    return Object.entries(line).find(([key]) => key.endsWith(name.slice(1)))?.[1]
  const [first = '', ...rest] = name.split('.')
  if (rest.join('.') === '…') return line[first]
  return rest.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    line[first],
  )
}

/** All that a line may have: two lines, for what is cut has no room for the rest, and a trace. */
function fieldsOf(layout: LayoutName): Record<string, unknown> {
  const { logger, lines } = captureLogger({ layout })
  const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  logger.warn('Operation failed', { long: 'x'.repeat(20_000) })
  logger.error('Operation failed', error, { userId: '123' })
  const trace = layouts[layout].trace('a'.repeat(32), '00000000000000ff')
  const [cut, whole] = lines()
  return { ...whole, ...cut, ...(JSON.parse(`{${trace.slice(1)}}`) as object) }
}

describe('docs/operations.md names the fields of', () => {
  it('every layout', () => {
    const heads = rows[0]?.slice(1).map((head) => /`(\w+)`/.exec(head)?.[1])
    expect(heads).toEqual(Object.keys(layouts))
  })

  it.each(Object.keys(layouts) as LayoutName[])('a line as %s', (layout) => {
    const line = fieldsOf(layout)
    const described = columnOf(layout)
    expect(described).toHaveLength(7)
    const named = described.flatMap(({ names, value }) => names.map((name) => ({ name, value })))
    for (const { name, value = fieldOf(line, name) } of named)
      expect({ name, value: fieldOf(line, name) ?? 'missing' }).toEqual({ name, value })
    const roots = described.flatMap(({ names }) =>
      names.map((name) =>
        Object.keys(line).find(
          (key) =>
            key === name || name.startsWith(`${key}.`) || key.endsWith(name.replace('…', '')),
        ),
      ),
    )
    expect(new Set(roots)).toEqual(new Set(Object.keys(line)))
  })
})
