import { useApp } from '../app-context.ts'
import { useSession } from '../session/session.ts'
import { setTheme, useTheme, type Theme } from '../ui/theme.ts'

/** Who is signed in, how the page looks, and the way out. */
export function UserMenu() {
  const { project, session } = useApp()
  const user = useSession(session)?.user
  const theme = useTheme()
  return (
    <div className="user">
      <span className="user-name" title={user?.email}>
        {user?.email}
      </span>
      <select
        aria-label="Theme"
        value={theme}
        onChange={(event) => setTheme(event.target.value as Theme)}
      >
        <option value="system">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
      <button
        type="button"
        className="button button-plain"
        // Here alone, and also when the project does not answer.
        onClick={() => void project.supabase.auth.signOut({ scope: 'local' })}
      >
        Sign out
      </button>
    </div>
  )
}
