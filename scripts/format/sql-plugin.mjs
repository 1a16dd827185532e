/**
 * Prettier's SQL: tables and queries are laid out by sql-formatter; what defines, grants or comments
 * is filled to the line's width, clause by clause, which sql-formatter would take for queries.
 * The bodies of functions are their author's.
 */
import { layOutDefinition } from './sql-definition.mjs'
import { layOutQuery } from './sql-query.mjs'
import { splitStatements, tokenize } from './sql-statements.mjs'

const queryLike =
  /^(create (unlogged )?(table|type)|create (or replace )?(materialized )?view|select|insert|with|update|delete)\b/i

/**
 * Lays out a whole file; the same text again changes nothing. Statements that say more of the same
 * thing (comments, privileges) stand together, all others a line apart.
 *
 * @throws when the result would say something else than the text
 */
export function layOutSql(text, width) {
  const parts = splitStatements(text).map(({ comments, statement }, index, all) => {
    const laidOut = queryLike.test(statement)
      ? layOutQuery(statement, width)
      : layOutDefinition(statement, width)
    const lines = [...comments, ...(statement ? [`${laidOut};`] : [])].join('\n')
    const together = comments.length === 0 && isSameTopic(all[index - 1]?.statement, statement)
    return together ? lines : `\n${lines}`
  })
  const result = `${parts.join('\n').trim()}\n`
  if (meaning(result) !== meaning(text)) throw new Error('the layout would change the statements')
  return result
}

const topics = [/^comment\s/i, /^(grant|revoke)\s/i, /^alter\s/i, /^create extension\s/i]

function isSameTopic(previous, statement) {
  return topics.some((topic) => topic.test(previous ?? '') && topic.test(statement))
}

function meaning(text) {
  return tokenize(text)
    .map((part) => part.trim().toLowerCase())
    .join('')
}

export const languages = [{ name: 'SQL', parsers: ['sql'], extensions: ['.sql'] }]

export const parsers = {
  sql: {
    astFormat: 'sql',
    parse: (text) => ({ text }),
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
  },
}

export const printers = {
  sql: { print: (path, { printWidth }) => layOutSql(path.node.text, printWidth) },
}
