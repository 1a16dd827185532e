import { z } from 'zod'

/** The query of `GET monitoring/prometheus`. */
export const prometheusQuerySchema = z.strictObject({
  org_id: z.guid('must be a uuid').optional().meta({
    description: 'Needed by members of several orgs; with a secret key, all orgs when left out',
  }),
})

export type PrometheusQuery = z.infer<typeof prometheusQuerySchema>
