export function tokenize(text: string): string[]

export function splitStatements(text: string): { comments: string[]; statement: string }[]
