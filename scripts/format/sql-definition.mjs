import { tokenize } from './sql-statements.mjs'

// Where a definition may break, by its first words. Each clause begins a line when all do not fit.
const clauses = {
  'create policy': ['on', 'for', 'to', 'using', 'with check'],
  'create trigger': ['after', 'before', 'referencing', 'for each', 'when', 'execute'],
  'create function': ['returns', 'language', 'as'],
  'create index': ['on', 'where', 'include'],
  'create unique index': ['on', 'where', 'include'],
  grant: ['on', 'to'],
  revoke: ['on', 'from'],
  comment: ['is'],
  alter: ['add', 'set', 'grant', 'revoke', 'to'],
}

/** One definition, filled to the width: on one line where it fits, else a clause a line. */
export function layOutDefinition(statement, width) {
  // A comment amid a definition is about its line: the layout is its author's.
  if (tokenize(statement).some((part) => part.startsWith('--'))) return statement
  const tokens = tokenize(statement).map((part) => (/^\w/.test(part) ? part.toLowerCase() : part))
  const words = joinWords(tokens, !/^create (unique )?index/.test(tokens.join('')))
  const whole = words.join(' ')
  // A body keeps its lines; only what stands before and after it is laid out.
  const longest = Math.max(...whole.split('\n').map((line) => line.length))
  if (longest < width) return whole
  const kind = Object.keys(clauses).find((name) => whole.startsWith(name))
  if (!kind) return whole
  const [first, ...others] = breakAt(words, clauses[kind], 0)
  const head = breakArguments(first.join(' '), width)
  return [head, ...indent(others.flatMap((line) => breakLong(line, width)))].join('\n')
}

/** The parameters of a function, each on a line, when they do not fit on one. */
function breakArguments(line, width) {
  if (line.length <= width || !line.startsWith('create function')) return line
  const [, name, parameters] = /^(.*?)\((.*)\)$/.exec(line)
  return [`${name}(`, ...indent(splitAtCommas(parameters)), ')'].join('\n')
}

function splitAtCommas(text) {
  const parts = ['']
  let depth = 0
  for (const part of tokenize(text)) {
    depth += Number('(['.includes(part)) - Number(')]'.includes(part))
    parts.push((parts.pop() ?? '') + part)
    if (part === ',' && depth === 0) parts.push('')
  }
  return parts.map((part) => part.trim())
}

/** A clause that is still too long: a function a line in a list of them, an operand in a condition. */
function breakLong(words, width) {
  const line = words.join(' ')
  if (line.length + 2 <= width || line.includes('\n')) return [line]
  const functions = line.startsWith('on function ')
    ? splitAtCommas(line.slice('on function '.length))
    : []
  if (functions.length > 1) return ['on function', ...indent(functions)]
  const [first, ...others] = breakAt(words, ['and', 'or'], 1)
  return [first.join(' '), ...indent(others.map((operand) => operand.join(' ')))]
}

function indent(lines) {
  return lines.map((line) => `  ${line}`)
}

/**
 * Tokens as they stand beside each other: no space inside brackets or before a comma, nor, with
 * `calls`, between a function and its arguments.
 */
function joinWords(tokens, calls) {
  const words = []
  let glue = true
  for (const part of tokens) {
    if (/^\s/.test(part)) {
      glue = false
      continue
    }
    const opens = part === '(' || part === '['
    const closes = part === ')' || part === ']'
    const last = words.at(-1) ?? ''
    const sticks = closes || part === ',' || /[([]$/.test(last) || (glue && !last.endsWith(','))
    if (words.length > 0 && (sticks || (calls && opens && takesBracket(last))))
      words.push(words.pop() + part)
    else words.push(part)
    glue = true
  }
  return words
}

const spaced =
  /(^|\s|\()(on|to|using|check|in|and|or|any|as|when|values|from|key|not|exists|select|insert|update|references)$/

/** Whether a bracket after this word is its argument list, as after a function's name. */
function takesBracket(word) {
  return /[\w"]$/.test(word) && !spaced.test(word)
}

/** Splits words before each that begins a clause, where no more than `level` brackets are open. */
function breakAt(words, starts, level) {
  const lines = [[]]
  let depth = 0
  words.forEach((word, index) => {
    const pair = `${word} ${words[index + 1] ?? ''}`
    const begins = starts.some((start) =>
      start.includes(' ') ? pair.startsWith(start) : word === start,
    )
    if (depth <= level && index > 0 && begins) lines.push([])
    lines.at(-1).push(word)
    depth += (word.match(/[([]/g) ?? []).length - (word.match(/[)\]]/g) ?? []).length
  })
  return lines
}
