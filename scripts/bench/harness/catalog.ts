import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UserError } from '../../stack/user-error.ts'
import type { Benchmark } from './benchmark.ts'

const folder = dirname(import.meta.dirname)

/** The names of all benchmarks: each is a file of this folder. */
export async function listBenchmarks(): Promise<string[]> {
  const names = await readdir(folder)
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .toSorted()
}

/** @throws {UserError} that says which names there are */
export async function findBenchmark(name: string): Promise<Benchmark> {
  const names = await listBenchmarks()
  if (!names.includes(name)) {
    throw new UserError(`There is no benchmark ${name}. There are: ${names.join(', ')}`)
  }
  const file = pathToFileURL(join(folder, `${name}.ts`)).href
  return ((await import(file)) as { default: Benchmark }).default
}
