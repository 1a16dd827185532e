import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackage } from '../../scripts/package/build.ts'
import { packPackage } from '../../scripts/package/pack.ts'
import { projectRoot } from '../../scripts/stack/project.ts'

let folder: string
let tarball: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everwatch-package-'))
  await buildPackage(folder)
  tarball = await packPackage(folder, folder)
}, 120_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the npm package', () => {
  it('depends on nothing: its modules only import each other', async () => {
    const { dependencies, peerDependenciesMeta } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    )
    expect(dependencies).toBeUndefined()
    expect(peerDependenciesMeta).toEqual({ '@opentelemetry/api': { optional: true } })
    const dist = join(folder, 'dist')
    const files = (await readdir(dist, { recursive: true }))
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => /\.[jt]s$/.test(file))
    expect(files).toEqual(expect.arrayContaining(['index.js', 'logger.js', 'metrics.js', 'middleware.js'])) // prettier-ignore
    for (const file of files) {
      const text = await readFile(join(dist, file), 'utf8')
      const imports = text.matchAll(/\bfrom ['"]([^'"]+)['"];|\bimport\(['"]([^'"]+)/g)
      const imported = Array.from(imports, ([, name, loaded]) => name ?? loaded ?? '')
      const strange = imported.filter(
        (name) => !name.startsWith('.') || !files.includes(posix.join(posix.dirname(file), name)),
      )
      expect({ file, strange }).toEqual({ file, strange: [] })
    }
  })

  it('is at most 10 kB for logger and middleware together, compressed', async () => {
    const result = await build({
      stdin: {
        contents: `export * from './dist/logger.js'; export * from './dist/middleware.js'`,
        resolveDir: folder,
      },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    })
    const [bundle] = result.outputFiles
    expect(gzipSync(bundle?.contents ?? '').length).toBeLessThanOrEqual(10_000)
  })

  it('adds nothing to a bundle that uses nothing of it', async () => {
    const result = await build({
      stdin: { contents: `import './dist/index.js'`, resolveDir: folder },
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'error',
    })
    expect(result.outputFiles[0]?.text.trim()).toBe('')
  })

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: folder, pack: 'npm', strict: true })
    expect(messages).toEqual([])
  })

  it('has types that every resolution of ES modules finds, by @arethetypeswrong/cli', async () => {
    const attw = join(projectRoot, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    const args = [attw, tarball, '--profile', 'esm-only', '--format', 'json']
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { analysis } = JSON.parse(stdout)
    expect(analysis.problems.filter(isOfModules)).toEqual([])
    expect(Object.keys(analysis.entrypoints)).toEqual([
      '.',
      './logger',
      './metrics',
      './middleware',
    ])
  })
})

/** Leaves out CommonJS, which is not supported, and TypeScript's old resolution without exports. */
function isOfModules({ resolutionKind }: { resolutionKind?: string }): boolean {
  return resolutionKind !== 'node10' && resolutionKind !== 'node16-cjs'
}
