import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { expose, type Family } from '../../supabase/functions/monitoring/prometheus/exposition.ts'
import { chooseFormat } from '../../supabase/functions/monitoring/prometheus/format.ts'

const families: Family[] = [
  {
    name: 'shop_orders',
    type: 'counter',
    help: 'Orders.\nOf "all" time, \\ too.',
    samples: [{ labels: { shop: 'a "b"\\c\nd', state: '' }, value: 3 }],
  },
  { name: 'shop', type: 'info', help: 'Shops.', samples: [{ labels: { shop: 'ü' }, value: 1 }] },
  {
    name: 'shop_full_ratio',
    type: 'gauge',
    help: 'How full.',
    samples: [{ labels: {}, value: 0.25 }],
  },
  { name: 'shop_held_bytes', type: 'gauge', help: 'Held.', samples: [{ labels: {}, value: 5e9 }] },
  {
    name: 'shop_wait_seconds',
    type: 'histogram',
    help: 'Waiting.',
    samples: [
      {
        labels: { shop: 'a' },
        value: {
          buckets: [
            [0.005, 1],
            [1, 1],
            [10, 4],
            [Infinity, 5],
          ],
          sum: 61.5,
        },
      },
    ],
  },
]

const samples = (counter: string): string[] => [
  `${counter}{shop="a \\"b\\"\\\\c\\nd",state=""} 3`,
  'shop_info{shop="ü"} 1',
  'shop_full_ratio 0.25',
  'shop_held_bytes 5000000000',
  'shop_wait_seconds_bucket{shop="a",le="0.005"} 1',
  'shop_wait_seconds_bucket{shop="a",le="1.0"} 1',
  'shop_wait_seconds_bucket{shop="a",le="10.0"} 4',
  'shop_wait_seconds_bucket{shop="a",le="+Inf"} 5',
  'shop_wait_seconds_sum{shop="a"} 61.5',
  'shop_wait_seconds_count{shop="a"} 5',
]

describe('families in OpenMetrics', () => {
  const text = expose(families, 'openmetrics')

  it('are declared without the suffix of their samples, with their unit', () => {
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toEqual([
      '# TYPE shop_orders counter',
      '# HELP shop_orders Orders.\\nOf \\"all\\" time, \\\\ too.',
      '# TYPE shop info',
      '# HELP shop Shops.',
      '# TYPE shop_full_ratio gauge',
      '# UNIT shop_full_ratio ratio',
      '# HELP shop_full_ratio How full.',
      '# TYPE shop_held_bytes gauge',
      '# UNIT shop_held_bytes bytes',
      '# HELP shop_held_bytes Held.',
      '# TYPE shop_wait_seconds histogram',
      '# UNIT shop_wait_seconds seconds',
      '# HELP shop_wait_seconds Waiting.',
      '# EOF',
    ])
  })

  it('have samples with escaped labels, canonical bounds and a count', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(
      samples('shop_orders_total'),
    )
  })

  it('end in # EOF, also when there are none', () => {
    expect(text).toMatch(/\n# EOF\n$/)
    expect(expose([], 'openmetrics')).toBe('# EOF\n')
  })
})

describe('families in the text format', () => {
  const text = expose(families, 'text')

  it('are declared by the names of their samples', () => {
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '# HELP shop_orders_total Orders.\\nOf "all" time, \\\\ too.',
      '# TYPE shop_orders_total counter',
      '# HELP shop_info Shops.',
      '# TYPE shop_info gauge',
      '# HELP shop_full_ratio How full.',
      '# TYPE shop_full_ratio gauge',
      '# HELP shop_held_bytes Held.',
      '# TYPE shop_held_bytes gauge',
      '# HELP shop_wait_seconds Waiting.',
      '# TYPE shop_wait_seconds histogram',
    ])
  })

  it('have the same samples, so that a series is one whoever scrapes', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(
      samples('shop_orders_total'),
    )
  })
})

describe('the format', () => {
  it.each([
    [null, 'text', 'nothing was asked for'],
    ['*/*', 'text', 'anything will do'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text', 'a browser'],
    ['text/plain', 'text', 'asked for'],
    ['application/openmetrics-text', 'openmetrics', 'any version of it'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics', 'asked for'],
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
      'Prometheus 2 says so',
    ],
    [
      'text/plain;version=0.0.4;q=0.9,APPLICATION/OpenMetrics-Text;Q=0.5',
      'text',
      'it is preferred',
    ],
    ['application/openmetrics-text;version=0.0.1', 'text', 'a draft is not served'],
    ['application/openmetrics-text;version=2.0.0', 'text', 'nor what may come'],
    ['application/openmetrics-text;q=0', 'text', 'it is refused'],
    ['application/openmetrics-text;q=x,;;=,', 'text', 'that is no quality'],
  ])('for %j is %s: %s', async (accept, format, _why) => {
    const app = new Hono().get('/', (c) => c.text(chooseFormat(c)))
    const response = await app.request('/', { headers: accept === null ? {} : { accept } })
    expect(await response.text()).toBe(format)
  })
})
