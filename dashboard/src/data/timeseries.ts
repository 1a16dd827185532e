import { queryOptions, keepPreviousData } from '@tanstack/react-query'
import type { SeriesName } from '../../../supabase/functions/_shared/catalog/series.ts'
import {
  timeseriesAnswerSchema,
  type Series,
  type TimeseriesAnswer,
} from '../../../supabase/functions/_shared/timeseries-answer.ts'
import type { Project } from '../session/project.ts'
import { queryOf, type Range } from '../time/range.ts'
import { askFunction } from './api.ts'

export type { Series } from '../../../supabase/functions/_shared/timeseries-answer.ts'

/** An answer, with its series by their names. */
export type Timeseries = Omit<TimeseriesAnswer, 'series'> & {
  series: Partial<Record<SeriesName, Series>>
}

/** Metrics over a range, for an org or for one resource of it. */
export function timeseriesQuery(
  project: Project,
  orgId: string,
  metrics: readonly SeriesName[],
  range: Range,
  resource?: string,
) {
  return queryOptions({
    queryKey: [orgId, 'timeseries', metrics, range, resource],
    queryFn: async ({ signal }): Promise<Timeseries> => {
      const query = { metric: metrics.join(','), org_id: orgId, resource, ...queryOf(range) }
      const answer = await askFunction(project, 'monitoring/timeseries', timeseriesAnswerSchema, {
        query,
        signal,
      })
      const series = Object.fromEntries(answer.series.map((each) => [each.metric, each]))
      return { ...answer, series }
    },
    // What was shown stays until the new range is there: no flicker.
    placeholderData: keepPreviousData,
  })
}
