const encoder = new TextEncoder()

/**
 * The headers of Standard Webhooks (standardwebhooks.com): a receiver that knows one of the secrets
 * can tell who sent the body and when, and by the id whether it has had it before.
 *
 * @param secrets each `whsec_` and base64; every one of them signs
 * @param at when it is sent
 */
export async function signatureHeaders(
  id: string,
  body: string,
  secrets: string[],
  at: Date,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const content = encoder.encode(`${id}.${timestamp}.${body}`)
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, content)))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  }
}

async function sign(secret: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.slice('whsec_'.length)), (c) => c.charCodeAt(0))
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign'])
  const signature = await crypto.subtle.sign('HMAC', key, content)
  return btoa(String.fromCharCode(...new Uint8Array(signature)))
}
