/** How long the SQLite store takes for the findings of a large organisation: `node bench/store.ts`. */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { see } from "../core/finding/lifecycle.ts"
import { layerSqlite } from "../core/store/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import { aFinding, aTransition, night, runId } from "../test/core/store/fixtures.ts"

const findingCount = 100_000
const accounts = Array.from({ length: 20 }, (_, index) => String(100_000_000_000 + index))

/** A twentieth of the findings, as one account has them. */
const findingsOf = (account: string) =>
  Array.from({ length: findingCount / accounts.length }, (_, index) =>
    aFinding({
      account,
      resourceId: `vol-${index}`,
      monthlyUsd: ((index * 7919) % 100_000) / 100,
      tags: { team: `team-${index % 40}` }
    })
  )

/** Prints a table of steps and seconds. */
export const benchStore = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-bench-"))
  const filename = join(folder, "audit.db")
  const rows: Array<{ step: string; seconds: string; result: string }> = []

  const timed = <A, E, R>(step: string, result: (value: A) => string, effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const started = performance.now()
      const value = yield* effect
      rows.push({ step, seconds: ((performance.now() - started) / 1000).toFixed(3), result: result(value) })
      return value
    })

  const program = Effect.gen(function* () {
    const store = yield* Store
    yield* timed(
      `write ${findingCount.toLocaleString("en")} new findings with an event each`,
      () => `${(statSync(filename).size / 1e6).toFixed(0)} MB`,
      Effect.forEach(accounts, (account) => store.writeTransitions(findingsOf(account).map(aTransition)), {
        discard: true
      })
    )
    yield* timed(
      "read all of them and find that nothing changed",
      (changes) => `${changes} to write`,
      Effect.gen(function* () {
        let changes = 0
        for (const account of accounts) {
          const seen = new Map(findingsOf(account).map((finding) => [finding.id, finding]))
          for (const before of yield* store.findingsIn(
            { account, region: "eu-west-1" },
            "find_unattached_ebs_volumes"
          )) {
            const now = seen.get(before.id) ?? before
            const transition = see({ ...now, observe: undefined }, before, { runId, now: new Date(night), sequence: 2 })
            if (transition !== undefined) changes += 1
          }
        }
        return changes
      })
    )
    const count = (page: { readonly items: ReadonlyArray<unknown> }) => `${page.items.length} findings`
    yield* timed("the 50 largest savings", count, store.findings({ limit: 50, status: "open" }))
    yield* timed(
      "the 50 largest savings of a team",
      count,
      store.findings({ limit: 50, status: "open", owner: "team-7" })
    )
    yield* timed(
      "the 50 largest savings of an account, from $500",
      count,
      store.findings({ limit: 50, accounts: accounts.slice(3, 4), minMonthlyUsd: 500 })
    )
    yield* timed("a search that finds nothing", count, store.findings({ limit: 50, regions: ["nowhere"] }))
  })

  await Effect.runPromise(program.pipe(Effect.provide(layerSqlite(filename)))).finally(() =>
    rmSync(folder, { recursive: true })
  )
  console.log("\nSQLite store")
  console.table(rows)
}

if (import.meta.main) await benchStore()
