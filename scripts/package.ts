import { join } from 'node:path'
import { buildPackage } from './package/build.ts'
import { packPackage } from './package/pack.ts'
import { projectRoot } from './stack/project.ts'
import { runCommand } from './stack/user-error.ts'

// Makes the npm package `everwatch` of the library that the edge functions use: `npm run package`.
await runCommand(async () => {
  const folder = join(projectRoot, 'dist/everwatch')
  await buildPackage(folder)
  const file = await packPackage(folder, folder)
  console.log(`Publish it with: npm publish ${file}`)
})
