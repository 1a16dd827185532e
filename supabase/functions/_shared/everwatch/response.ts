/**
 * A response with more headers: the same one, or a copy where its headers cannot be set, as those
 * of `fetch` and of redirects.
 */
export function withHeaders(response: Response, more: Record<string, string>): Response {
  try {
    for (const [name, value] of Object.entries(more)) response.headers.set(name, value)
    return response
  } catch {
    const { status, statusText } = response
    const headers = new Headers(response.headers)
    for (const [name, value] of Object.entries(more)) headers.set(name, value)
    return new Response(response.body, { status, statusText, headers })
  }
}
