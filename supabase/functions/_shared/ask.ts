import * as z from 'zod/mini'
import { databaseTimeoutMs, fromDatabaseError, type DatabaseError } from './database-error.ts'

/** A call of one of the database's functions, not yet sent. */
interface Call {
  abortSignal(signal: AbortSignal): PromiseLike<{ data: unknown; error: DatabaseError | null }>
}

/**
 * Asks the database, and takes from its answer what the schema says.
 *
 * @throws {HttpError} what the database says of the caller or the call; 503 when it does not answer
 */
export async function ask<Schema extends z.core.$ZodType>(
  call: Call,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { data, error } = await call.abortSignal(AbortSignal.timeout(databaseTimeoutMs))
  if (error) throw fromDatabaseError(error)
  return z.parse(schema, data)
}
