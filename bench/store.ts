/** How long the SQLite store takes for the findings of a large organisation: `node bench/store.ts`. */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { see } from "../core/finding/lifecycle.ts"
import { layerSqlite } from "../core/store/sqlite/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import { aFinding, aTransition, night, runId } from "../test/core/store/fixtures.ts"

const findingCount = 100_000
const accounts = Array.from({ length: 20 }, (_, index) => String(100_000_000_000 + index))

/** As many findings for each account. */
const makeFindings = () =>
  accounts.map((account) =>
    Array.from({ length: findingCount / accounts.length }, (_, index) =>
      aFinding({
        account,
        resourceId: `vol-${index}`,
        monthlyUsd: ((index * 7919) % 100_000) / 100,
        tags: { team: `team-${index % 40}` }
      })
    )
  )

interface Row {
  readonly step: string
  readonly seconds: number
  /** Of all threads; what another program on the machine does not change. */
  readonly cpuSeconds: number
  readonly result: string
}

/** Prints a table of steps and seconds. */
export const benchStore = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-bench-"))
  const filename = join(folder, "audit.db")
  const rows: Array<Row> = []

  const timed = <A, E, R>(step: string, effect: Effect.Effect<A, E, R>, result: (value: A) => string) =>
    Effect.gen(function* () {
      const [started, cpu] = [performance.now(), process.cpuUsage()]
      const value = yield* effect
      const seconds = (performance.now() - started) / 1000
      const { system, user } = process.cpuUsage(cpu)
      const cpuSeconds = (system + user) / 1e6
      rows.push({ step, seconds: +seconds.toFixed(3), cpuSeconds: +cpuSeconds.toFixed(3), result: result(value) })
    })

  const program = Effect.gen(function* () {
    const store = yield* Store
    const findings = makeFindings()
    const transitions = findings.map((ofAccount) => ofAccount.map(aTransition))
    yield* timed(
      `write ${findingCount.toLocaleString("en")} new findings with an event each`,
      Effect.forEach(transitions, store.writeTransitions, { discard: true }),
      () => `${(statSync(filename).size / 1e6).toFixed(0)} MB`
    )
    yield* timed(
      "read all of them and find that nothing changed",
      Effect.gen(function* () {
        let changes = 0
        for (const ofAccount of findings) {
          const seen = new Map(ofAccount.map((finding) => [finding.id, finding]))
          for (const before of yield* store.findingsIn(ofAccount[0]!.scope, ofAccount[0]!.scan)) {
            const now = { ...seen.get(before.id)!, observe: undefined, unproven: false }
            if (see(now, before, { runId, now: new Date(night), sequence: 2 }) !== undefined) changes += 1
          }
        }
        return changes
      }),
      (changes) => `${changes} to write`
    )
    const queries = [
      ["the 50 largest savings", { status: "open" }],
      ["the 50 largest savings of a team", { status: "open", owner: "team-7" }],
      ["the 50 largest of an account, from $500", { accounts: accounts.slice(3, 4), minMonthlyUsd: 500 }],
      ["a question that has no answer", { regions: ["nowhere"] }]
    ] as const
    for (const [step, query] of queries) {
      yield* timed(step, store.findings({ limit: 50, ...query }), ({ items }) => `${items.length} findings`)
    }
  })

  await Effect.runPromise(program.pipe(Effect.provide(layerSqlite(filename)))).finally(() =>
    rmSync(folder, { recursive: true })
  )
  console.log("\nSQLite store")
  console.table(rows)
}

if (import.meta.main) await benchStore()
