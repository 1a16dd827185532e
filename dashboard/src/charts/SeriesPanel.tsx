import type { UseQueryResult } from '@tanstack/react-query'
import { seriesOf, type SeriesName } from '../../../supabase/functions/_shared/catalog/series.ts'
import type { Timeseries } from '../data/timeseries.ts'
import { useZoom } from '../shell/RangePicker.tsx'
import { Loaded } from '../ui/Loaded.tsx'
import { Panel } from '../ui/Panel.tsx'
import { TimeChart, type ChartSeries } from './TimeChart.tsx'

/** A panel with a chart: what it is called, and the series that it shows. */
export interface SeriesChart {
  title: string
  show: readonly SeriesName[]
}

/** All series of some charts, each once: what there is to ask for. */
export function seriesIn(charts: readonly SeriesChart[]): SeriesName[] {
  return [...new Set(charts.flatMap(({ show }) => show))]
}

/** Some series of one answer in one chart, looking and named as the catalog says of them. */
export function SeriesPanel({
  title,
  show,
  query,
}: SeriesChart & { query: UseQueryResult<Timeseries> }) {
  const zoom = useZoom()
  return (
    <Panel title={title}>
      <Loaded query={query} height="230px">
        {(answer) => (
          <TimeChart
            name={title}
            answer={answer}
            // A share of what succeeded may be all of it, and is looked at from there.
            {...(show.some(isShareOfGood) && { most: 100 })}
            onZoom={zoom}
            lines={show.map((name, place) => lineOf(answer, name, place))}
          />
        )}
      </Loaded>
    </Panel>
  )
}

function isShareOfGood(name: SeriesName): boolean {
  const { unit, better } = seriesOf(name)
  return unit === 'percent' && better === 'more'
}

function lineOf({ series }: Timeseries, name: SeriesName, place: number): ChartSeries {
  const { label, inChart = label, unit, better } = seriesOf(name)
  const isBad = better === 'less' && unit !== 'milliseconds'
  return {
    label: inChart,
    series: series[name],
    color: isBad ? '--chart-bad' : `--chart-${place + 1}`,
    kind: unit === 'count' ? 'bars' : 'line',
  }
}
