import { z } from 'zod'
import {
  eventSchema,
  rejectionSchema,
  trackAnswerSchema,
} from '../../supabase/functions/_shared/events.ts'
import { markdownTable } from './markdown-table.ts'

type Schema = z.core.JSONSchema.BaseSchema

/**
 * The library's types of events, and what it must know of each, made from what zod takes: the library itself has no zod in it. Each
 * schema's title is its type's name.
 */
export function eventTypes(): string {
  const events = eventSchema.options.map(jsonSchemaOf)
  const names = events.map(({ title }) => title)
  return `// Made of supabase/functions/_shared/events.ts by \`npm run check -- --fix generated\`.

${events.map(typeOf).join('\n')}
/** One event, as \`track\` takes it. */
export type TrackedEvent = ${names.join(' | ')}

/** The field of each type that says when it happened. */
export const timeFields = {
${eventSchema.options.map((schema) => `${schema.shape.type.value}: '${timeFieldOf(schema)}',`).join('\n')}
} as const satisfies Record<TrackedEvent['type'], string>

${[rejectionSchema, trackAnswerSchema].map(jsonSchemaOf).map(typeOf).join('\n')}`
}

/** The table of types in docs/library.md. */
export function eventTypeTable(): string {
  return markdownTable(
    ['type', 'says', 'required', 'may be left out or null'],
    eventSchema.options.map((schema) => {
      const { description = '', required = [], properties = {} } = jsonSchemaOf(schema)
      const named = (isRequired: boolean): string =>
        Object.keys(properties)
          .filter((name) => name !== 'type' && required.includes(name) === isRequired)
          .map((name) => `\`${name}\``)
          .join(', ')
      return [`\`${schema.shape.type.value}\``, description, named(true), named(false)]
    }),
  )
}

/** @throws when it has none, or several */
function timeFieldOf(schema: z.ZodType): string {
  const { title, properties = {} } = jsonSchemaOf(schema)
  const times = Object.entries(properties).filter(([, property]) => {
    const { format, anyOf } = property as Schema
    return [format, (anyOf?.[0] as Schema | undefined)?.format].includes('date-time')
  })
  const [name, another] = times.map(([field]) => field)
  if (!name || another) throw new Error(`${title} must have one time.`)
  return name
}

function jsonSchemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input' })
}

function typeOf({ title, description, properties = {}, required = [] }: Schema): string {
  const fields = Object.entries(properties).map(([name, property]) => {
    const schema = property as Schema
    const isRequired = required.includes(name)
    const type = isRequired ? inTypeScript(schema) : `${inTypeScript(schema)} | undefined`
    return `${comment(descriptionOf(schema))}${name}${isRequired ? '' : '?'}: ${type}`
  })
  return `${comment(description)}export type ${title} = {\n${fields.join('\n')}\n}\n`
}

/** What may be left out or null is described where it says what it is otherwise. */
function descriptionOf({ description, anyOf }: Schema): string | undefined {
  return description ?? (anyOf?.[0] as Schema | undefined)?.description
}

const comment = (text: string | undefined): string => (text ? `/** ${text}. */\n` : '')

function inTypeScript(schema: Schema): string {
  if (schema.title) return schema.title
  if (schema.anyOf) {
    const parts = schema.anyOf.map((part) => inTypeScript(part as Schema))
    return [...new Set(parts)].join(' | ')
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.type === 'array') return `${inTypeScript(schema.items as Schema)}[]`
  if (schema.type === 'integer') return 'number'
  if (schema.type === 'object') {
    return `Record<string, ${inTypeScript(schema.additionalProperties as Schema)}>`
  }
  return String(schema.type)
}
