// Serves a registry of prom-client with the series of an exposition, which it reads from standard
// input, until it is ended. The first line on standard error is { "port": … }.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

const registry = new Registry()
const exposition = await text(process.stdin)
const samples = [...exposition.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)].map(
  ([, name = '', labels = '', value]): Sample => ({
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, of = '']) => [
        label,
        of,
      ]),
    ),
    value: Number(value),
  }),
)
for (const [, name = '', type] of exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
  if (type === 'histogram') addHistogram(name)
  else addNumbers(name, type === 'counter' ? Counter : Gauge)
}

const server = createServer((_request, response) => void answer(response))
await once(server.listen(0, '127.0.0.1'), 'listening')
process.stderr.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)

async function answer(response: ServerResponse): Promise<void> {
  response.setHeader('content-type', registry.contentType)
  response.end(await registry.metrics())
}

function addNumbers(name: string, Kind: typeof Counter | typeof Gauge): void {
  const own = samples.filter((sample) => sample.name === name)
  if (own.length === 0) return
  const metric = new Kind({ name, help: name, labelNames: labelNames(own), registers: [registry] })
  for (const { labels, value } of own) metric.inc(labels, value)
}

/** With one observation for each set of labels: it is the series that cost. */
function addHistogram(name: string): void {
  const own = samples.filter((sample) => sample.name === `${name}_sum`)
  const bounds = samples.filter((sample) => sample.name === `${name}_bucket`)
  if (own.length === 0) return
  const metric = new Histogram({
    name,
    help: name,
    labelNames: labelNames(own),
    buckets: [...new Set(bounds.map(({ labels }) => Number(labels['le'])))].filter(Number.isFinite),
    registers: [registry],
  })
  for (const { labels, value } of own) metric.observe(labels, value)
}

function labelNames(of: Sample[]): string[] {
  return [...new Set(of.flatMap(({ labels }) => Object.keys(labels)))]
}
