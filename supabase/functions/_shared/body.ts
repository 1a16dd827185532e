import { HttpError } from './everwatch/http/errors.ts'

/**
 * Reads a request's body as JSON, and no further than the limit, whatever length the sender declared.
 *
 * @param empty what no body at all stands for; without it, that is no JSON either
 * @throws {HttpError} 400 when it is no JSON in UTF-8, 413 when it is longer than the limit
 */
export async function readJson(
  request: Request,
  largestBytes: number,
  empty?: unknown,
): Promise<unknown> {
  try {
    const text = await readText(request, largestBytes)
    return text === '' && empty !== undefined ? empty : JSON.parse(text)
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new HttpError(400, 'invalid_json', 'The body must be JSON in UTF-8.', { field: 'body' })
  }
}

/**
 * Reads a request's body as it was sent, and no further than the limit.
 *
 * @throws {HttpError} 413 when it is longer
 * @throws {TypeError} when it is not UTF-8
 */
export async function readText(request: Request, largestBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > largestBytes) {
      const message = `The body may be ${largestBytes / 1024} KiB long.`
      throw new HttpError(413, 'body_too_large', message, { field: 'body' })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
