import postgres from 'postgres'

/**
 * Tells the database what an operator of a hosted project sets once: where its edge functions are. A
 * project that is set up for the first time may also send to this machine, where all else is.
 */
export async function writeSettings(superuserUrl: string, functionsUrl: string): Promise<void> {
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} })
  try {
    await sql`
      update everwatch_private.settings
      set functions_url = ${functionsUrl},
        allowed_networks = case
          when functions_url is null then '{127.0.0.0/8,::1/128}' else allowed_networks
        end`
  } finally {
    await sql.end()
  }
}
