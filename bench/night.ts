/**
 * Two nights in a row over one account, with so much time for each call: `node bench/night.ts [milliseconds a call]`. Prints the
 * calls of each night beside the fewest that AWS allows, the seconds, and how both grow with the estate.
 */
import * as Effect from "effect/Effect"
import { scans as index } from "../audit/index.ts"
import { probesOf } from "../audit/actions.ts"
import { operationKey } from "../core/aws/operation.ts"
import type { CallCount } from "../core/aws/CallLedger.ts"
import { layerMemory } from "../core/store/sqlite/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import { runNightly } from "../workflows/engine.ts"
import { atNight, benchLayer, benchRequest, slow } from "./benchNight.ts"
import { nightEstate } from "./nightEstate.ts"

/** The scans of the measurement that this is compared with. */
const firstScans = Object.entries(index).flatMap(([name, { category }]) =>
  ["cleanup", "network", "storage"].includes(category) ||
  ["get_all_cost_optimization_recommendations", "get_cost_by_service", "get_daily_cost_trend"].includes(name)
    ? [name]
    : []
)

/** Calls that scans make one by one, apart from lists and metrics. */
const probeOperations = Effect.map(
  Effect.promise(() => Promise.all(Object.values(index).map(({ load }) => load()))),
  (modules) =>
    new Set(
      modules.flatMap(({ default: scan }) =>
        probesOf({ scan }).flatMap((probe) => (probe.kind === "calls" ? probe.operations.map(operationKey) : []))
      )
    )
)

/** The fewest calls: one a page of each list that the scans read, and 500 series a call. Source: shared/facts/aws-limits.md 13. */
const floorOf = (calls: ReadonlyArray<CallCount>, probes: ReadonlySet<string>) =>
  calls.reduce(
    (sum, { calls, operation, service, usd }) =>
      probes.has(`${service}:${operation}`)
        ? sum
        : sum + (operation === "GetMetricData" ? Math.ceil(usd / 0.00001 / 500) : calls),
    0
  )

const nights = Effect.fnUntraced(function* (scale: number, millis: number) {
  const { estate, resources } = nightEstate(scale)
  const store = yield* Store
  const probes = yield* probeOperations
  const layer = benchLayer(slow(estate, millis), store)
  const rows = []
  for (const day of [0, 1]) {
    const started = performance.now()
    const id = yield* runNightly(benchRequest(firstScans)).pipe(Effect.provide(layer))
    const seconds = (performance.now() - started) / 1000
    const summary = (yield* store.run(id))?.summary
    const calls = summary?.cost.calls ?? []
    const floor = floorOf(calls, probes)
    const asked = calls.reduce(
      (sum, { calls, operation, service }) => sum + (probes.has(`${service}:${operation}`) ? calls : 0),
      0
    )
    rows.push({
      resources,
      night: day + 1,
      calls: summary?.cost.totalCalls ?? 0,
      floor,
      "probe calls": asked,
      seconds: Number(seconds.toFixed(1)),
      findings: (summary?.totals.confirmed.findings ?? 0) + (summary?.totals.unconfirmed.findings ?? 0),
      coverage: `${summary?.coverage.complete}/${summary?.coverage.expected}`,
      operations: calls
    })
    yield* Effect.sync(() => (offset += 86_400_000))
  }
  return rows
})

/** Milliseconds that the night's clock is ahead of the machine's. */
let offset = 0

/** Prints the table. */
export const benchNight = async (millis = 50, detailed = false): Promise<void> => {
  const rows: Array<Record<string, unknown>> = []
  for (const scale of [1, 4.3]) {
    offset = 0
    const measured = await atNight(
      () => Effect.runPromise(nights(scale, millis).pipe(Effect.provide(layerMemory), Effect.scoped) as any),
      () => offset
    )
    for (const { operations, ...row } of measured as any) {
      rows.push(row)
      if (detailed) console.table(operations)
    }
  }
  console.log(
    `\nTwo nights over one account, ${firstScans.length} scans, ${millis} ms a call, with the product's rate limits`
  )
  console.table(rows)
}

if (import.meta.main) await benchNight(Number(process.argv[2] ?? 50), process.argv.includes("--calls"))
