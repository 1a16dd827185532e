import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/dashboard'

/** A query of Grafana's Postgres source, for which the SDK has no builder. */
interface SqlQuery extends Dataquery {
  refId: string
  datasource: DataSourceRef
  editorMode: 'code'
  format: 'table' | 'time_series'
  rawQuery: true
  rawSql: string
}

/** SQL that is shown as a table, or with a column `time` as lines. */
export function sqlQuery(
  datasource: DataSourceRef,
  format: SqlQuery['format'],
  rawSql: string,
): Builder<Dataquery> {
  const built: SqlQuery = {
    refId: 'A',
    datasource,
    editorMode: 'code',
    format,
    rawQuery: true,
    rawSql: rawSql.trim(),
    _implementsDataqueryVariant() {},
  }
  return { build: () => built }
}
