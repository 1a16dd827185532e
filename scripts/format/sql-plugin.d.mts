export function layOutSql(text: string, width: number): string
