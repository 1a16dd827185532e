import type { PostgrestSingleResponse } from '@supabase/supabase-js'
import * as z from 'zod/mini'
import type { Database } from '../../../supabase/functions/_shared/database.types.ts'
import { understand, unwrap } from './api.ts'

type Views = Database['everwatch']['Views']

/**
 * What a schema may say of a view's rows: columns that the view has, each with its type or less of it.
 * Postgres does not know which columns of a view are never null, nor which words one may hold.
 */
export type ColumnsOf<View extends keyof Views> = {
  [Column in keyof Views[View]['Row']]?: z.core.$ZodType<Views[View]['Row'][Column]>
}

/** A column of Postgres' type `numeric`: the Data API may send it as text, so that no digit is lost. */
export const numeric = z.pipe(z.union([z.number(), z.string()]), z.transform(Number))

/** The columns that a schema names, as the Data API is asked for them. */
export function columnsIn(row: z.ZodMiniObject): string {
  return Object.keys(row.shape).join(',')
}

/** The rows that the Data API answered, as their schema has them. @throws {ApiError} */
export function rowsOf<Row extends z.ZodMiniObject>(
  row: Row,
  answer: PostgrestSingleResponse<unknown>,
): z.output<Row>[] {
  return understand(z.array(row), unwrap(answer))
}
