import { z } from 'zod'

export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().meta({ description: 'For programs, for example not_a_member' }),
    message: z.string(),
    request_id: z.string().meta({ description: 'As in the x-request-id header' }),
    field: z.string().optional().meta({ description: 'The parameter or field that is wrong' }),
  }),
})

const meanings: Record<number, string> = {
  400: 'A parameter or the body is wrong; `field` says which',
  401: 'No valid credential',
  403: 'Not yours to see, or the wrong kind of credential',
  404: 'No such org, resource or channel',
  405: 'Another method is needed: see `Allow`',
  409: 'Not now',
  413: 'The body is too long',
  503: 'The database did not answer',
}

export function errors(...statuses: number[]): Record<number, object> {
  const schema = { $ref: '#/components/schemas/Error' }
  return Object.fromEntries(
    statuses.map((status) => [status, json(meanings[status] ?? '', schema)]),
  )
}

export function parametersOf(schema: z.ZodObject): object[] {
  return Object.entries(schema.shape).map(([name, parameter]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(parameter, 'input'),
  }))
}

export function json(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } }
}

export function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output' = 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
