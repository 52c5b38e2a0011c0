/** Enters an account and lists its scopes. An account that cannot be entered is a gap, and the run goes on. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsTarget } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import { HomeRegion } from "../../core/config/HomeRegion.ts"
import { type OutcomeReason, outcomeReason } from "../../core/run/Outcome.ts"
import { wantsRegion } from "../../core/run/inRun.ts"
import { AccountId, everyRegion, globalRegion, payerRegion } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { describeRegions, regions } from "../../datasets/aws/regions.ts"
import { enterAccount } from "../enterAccount.ts"
import { takeNight } from "../nightLease.ts"
import { Progress } from "../Progress.ts"
import { findRun } from "../findRun.ts"
import { runLedger } from "../runLedger.ts"
import { closeRecord, newRecord } from "../scopeRecords.ts"
import { groupsOfAccount } from "../together.ts"

export const DiscoverInput = Schema.Struct({ runId: Schema.String, account: AccountId })

export const discover = Effect.fn("discover")(function* (input: unknown) {
  const { account, runId } = yield* Schema.decodeUnknownEffect(DiscoverInput)(input)
  const store = yield* Store
  const progress = yield* Progress
  const catalogue = yield* Catalogue
  const homeRegion = yield* HomeRegion
  const run = yield* findRun(runId)
  yield* takeNight(run)
  const { plan } = run
  const entries = yield* Effect.forEach(plan.scans, ({ name }) => catalogue.get(name))
  const regional = entries.filter(({ scope }) => scope === "regional")
  const global = entries.filter(({ scope }) => scope === "global")
  const namesOf = (scans: typeof entries) => scans.map(({ name }) => name)

  const ledger = yield* runLedger(run)
  const unavailable = Effect.fnUntraced(function* (reason: OutcomeReason) {
    const record = newRecord(run, { account, region: everyRegion }, namesOf([...regional, ...global]))
    yield* closeRecord(run, { ...record, calls: ledger.counts() }, reason)
    progress({ _tag: "AccountUnavailable", account, reason })
    return { runId, account, groups: [], shared: false }
  })
  const target = { account, partition: plan.partition }
  const entered = yield* Effect.result(enterAccount(account, [describeRegions.action], ledger))
  if (entered._tag === "Failure") {
    return yield* unavailable(notEntered(entered.failure))
  }
  // Global scans alone need no list of regions.
  const listed =
    regional.length === 0
      ? undefined
      : yield* regions.pipe(
          // A service control policy may deny every region but those that the organisation works in.
          Effect.provideService(AwsTarget, { ...target, region: homeRegion, session: entered.success }),
          Effect.provideService(CallLedger, ledger),
          Effect.result
        )

  const before = (yield* store.regionsOf(account)).filter((region) => region !== globalRegion && region !== payerRegion)
  const isWanted = wantsRegion(plan)
  if (listed?._tag === "Failure" && plan.regions.length === 0) return yield* unavailable(outcomeReason(listed.failure))
  // Regions that the user names are scanned also where the list is denied.
  const known = listed?._tag === "Success" ? listed.success : undefined
  const enabled =
    known === undefined ? plan.regions : [...known].flatMap(([region, isEnabled]) => (isEnabled ? [region] : []))
  const wanted = enabled.filter(isWanted).sort()
  const off = [...new Set([...plan.regions, ...before])].filter(
    (region) => regional.length > 0 && isWanted(region) && !wanted.includes(region)
  )

  const scopes = [
    ...(regional.length === 0 ? [] : wanted.map((region) => ({ region, scans: namesOf(regional) }))),
    ...(global.length === 0 ? [] : [{ region: globalRegion, scans: namesOf(global) }])
  ]
  const recordOf = Effect.fnUntraced(function* (region: string, scans: ReadonlyArray<string>, isFirst: boolean) {
    const existing = yield* store.scopeRecord(runId, { account, region })
    // The account's first scope carries what discovering cost.
    return existing ?? { ...newRecord(run, { account, region }, scans), calls: isFirst ? ledger.counts() : [] }
  })
  for (const [index, { region, scans }] of scopes.entries()) {
    yield* store.putScope(yield* recordOf(region, scans, index === 0))
  }
  for (const region of off) {
    const reason = regionOff(region, known?.has(region), before.includes(region))
    yield* closeRecord(run, yield* recordOf(region, namesOf(regional), scopes.length === 0), reason)
  }
  progress({ _tag: "Discovered", account, regions: wanted.length })
  const shared = regional.some(({ reads }) => reads.includes("global"))
  const groups = yield* groupsOfAccount(
    account,
    scopes.map(({ region }) => region)
  )
  return { runId, account, groups, shared: shared && wanted.length > 0 }
})

const notEntered = (error: AwsError): OutcomeReason =>
  error.operation === "sts:AssumeRole"
    ? { code: "account_not_entered", message: `the account could not be entered: ${error.summary}` }
    : outcomeReason(error)

/** What exists in a region that was switched off is still there, and still billed. */
const regionOff = (region: string, isListed: boolean | undefined, wasThere: boolean): OutcomeReason => ({
  code: "region_off",
  message:
    isListed === false
      ? `the region ${region} is not in the account's list of regions${wasThere ? " any more" : ""}`
      : `the region ${region} is not enabled in the account${wasThere ? " any more; what was found there is kept" : ""}`
})
