import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dashboardFiles } from '../../grafana/source/index.ts'
import { projectRoot } from '../stack/project.ts'
import type { Step } from './step.ts'

const folder = join(projectRoot, 'grafana/dashboards')

/** The dashboards' JSON is what `grafana/source/` builds. */
export const grafanaDashboards: Step = {
  name: 'Dashboards made for Grafana',
  howToMend: 'npm run check -- --fix makes them anew; commit them with grafana/source.',
  findProblem: async () => {
    const differing: string[] = []
    for (const [name, text] of Object.entries(dashboardFiles())) {
      const found = await readFile(join(folder, name), 'utf8').catch(() => '')
      if (found !== text) differing.push(`grafana/dashboards/${name} is not what is built`)
    }
    return differing.length > 0 ? differing.join('\n') : undefined
  },
  mend: async () => {
    for (const [name, text] of Object.entries(dashboardFiles()))
      await writeFile(join(folder, name), text)
  },
}
