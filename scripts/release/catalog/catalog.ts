/** What Postgres knows of one thing: a column's type, an index's validity, a function's definition. */
export type Facts = Record<string, unknown>

/** One thing: what it is called, `column everwatch.orgs.name`, and the facts. */
export type Thing = { object: string } & Facts

/** All that a database has of ours, each thing by what it is called. */
export type Catalog = Map<string, Facts>
