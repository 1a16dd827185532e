import { platform } from './platform.ts'

/**
 * Which pg_cron the tests talk to: our stand-in of 1.6, or Debian's real 1.4, which has no
 * schedules in seconds or for a month's last day. The same assertions hold for both otherwise.
 */
export const pgCronVersion = platform === 'debian' ? '1.4' : '1.6'
