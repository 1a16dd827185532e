import type { AlertType } from './alert-type.ts'
import { anomaly } from './anomaly.ts'
import { apiErrorRate } from './api-error-rate.ts'
import { callsFailing } from './calls-failing.ts'
import { cronJobFailing } from './cron-job-failing.ts'
import { cronJobLate } from './cron-job-late.ts'
import { cronStopped } from './cron-stopped.ts'
import { errorBudgetBurn } from './error-budget-burn.ts'
import { evaluationFailed } from './evaluation-failed.ts'
import { notificationsDead } from './notifications-dead.ts'
import { notificationsLate } from './notifications-late.ts'
import { pgNetBacklog } from './pg-net-backlog.ts'
import { pgNetDown } from './pg-net-down.ts'
import { rateLimit } from './rate-limit.ts'
import { refreshFailing } from './refresh-failing.ts'
import { refreshLate } from './refresh-late.ts'
import { regression } from './regression.ts'
import { ruleNotTriggering } from './rule-not-triggering.ts'
import { slowQuery } from './slow-query.ts'
import { webhookFailure } from './webhook-failure.ts'
import { webhookInactive } from './webhook-inactive.ts'

export type { AlertType } from './alert-type.ts'

/** The types of alerts, in the order in which documents tell them. There is no other list of them. */
export const alertTypes = [
  webhookFailure,
  apiErrorRate,
  rateLimit,
  webhookInactive,
  ruleNotTriggering,
  regression,
  errorBudgetBurn,
  anomaly,
  slowQuery,
  evaluationFailed,
  refreshLate,
  refreshFailing,
  pgNetDown,
  pgNetBacklog,
  callsFailing,
  cronJobFailing,
  cronJobLate,
  cronStopped,
  notificationsDead,
  notificationsLate,
] satisfies AlertType[]

export type AlertTypeName = (typeof alertTypes)[number]['type']
