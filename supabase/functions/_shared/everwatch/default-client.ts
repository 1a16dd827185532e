import { createClient, type MonitoringClient } from './monitoring-client.ts'

let client: MonitoringClient | undefined

/** The client of the project that the environment names; made when it is first needed. */
export function defaultClient(): MonitoringClient {
  client ??= createClient({})
  return client
}
