/**
 * A response with more headers: the same one, or a copy where its headers cannot be set, as those of
 * `fetch` and of redirects. The body goes on as it is.
 */
export function withHeaders(response: Response, more: Record<string, string>): Response {
  try {
    for (const [name, value] of Object.entries(more)) response.headers.set(name, value)
    return response
  } catch {
    return copyWith(response, more)
  }
}

function copyWith(response: Response, more: Record<string, string>): Response {
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(more)) headers.set(name, value)
  try {
    return new Response(response.body, { status, statusText, headers })
  } catch {
    // An upgrade to a WebSocket (101), which no one but the runtime can make.
    return response
  }
}
