/**
 * A response with more headers: the same one, or a copy if its headers cannot be set, as with responses
 * of `fetch` and redirects. The body is passed on as it is.
 */
export function withHeaders(response: Response, more: Record<string, string>): Response {
  try {
    return setHeaders(response, more)
  } catch {
    return copyWith(response, more)
  }
}

function setHeaders(response: Response, more: Record<string, string>): Response {
  for (const [name, value] of Object.entries(more)) response.headers.set(name, value)
  return response
}

function copyWith(response: Response, more: Record<string, string>): Response {
  try {
    return setHeaders(new Response(response.body, response), more)
  } catch {
    // An upgrade to a WebSocket (101), which only the runtime can make.
    return response
  }
}
