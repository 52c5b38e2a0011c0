/** What a run is about: its open findings, what it resolved, and what all of that comes to. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { claimantOf } from "../core/finding/claims.ts"
import type { Finding, FindingEvent } from "../core/finding/Finding.ts"
import { allAccounts, type Rollup } from "../core/run/Rollup.ts"
import type { Run } from "../core/run/Run.ts"
import { inRun } from "../core/run/inRun.ts"
import { organisationRollup, rollupOf } from "../core/run/totals.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { pageSize, seenFindings } from "./findingsOf.ts"

/** A list of more accounts or scans than this is not asked for by name; what is found is sifted instead. */
const maxNamed = 20

const few = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> | undefined =>
  values.length <= maxNamed ? values : undefined

/** The open findings of a run's scopes and scans, whichever run found them, the largest saving first, as they were seen last. */
export const openFindingsOf = (run: Run): Stream.Stream<Finding, StoreError, Store> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const store = yield* Store
      const belongs = new Map<string, ReturnType<typeof inRun>>()
      for (const { id } of run.plan.accounts) {
        belongs.set(id, inRun(run, id, yield* store.scopeRecords(run.id, id)))
      }
      return seenFindings(
        {
          statuses: ["open"],
          accounts: few(run.plan.accounts.map(({ id }) => id)),
          scans: few(run.plan.scans.map(({ name }) => name))
        },
        (finding) => belongs.get(finding.account)?.(finding) === true
      )
    })
  )

/** What a run changed, by finding. */
export const eventsOf = (runId: string): Stream.Stream<FindingEvent, StoreError, Store> =>
  Stream.paginate(undefined as string | undefined, (cursor) =>
    Effect.gen(function* () {
      const store = yield* Store
      const page = yield* store.runEvents(runId, pageSize, cursor)
      return [
        page.items,
        Option.map(Option.fromUndefinedOr(page.cursor), (next) => next as string | undefined)
      ] as const
    })
  )

/** The findings that a run resolved and that did not come back since. */
export const resolvedFindingsOf = (run: Run): Stream.Stream<Finding, StoreError, Store> =>
  eventsOf(run.id).pipe(
    Stream.filter(({ type }) => type === "resolved"),
    Stream.mapEffect(({ findingId }) => Effect.flatMap(Store, (store) => store.finding(findingId)), {
      concurrency: 16
    }),
    Stream.filter((finding): finding is Finding => finding?.status === "resolved" && finding.runId === run.id)
  )

/** What the open findings of a run come to, by every dimension: from its rollup where it has one, or by reading them once. */
export const runTotals = Effect.fn("query.runTotals")(function* (
  run: Run
): Effect.fn.Return<Rollup, StoreError, Store> {
  const store = yield* Store
  const [rolledUp] = run.plan.full ? yield* store.rollups([allAccounts]) : []
  if (rolledUp?.runId === run.id) return rolledUp
  const time = { runId: run.id, asOf: run.startedAt }
  return yield* Stream.runFold(
    Stream.grouped(openFindingsOf(run), pageSize),
    () => organisationRollup(time, []),
    (sum, findings) =>
      organisationRollup(time, [
        sum,
        ...[...Map.groupBy(findings, ({ account }) => account)].map(([account, own]) =>
          rollupOf(
            account,
            time,
            own.map(claimantOf),
            new Set(own.filter(({ savings }) => savings?.counted === true).map(({ id }) => id))
          )
        )
      ])
  )
})
