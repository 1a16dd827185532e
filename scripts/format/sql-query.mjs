import { format } from 'sql-formatter'
import { tokenize } from './sql-statements.mjs'

/** A table or a query, by sql-formatter; brackets whose content fits on one line stand on one. */
export function layOutQuery(statement, width) {
  const text = format(statement, {
    language: 'postgresql',
    keywordCase: 'lower',
    dataTypeCase: 'lower',
    expressionWidth: width - 10,
  })
  const columns = /^create (unlogged )?(table|type)/.test(text)
  const joined = joinShortBrackets(columns ? text : joinCalls(text), width, columns ? 1 : 0)
  const line = joined.replace(/\s+/g, ' ')
  return /^select [^'$]*$/.test(line) && line.length < width ? line : joined
}

/** Of a function that sql-formatter does not know, it sets the arguments apart. */
function joinCalls(text) {
  return text.replace(/(?<!into )(\b[a-z_]+\.[a-z_]+) \(/g, '$1(')
}

/** Brackets down to `kept` levels stay as they are: a table has a column a line, however short. */
function joinShortBrackets(text, width, kept) {
  const tokens = tokenize(text)
  const open = []
  for (let index = 0; index < tokens.length; index += 1) {
    if (tokens[index] === '(') open.push(index)
    if (tokens[index] !== ')') continue
    const start = open.pop()
    if (open.length < kept) continue
    const joined = join(tokens.slice(start, index + 1))
    if (joined === undefined) continue
    const line = lineAround(tokens, start, index, joined)
    if (line.length > width) continue
    tokens.splice(start, index + 1 - start, ...tokenize(joined))
    index = start + tokenize(joined).length - 1
  }
  return tokens.join('')
}

function join(tokens) {
  if (tokens.some((part) => part.startsWith('--'))) return undefined
  const words = tokens.map((part) => (/^\s/.test(part) ? ' ' : part))
  return words.join('').replace(/^\( /, '(').replace(/ \)$/, ')')
}

/** The line on which the joined brackets would stand. */
function lineAround(tokens, start, end, joined) {
  const before = tokens.slice(0, start).join('')
  const after = tokens.slice(end + 1).join('')
  return before.slice(before.lastIndexOf('\n') + 1) + joined + (after.split('\n')[0] ?? '')
}
