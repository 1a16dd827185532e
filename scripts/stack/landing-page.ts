import { html } from 'hono/html'

/** What a browser sees at the stack's address: where to look next. */
export function landingPage(origin: string): ReturnType<typeof html> {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Everwatch</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            font:
              16px/1.6 system-ui,
              sans-serif;
            max-width: 42rem;
            margin: 4rem auto;
            padding: 0 1rem;
          }
        </style>
      </head>
      <body>
        <h1>Everwatch is running</h1>
        <p>This is the local stack’s address. It serves:</p>
        <ul>
          <li>
            <a href="${origin}/functions/v1/monitoring/openapi.json">The API’s description</a>
            (OpenAPI): metrics out, events in
          </li>
          <li><code>${origin}/functions/v1/monitoring/metrics</code>: your metrics, with a key</li>
          <li>
            <code>${origin}/auth/v1</code> and <code>${origin}/rest/v1</code>: sign-in and data
          </li>
        </ul>
        <p>The keys and the demo sign-in are printed by <code>npm run -s status</code>.</p>
      </body>
    </html>`
}
