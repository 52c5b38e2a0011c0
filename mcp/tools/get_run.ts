import * as Effect from "effect/Effect"
import { fineUsd, instant, plural } from "../../core/format.ts"
import type { Coverage, Run } from "../../core/run/Run.ts"
import { scopeKey } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { coverage } from "../../query/coverage.ts"
import { findRun, runs } from "../../query/runs.ts"
import { changesLine, inSums, sumsSince } from "../../query/sumChanges.ts"
import type { Standing } from "../../query/standing.ts"
import { runCursor } from "../../core/store/query.ts"
import { Refusal } from "../answer/Answer.ts"
import { argument } from "./argument.ts"
import { defineTool } from "./Tool.ts"

const gapsShown = 20

/** How whole one run is. */
export const standingOfRun = (
  run: Run,
  { complete, expected, gaps, notApplicable, partial, unavailable }: Coverage
): Standing => ({
  asOf: complete + partial > 0 ? run.startedAt : null,
  coverage: { expected, complete, partial, unavailable, notApplicable },
  notScanned: gaps.slice(0, gapsShown),
  moreGaps: Math.max(0, gaps.length - gapsShown),
  pairs: null,
  run: { id: run.id, startedAt: run.startedAt }
})

/** The run of that id or beginning, or the newest. */
export const runNamed = Effect.fnUntraced(function* (id: string | undefined) {
  const run = yield* findRun(id ?? "")
  if (run !== undefined) return run
  const { items } = yield* runs(5)
  return yield* new Refusal({
    message:
      items.length === 0
        ? "No audit has run here yet."
        : `There is no run of that id. The newest ones: ${items.map((one) => one.id).join(", ")}.`
  })
})

const accountsLooked = 50
const scopesShown = 25

export default defineTool({
  name: "get_run",
  title: "Audit run: status and result",
  description:
    "One audit run: is the scan done, progress, what it changed, missed and cost; default the newest, with earlier run ids.",
  arguments: { id: argument.text("Run id or its beginning") },
  answer: Effect.fnUntraced(function* ({ id }, { caller }) {
    const run = yield* runNamed(id)
    const { finishedAt, plan, startedAt, status, summary, trigger } = run
    const store = yield* Store
    const accounts = [...new Set([...plan.accounts.map((account) => account.id), ...plan.payers])]
    const isOpen = status !== "complete"
    const records = isOpen
      ? (yield* Effect.forEach(accounts.slice(0, accountsLooked), (account) => store.scopeRecords(run.id, account), {
          concurrency: 8
        })).flat()
      : []
    const done = records.filter((record) => record.done).length
    const settings = Object.fromEntries(
      plan.scans.flatMap((scan) => (Object.keys(scan.settings).length === 0 ? [] : [[scan.name, scan.settings]]))
    )
    const { items: before } = yield* store.runs(10, runCursor.encode({ runId: run.id }))
    const changes = summary === null ? undefined : yield* sumsSince(run)
    const cost = summary?.cost
    const what = `${plural(plan.scans.length, "scan")} over ${plural(plan.accounts.length, "account")}`
    return {
      standing: standingOfRun(run, yield* coverage(run)),
      content: {
        run: {
          id: run.id,
          status,
          trigger,
          startedAt,
          finishedAt,
          full: plan.full,
          accounts: plan.accounts.length,
          scans: plan.scans.length,
          regions: plan.regions,
          settings
        },
        ...(isOpen
          ? {
              progress: {
                scopesDone: done,
                scopesKnown: records.length,
                waiting: records
                  .filter((record) => !record.done)
                  .slice(0, scopesShown)
                  .map(scopeKey)
              }
            }
          : {}),
        changes: summary?.changes ?? null,
        inSums: changes === undefined ? null : inSums(changes),
        costUsd: cost?.usd ?? null,
        calls: cost?.totalCalls ?? null,
        earlierRuns: before.map((one) => one.id)
      },
      lines: [
        `Audit run ${run.id} (${trigger}${plan.full ? ", all that is configured" : ""}): **${status}**; ${what}, started ${instant(startedAt)}` +
          `${finishedAt === null ? "" : `, ended ${instant(finishedAt)}`}.`,
        ...(isOpen
          ? [
              `${done} of ${plural(records.length, "scope")} known so far done.` +
                (status === "running" ? " Ask again in a minute." : "")
            ]
          : []),
        ...(changes === undefined ? [] : [changesLine(changes)]),
        ...(cost === undefined
          ? []
          : [`It made ${plural(cost.totalCalls, "call")} and cost about ${fineUsd(cost.usd)}.`]),
        ...(Object.keys(settings).length === 0
          ? []
          : [`Settings other than the defaults: ${JSON.stringify(settings)}.`]),
        ...(before.length === 0 ? [] : [`Earlier runs: ${before.map((one) => one.id).join(", ")}.`]),
        ...(status === "complete" && caller.tools.has("compare_runs")
          ? ["compare_runs tells what changed between two."]
          : [])
      ]
    }
  })
})
