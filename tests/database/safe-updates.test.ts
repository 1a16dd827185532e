import { beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { unconditionalWrites } from '../support/sql-statements.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDatabase()
})

describe('no function and no schedule', () => {
  it('updates or deletes without a condition, which the hosted Data API refuses', async () => {
    expect(await unconditionalWrites(db)).toEqual([])
  })
})

describe('one that does', () => {
  it.each([
    ['sql', `delete from everwatch.orgs`, 'DeleteStmt of orgs'],
    ['plpgsql', `begin update everwatch.orgs set name = 'x'; end`, 'UpdateStmt of orgs'],
    [
      'plpgsql',
      `declare n bigint; begin with gone as (delete from everwatch.orgs returning id) select count(*) into n from gone; end`,
      'DeleteStmt of orgs',
    ],
    [
      'plpgsql',
      `begin if true then execute format('delete from everwatch.%I', 'orgs'); end if; end`,
      'DeleteStmt of x',
    ],
  ])('is found, in %s: %s', async (language, body, found) => {
    await db.sql.unsafe(
      `create function everwatch_private.careless() returns void language ${language} as $$ ${body} $$`,
    )
    try {
      expect(await unconditionalWrites(db)).toEqual([`everwatch_private.careless(): ${found}`])
    } finally {
      await db.sql`drop function everwatch_private.careless()`
    }
  })
})
