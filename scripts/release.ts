import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fullRelease } from './release/full-release.ts'
import { projectRoot } from './stack/project.ts'
const supabase = join(projectRoot, 'supabase')
await writeFile(
  join(supabase, 'migrations/20261201000000_everwatch_0.2.0.sql'),
  await fullRelease(supabase, '0.2.0'),
)
