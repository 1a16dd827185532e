import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { chosen } from '../panels.ts'
import { sqlQuery } from '../sql-query.ts'

export const type = 'grafana-postgresql-datasource'
export const source = chosen(type)
export const rows = (sql: string): Builder<Dataquery> => sqlQuery(source, 'table', sql)
export const over = (sql: string): Builder<Dataquery> => sqlQuery(source, 'time_series', sql)
