import { Brand } from '../shell/Brand.tsx'
import './front.css'

/** What whoever hosts the page sees when it does not know its project. */
export function NotConfigured({ reason }: { reason: string }) {
  return (
    <main className="front">
      <div className="front-card stack">
        <Brand />
        <h1>Which project?</h1>
        <p className="notice notice-bad" role="alert">
          <span>{reason}</span>
        </p>
        <p className="soft">
          The page reads two values from <code>config.json</code> beside it. Both are public:
        </p>
        <pre className="front-code">{`{
  "url": "https://<project>.supabase.co",
  "publishableKey": "sb_publishable_…"
}`}</pre>
      </div>
    </main>
  )
}
