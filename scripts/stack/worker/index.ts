import { scheduleJobs } from './cron.ts'
import { sendRequests } from './net.ts'
import { keepServing } from './service.ts'

export { runDueJobs } from './cron.ts'

export interface Worker {
  /** Ends what runs; requests that had no answer yet stay queued. */
  stop(): Promise<void>
}

/**
 * Does what the background workers of pg_cron and pg_net do, for the stand-ins in one database.
 * Where the real ones are installed there is nothing for it to do.
 *
 * @param options.url the superuser's address of the database
 * @param options.onError told of each lost connection, which is made again a second later
 * @throws when the database cannot be reached at first
 */
export async function startWorker(options: {
  url: string
  onError?: (error: unknown) => void
}): Promise<Worker> {
  const { url, onError = (error) => console.error('The database worker begins again:', error) } =
    options
  const services = [
    keepServing({
      url,
      name: 'pg_cron scheduler',
      channel: 'pg_cron',
      serve: scheduleJobs,
      onError,
    }),
    keepServing({ url, name: 'pg_net 0.20.4', channel: 'pg_net', serve: sendRequests, onError }),
  ]
  const stop = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()))
  }
  try {
    await Promise.all(services.map((service) => service.ready))
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}
