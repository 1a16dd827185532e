import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  RowBuilder,
  type DataSourceRef,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

type Query = Builder<Dataquery>

/** What all panels of a dashboard ask: the source that the person who looks has chosen. */
export const chosen = (type: string): DataSourceRef => ({ type, uid: '${datasource}' })

/** A dashboard whose source is chosen at its top. */
export function dashboard(title: string, uid: string, type: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .tags(['everwatch'])
    .timezone('browser')
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Source').type(type))
}

/** Panels beside and below one another, under a title. */
export interface PanelRow {
  title: string
  panels: Builder<Panel>[]
}

export function withRows(board: DashboardBuilder, rows: PanelRow[]): DashboardBuilder {
  for (const { title, panels } of rows) {
    board.withRow(new RowBuilder(title))
    for (const panel of panels) board.withPanel(panel)
  }
  return board
}

interface Shown {
  title: string
  description?: string
  unit: string
  queries: Query[]
}

/** From where on a number has the colour of a warning, and of what is critical. */
export interface Levels {
  warning?: number
  critical?: number
}

/** One number, coloured from its levels on; without any, not at all. */
export function stat(shown: Shown & { levels?: Levels }): StatBuilder {
  const { warning, critical } = shown.levels ?? {}
  const panel = new StatBuilder()
    .title(shown.title)
    .description(shown.description ?? '')
    .unit(shown.unit)
    .targets(shown.queries)
    .graphMode(BigValueGraphMode.None)
    .height(4)
    .span(4)
  if (warning === undefined && critical === undefined)
    return panel.colorMode(BigValueColorMode.None)
  return panel
    .colorMode(BigValueColorMode.Value)
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([
          { value: null, color: 'green' },
          ...(warning === undefined ? [] : [{ value: warning, color: 'orange' }]),
          ...(critical === undefined ? [] : [{ value: critical, color: 'red' }]),
        ]),
    )
}

/** Lines over time; `interval` is the least that a point may stand for. */
export function chart(shown: Shown & { interval?: string }): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(shown.title)
    .description(shown.description ?? '')
    .unit(shown.unit)
    .min(0)
    .targets(shown.queries)
    .height(8)
    .span(12)
  return shown.interval === undefined ? panel : panel.interval(shown.interval)
}

/** Rows, as the query orders them. */
export function table(shown: Omit<Shown, 'unit'>): TableBuilder {
  return new TableBuilder()
    .title(shown.title)
    .description(shown.description ?? '')
    .targets(shown.queries)
    .height(8)
    .span(12)
}
