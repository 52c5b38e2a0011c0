/**
 * One scope swept by every scan: `npm run bench sweep`. Prints the calls by operation beside the fewest that AWS allows, the seconds
 * at so many milliseconds a call, what was paid, what was remembered, and the peak memory, for the first night, for the one after it and
 * for one a week later, which is as most nights are.
 */
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { scans as index } from "../audit/index.ts"
import { probesOf } from "../audit/actions.ts"
import { type Operation, operationKey } from "../core/aws/operation.ts"
import { layerMemory } from "../core/store/sqlite/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import type { Estate } from "../sample/estate.ts"
import { runNightly } from "../workflows/engine.ts"
import { atNight, benchLayer, benchRequest, slow } from "./benchNight.ts"
import { emptyEstate, sweepEstate } from "./sweepEstate.ts"

const day = 86_400_000

/** The nights that are printed, of all up to the last. */
const shownNights = [1, 2, 8]

interface Count {
  calls: number
  items: number
  pageSize: number | undefined
}

/** What is asked about candidates one by one is no part of the floor: a scan could do without it. */
const probeOperations = async (): Promise<ReadonlySet<string>> => {
  const modules = await Promise.all(Object.values(index).map(({ load }) => load()))
  return new Set(
    modules.flatMap(({ default: scan }) =>
      probesOf({ scan }).flatMap((probe) => (probe.kind === "calls" ? probe.operations.map(operationKey) : []))
    )
  )
}

/**
 * The fewest calls for what was answered: whole pages of each list, 500 series a call, and one call each for what AWS tells one
 * by one, of which a bucket has four. Source: shared/facts/aws-limits.md 13.
 */
const floorOf = (
  key: string,
  { calls, items, pageSize }: Count,
  series: number,
  probes: ReadonlySet<string>
): number => {
  if (key.startsWith("s3:") && pageSize === undefined)
    return Math.min(calls, 4 * (sweepEstate.accounts[0]?.buckets?.length ?? 0))
  if (probes.has(key)) return 0
  if (key === "cloudwatch:GetMetricData") return Math.ceil(series / 500)
  return pageSize === undefined ? calls : Math.max(1, Math.ceil(items / pageSize))
}

const measure = async (estate: Estate, millis: number) => {
  const counts = new Map<string, Count>()
  let offset = 0
  const seen = (operation: Operation, answer: unknown) => {
    const key = operationKey(operation)
    const count = counts.get(key) ?? { calls: 0, items: 0, pageSize: operation.paging?.size?.[1] }
    count.calls += 1
    if ("items" in operation) count.items += (operation as any).items.of(answer)?.length ?? 0
    counts.set(key, count)
  }
  const probes = await probeOperations()
  const program = Effect.gen(function* () {
    const store = yield* Store
    let [recalled, kept] = [0, 0]
    const counting: Store["Service"] = {
      ...store,
      remembered: (scope, probe, keys) => {
        recalled += keys.length
        return store.remembered(scope, probe, keys)
      },
      remember: (scope, probe, answers) => {
        kept += answers.length
        return store.remember(scope, probe, answers)
      }
    }
    const layer = benchLayer(slow(estate, millis, seen), counting)
    const nights = []
    for (let night = 1; night <= Math.max(...shownNights); night += 1) {
      counts.clear()
      ;[recalled, kept] = [0, 0]
      const started = performance.now()
      const id = yield* runNightly(benchRequest(Object.keys(index))).pipe(Effect.provide(layer))
      const seconds = (performance.now() - started) / 1000
      const summary = (yield* store.run(id))?.summary
      const paid = summary?.cost.calls ?? []
      const series = Math.round((paid.find(({ operation }) => operation === "GetMetricData")?.usd ?? 0) / 0.00001)
      const operations = [...counts].map(([operation, count]) => ({
        operation,
        calls: count.calls,
        floor: floorOf(operation, count, series, probes),
        items: count.items
      }))
      const peakMb = Math.round(process.resourceUsage().maxRSS / 1024)
      if (shownNights.includes(night)) {
        nights.push({ night, seconds, summary, series, operations, recalled, kept, peakMb })
      }
      offset += day
    }
    return nights
  }).pipe(Effect.provide(layerMemory), Effect.scoped)
  return atNight(
    () => Effect.runPromise(program as Effect.Effect<any>),
    () => offset
  )
}

/** Prints the tables, from this process. */
const print = async (millis: number): Promise<void> => {
  const swept = await measure(sweepEstate, millis)
  const empty = await measure(emptyEstate, millis)
  const rowOf =
    (scope: string) =>
    ({ kept, night, operations, peakMb, recalled, seconds, series, summary }: any) => {
      const sum = (of: (row: any) => number) => operations.reduce((total: number, row: any) => total + of(row), 0)
      const [calls, floor] = [sum((row) => row.calls), sum((row) => row.floor)]
      return {
        scope,
        night,
        calls,
        floor,
        "calls / floor": Number((calls / floor).toFixed(2)),
        seconds: Number(seconds.toFixed(1)),
        series,
        recalled,
        kept,
        "paid, USD": Number((summary?.cost.callsUsd ?? 0).toFixed(4)),
        findings: (summary?.totals.confirmed.findings ?? 0) + (summary?.totals.unconfirmed.findings ?? 0),
        coverage: `${summary?.coverage.complete}/${summary?.coverage.expected}`,
        "peak MB": peakMb
      }
    }
  console.log(
    `\nOne scope swept by all ${Object.keys(index).length} scans, ${millis} ms a call, with the product's rate limits`
  )
  console.table(swept[0].operations.toSorted((a: any, b: any) => b.calls - a.calls))
  console.table([...swept.map(rowOf("with resources")), ...empty.map(rowOf("empty"))])
}

/** Prints the tables, from a process of its own: its memory is measured. */
export const benchSweep = async (): Promise<void> => {
  const { status } = spawnSync(process.execPath, [import.meta.filename], { stdio: "inherit" })
  if (status !== 0) throw new Error(`the sweep ended with ${status}`)
}

if (import.meta.main) await print(Number(process.argv[2] ?? 50))
