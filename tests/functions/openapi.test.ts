import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answers } from '../../supabase/functions/_shared/metrics-answer.ts'
import { ask } from '../support/requests.ts'
import { startStack, type TestStack } from '../support/stack.ts'

const documentSchema = z.looseObject({
  servers: z.tuple([z.object({ url: z.url() })]),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ security: z.array(z.any()) }))),
})

let stack: TestStack
let document: z.infer<typeof documentSchema>

beforeAll(async () => {
  stack = await startStack()
  document = documentSchema.parse((await ask(stack, '/monitoring/openapi.json')).body)
})

describe('The API’s description, which anyone may read', () => {
  it('is a valid OpenAPI document', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document))
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  it('says where the functions are', () => {
    expect(document.servers[0].url).toBe(stack.functionsUrl)
  })

  it('describes paths that answer, each with the methods that it takes', async () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const { status, headers } = await ask(stack, path, undefined, { method: 'OPTIONS' })
      expect({ path, status }).toEqual({ path, status: 204 })
      const allowed = (headers.get('allow') ?? '').split(', ')
      for (const method of Object.keys(operations)) expect(allowed).toContain(method.toUpperCase())
    }
  })

  it('says of each path who may call it, and each keeps to that', async () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        const { status } = await ask(stack, path, undefined, { method: method.toUpperCase() })
        expect({ path, method, open: status !== 401 }).toEqual({
          path,
          method,
          open: security.length === 0,
        })
      }
    }
  })

  it('names each type of metrics', () => {
    const text = JSON.stringify(document.paths['/monitoring/metrics'])
    for (const type of Object.keys(answers)) expect(text).toContain(`"${type}"`)
  })
})
