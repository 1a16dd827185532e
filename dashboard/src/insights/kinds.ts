import type { Insight } from '../data/insights.ts'

/** What each kind of insights is called, and what it tells. */
export const kindWords: Record<Insight['kind'], { name: string; tells: string }> = {
  anomaly: { name: 'Anomaly', tells: 'What is unusual at this hour' },
  cost: { name: 'Cost', tells: 'What costs, and what would save' },
  prediction: { name: 'Prediction', tells: 'What will reach a limit, and when' },
  regression: { name: 'Regression', tells: 'What became worse with a deploy' },
}
