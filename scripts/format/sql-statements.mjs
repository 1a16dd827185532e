// One pass over a file: comments, strings, quoted names and dollar-quoted bodies are each one token,
// so that a semicolon or a keyword inside them is none.
const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|e?'(?:[^']|'')*'|"(?:[^"]|"")*"|\s+|::|[\w.]+|[^\s\w]/giy

/** @returns {string[]} every token of the text, whitespace included: joined they are the text */
export function tokenize(text) {
  return [...text.matchAll(token)].map(([match]) => match)
}

/**
 * @returns {{ comments: string[], statement: string }[]} each statement without its semicolon, and
 * the comments above it; comments that a blank line sets apart come without a statement
 */
export function splitStatements(text) {
  const statements = []
  let current = { comments: [], tokens: [] }
  const finish = () => {
    const statement = current.tokens.join('').trim()
    if (statement || current.comments.length > 0) {
      statements.push({ comments: current.comments, statement })
    }
    current = { comments: [], tokens: [] }
  }
  for (const part of tokenize(text)) {
    const started = current.tokens.length > 0
    if (part === ';') finish()
    else if (started || !/^(\s|--|\/\*)/.test(part)) current.tokens.push(part)
    else if (/^\s/.test(part)) {
      if (current.comments.length > 0 && /\n\s*\n/.test(part)) finish()
    } else current.comments.push(part.trimEnd())
  }
  finish()
  return statements
}
