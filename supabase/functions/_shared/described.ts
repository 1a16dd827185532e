import * as z from 'zod/mini'

/** A schema that says in OpenAPI what its values are; a copy, as one schema stands in many places. */
export function described<Schema extends z.ZodMiniType>(
  schema: Schema,
  description: string,
): Schema {
  const copy = schema.clone()
  z.globalRegistry.add(copy, { description })
  return copy
}
