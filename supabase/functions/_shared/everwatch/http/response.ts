/**
 * A response with more headers: the same one, or a copy where its headers cannot be set, as those of
 * `fetch` and of redirects. The body goes on as it is.
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
    // An upgrade to a WebSocket (101), which no one but the runtime can make.
    return response
  }
}
