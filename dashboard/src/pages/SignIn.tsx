import { useMutation, useQuery } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useEffect, useState, type FormEvent } from 'react'
import { useApp } from '../app-context.ts'
import { authSettingsQuery } from '../data/auth-settings.ts'
import { Brand } from '../shell/Brand.tsx'
import './front.css'

/** The way in: with whatever the project offers. */
export function SignIn() {
  const { project, session } = useApp()
  const router = useRouter()
  const { next, ended } = useSearch({ from: '/sign-in' })
  const settings = useQuery(authSettingsQuery(project))
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { auth } = project.supabase

  const signIn = useMutation({
    mutationFn: async () => {
      const { error } = await auth.signInWithPassword({ email, password })
      if (error) throw new Error(inWords(error))
    },
  })
  const mailLink = useMutation({
    mutationFn: async () => {
      const emailRedirectTo = location.href.split('#')[0]!
      const { error } = await auth.signInWithOtp({
        email,
        options: { emailRedirectTo, shouldCreateUser: false },
      })
      if (error) throw new Error(inWords(error))
    },
  })
  const error = signIn.error ?? mailLink.error

  // Signed in here, in another tab, or by the link that led here: go on.
  useEffect(
    () =>
      session.subscribe(() => {
        if (session.current()) void router.navigate({ href: next ?? '/' })
      }),
    [session, router, next],
  )
  useEffect(() => {
    document.title = 'Sign in · Everwatch'
  }, [])

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    signIn.mutate()
  }
  return (
    <main className="front">
      <div className="front-card stack">
        <Brand />
        <h1>Sign in</h1>
        {ended === true && (
          <p className="notice" role="status">
            <span>You are signed out. Sign in again to go on where you were.</span>
          </p>
        )}
        {settings.error && (
          <p className="notice notice-bad" role="alert">
            <span>
              The project at <code>{project.config.url}</code> does not answer.
            </span>
          </p>
        )}
        {settings.data?.password !== false && (
          <form className="stack" onSubmit={submit}>
            <label className="field">
              Email
              <input
                type="email"
                required
                autoComplete="username"
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            </label>
            <label className="field">
              Password
              <input
                type="password"
                required
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </label>
            {error && (
              <p className="notice notice-bad" role="alert">
                <span>{error.message}</span>
              </p>
            )}
            <button type="submit" className="button button-main" disabled={signIn.isPending}>
              {signIn.isPending ? 'Signing in …' : 'Sign in'}
            </button>
          </form>
        )}
        {settings.data?.mails === true && (
          <button
            type="button"
            className="button"
            disabled={email === '' || mailLink.isPending || mailLink.isSuccess}
            onClick={() => mailLink.mutate()}
          >
            {mailLink.isSuccess ? 'Look into your mail' : 'Mail me a link instead'}
          </button>
        )}
        {settings.data?.providers.map((provider) => (
          <button
            key={provider}
            type="button"
            className="button"
            onClick={() =>
              void auth.signInWithOAuth({
                provider,
                options: { redirectTo: location.href.split('#')[0]! },
              })
            }
          >
            Continue with <span className="front-provider">{provider.replaceAll('_', ' ')}</span>
          </button>
        ))}
      </div>
    </main>
  )
}

function inWords({ status, message }: { status?: number | undefined; message: string }): string {
  if (status === 0 || status === undefined || status >= 500)
    return 'The project does not answer. Try again.'
  if (status === 400) return 'This email and password do not belong together.'
  return message
}
