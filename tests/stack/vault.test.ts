import { randomUUID } from 'node:crypto'
import postgres, { type ISql, type Row, type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { denied } from '../support/outcome.ts'

let db: TestDatabase
let superuser: Sql
beforeAll(async () => {
  db = await createDatabase()
  superuser = postgres(db.url, { max: 1, onnotice: () => {} })
})
afterAll(() => superuser.end())

async function create(secret: string, name: string | null = null, sql: ISql = db.sql) {
  const [row] = await sql<[{ id: string }]>`select vault.create_secret(${secret}, ${name}) as id`
  return row.id
}

async function read(id: string, sql: ISql = db.sql): Promise<Row | undefined> {
  const [row] = await sql`select * from vault.decrypted_secrets where id = ${id}`
  return row
}

describe('a secret', () => {
  it('is given back as it was given, with what was said of it', async () => {
    const [row] = await db.sql<[{ id: string }]>`
      select vault.create_secret('s3cret', 'for signing', 'a description') as id`
    expect(await read(row.id)).toEqual({
      id: row.id,
      name: 'for signing',
      description: 'a description',
      secret: expect.any(String) as string,
      decrypted_secret: 's3cret',
      key_id: null,
      nonce: expect.any(Buffer) as Buffer,
      created_at: expect.any(Date) as Date,
      updated_at: expect.any(Date) as Date,
    })
  })

  it.each([
    ['empty', ''],
    ['of several lines and languages', 'é\n秘密 🔑'],
    ['long', 'x'.repeat(100_000)],
  ])('may be %s', async (_reason, text) => {
    expect(await read(await create(text))).toMatchObject({ decrypted_secret: text })
  })

  it('may not be null', async () => {
    await expect(db.sql`select vault.create_secret(null)`).rejects.toMatchObject({ code: '23502' })
  })

  it('needs no name, and has it alone if it has one', async () => {
    const name = randomUUID()
    const unnamed = [await read(await create('a')), await read(await create('b'))]
    expect(unnamed).toMatchObject([{ name: null }, { name: null }])
    await create('a', name)
    await expect(create('b', name)).rejects.toMatchObject({ code: '23505' })
  })

  it('is stored sealed, in another way each time', async () => {
    const ids = [await create('the same text'), await create('the same text')]
    const rows =
      await superuser`select secret, secrets::text as row from vault.secrets where id in ${superuser(ids)}`
    expect(rows[0]?.['secret']).not.toBe(rows[1]?.['secret'])
    expect(JSON.stringify(rows)).not.toContain('the same text')
    expect(JSON.stringify(rows)).not.toContain(btoa('the same text'))
  })

  it('cannot be read any more once its row was tampered with', async () => {
    const [mine, other] = [await create('mine'), await create('other')]
    await superuser`
      update vault.secrets as s set secret = o.secret, nonce = o.nonce
      from vault.secrets as o where s.id = ${mine} and o.id = ${other}`
    await expect(read(mine)).rejects.toMatchObject({
      code: '22000',
      message: 'pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext',
    })
    await superuser`delete from vault.secrets where id = ${mine}`
  })

  it('goes with its transaction when that is rolled back', async () => {
    const name = randomUUID()
    await db.sql
      .begin(async (sql) => {
        await create('gone', name, sql)
        throw new Error('undo')
      })
      .catch(() => {})
    expect(await db.sql`select from vault.secrets where name = ${name}`).toHaveLength(0)
  })
})

describe('vault.update_secret', () => {
  it('changes what is given, and leaves what is null', async () => {
    const id = await create('old', randomUUID())
    const before = await read(id)
    await db.sql`select vault.update_secret(${id}, 'new')`
    const after = await read(id)
    expect(after).toEqual({
      ...before,
      decrypted_secret: 'new',
      secret: expect.any(String) as string,
      updated_at: expect.any(Date) as Date,
    })
    expect(after?.['secret']).not.toBe(before?.['secret'])
    // In the database, where a time has microseconds.
    expect(
      await db.sql`select updated_at > created_at as later from vault.secrets where id = ${id}`,
    ).toEqual([{ later: true }])

    const name = randomUUID()
    await db.sql`
      select vault.update_secret(${id}, new_name => ${name}, new_description => 'described')`
    expect(await read(id)).toMatchObject({
      name,
      description: 'described',
      decrypted_secret: 'new',
    })
  })

  it('does nothing for a secret that there is not', async () => {
    await expect(db.sql`select vault.update_secret(${randomUUID()}, 'new')`).resolves.toHaveLength(
      1,
    )
  })
})

/** What one may do; each is tried in a transaction that is then undone. */
const acts: Record<string, (sql: ISql, id: string) => Promise<unknown>> = {
  read: (sql, id) => read(id, sql),
  'read sealed': (sql) => sql`select secret from vault.secrets`,
  create: (sql) => create('theirs', null, sql),
  update: (sql, id) => sql`select vault.update_secret(${id}, 'theirs')`,
  delete: (sql, id) => sql`delete from vault.secrets where id = ${id}`,
  'insert by hand': (sql) => sql`insert into vault.secrets (secret) values ('theirs')`,
  'change by hand': (sql, id) => sql`update vault.secrets set name = 'theirs' where id = ${id}`,
  empty: (sql) => sql`truncate vault.secrets`,
  seal: (sql) => sql`select vault._crypto_aead_det_encrypt('a', 'b', 0)`,
}

const allowed = ['read', 'read sealed', 'create', 'update', 'delete']

describe.each([
  ['postgres', allowed],
  ['service_role', allowed],
  ['authenticated', []],
  ['anon', []],
])('the role %s', (role, may) => {
  it.each(
    Object.keys(acts).map((act): [verb: string, act: string] => [
      may.includes(act) ? 'may' : 'may not',
      act,
    ]),
  )('%s %s secrets', async (verb, act) => {
    const id = await create('ours')
    const undone = new Error('undone')
    const attempt = db.sql.begin(async (sql) => {
      await sql`select set_config('role', ${role}, true)`
      await acts[act]!(sql, id)
      throw undone
    })
    const outcome = verb === 'may' ? { message: 'undone' } : { code: denied }
    await expect(attempt).rejects.toMatchObject(outcome)
  })
})

describe('postgres', () => {
  it('may let others read secrets', async () => {
    await db.sql`grant usage on schema vault to authenticator`
    await db.sql`grant select on vault.decrypted_secrets to authenticator`
    await db.sql`grant execute on function vault._crypto_aead_det_decrypt to authenticator`
    const id = await create('shared')
    const other = postgres(db.urlAs('authenticator'), { max: 1 })
    const row = await read(id, other)
    await other.end()
    expect(row).toMatchObject({ decrypted_secret: 'shared' })
  })
})
