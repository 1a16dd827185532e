import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { z } from 'zod'

/** A function as it was uploaded. */
export interface Upload {
  id: string
  slug: string
  metadata: UploadMetadata
  /** Holds its files, under the paths that they were uploaded with, and nothing else. */
  folder: string
}

const pathSchema = z
  .string()
  .min(1)
  .refine((path) => normalize(path) === path && !/^(\/|\.\.)/.test(path), 'leads out of the folder')

const metadataSchema = z.strictObject({
  name: z.string(),
  entrypoint_path: pathSchema,
  import_map_path: pathSchema,
  static_patterns: z.array(z.string()),
  verify_jwt: z.boolean(),
})

export type UploadMetadata = z.infer<typeof metadataSchema>

const filesSchema = z
  .array(z.instanceof(File).refine(({ name }) => pathSchema.safeParse(name).success))
  .min(1)

/**
 * Writes the files of an upload into a new folder below `parent`.
 *
 * @throws {z.ZodError} when it is not what the Management API takes
 */
export async function storeUpload(form: FormData, slug: string, parent: string): Promise<Upload> {
  const metadata = metadataSchema.parse(JSON.parse(z.string().parse(form.get('metadata'))))
  const id = randomUUID()
  const folder = join(parent, id)
  for (const file of filesSchema.parse(form.getAll('file'))) {
    const target = join(folder, file.name)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, new Uint8Array(await file.arrayBuffer()))
  }
  return { id, slug, metadata, folder }
}

/** What the API says of a function. */
export function describeUpload({ id, slug, metadata }: Upload): object {
  const { static_patterns: _, ...described } = metadata
  const at = Date.UTC(2026, 10, 24)
  const state = { status: 'ACTIVE', version: 1, created_at: at, updated_at: at }
  return { id, slug, ...described, import_map: true, ...state }
}
