/** Enters an account and lists its scopes. An account that cannot be entered is a gap, and the run goes on. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsTarget } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { AccountId, everyRegion, globalRegion, payerRegion } from "../../core/Scope.ts"
import { type OutcomeReason, outcomeReason } from "../../core/run/Outcome.ts"
import { Store } from "../../core/store/Store.ts"
import { describeRegions, enabledRegions } from "../../datasets/aws/regions.ts"
import { Progress } from "../Progress.ts"
import { closeRecord, enterAccount, findRun, newRecord, plannedScans, runLedger } from "./common.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"

export const DiscoverInput = Schema.Struct({ runId: Schema.String, account: AccountId })

export const discover = Effect.fn("discover")(function* (input: unknown) {
  const { account, runId } = yield* Schema.decodeUnknownEffect(DiscoverInput)(input)
  const store = yield* Store
  const progress = yield* Progress
  const run = yield* findRun(runId)
  const { plan } = run
  const planned = yield* plannedScans(run)
  const namesOf = (kind: "regional" | "global" | "payer") =>
    planned.filter(({ scan }) => scan.scope === kind).map(({ name }) => name)

  const ledger = yield* runLedger(run)
  const regions = yield* Effect.gen(function* () {
    const session = yield* enterAccount(account, [describeRegions.action], ledger)
    // Global scans alone need no list of regions, and an account that denies it is still worth its global scans.
    return namesOf("regional").length === 0
      ? []
      : yield* Effect.provideService(enabledRegions, AwsTarget, {
          account,
          region: globalRegion,
          partition: plan.partition,
          session
        })
  }).pipe(Effect.provideService(CallLedger, ledger), Effect.result)

  if (regions._tag === "Failure") {
    const reason = notEntered(regions.failure)
    const expected = planned.filter(
      ({ scan }) => scan.scope !== "payer" || plan.accounts.some(({ id, payer }) => id === account && payer)
    )
    const record = newRecord(
      run,
      account,
      everyRegion,
      expected.map(({ name }) => name)
    )
    yield* closeRecord(run, { ...record, calls: ledger.counts() }, reason)
    progress({ _tag: "AccountUnavailable", account, reason })
    return { runId, account, regions: [] }
  }

  const enabled = new Set(regions.success)
  const wanted = plan.regions.length === 0 ? regions.success : plan.regions
  const regional = wanted.filter((region) => !plan.excludeRegions.includes(region))
  const payer = plan.accounts.some(({ id, payer }) => id === account && payer)
  const scopes = [
    ...regional.map((region) => [region, namesOf("regional")] as const),
    [globalRegion, namesOf("global")] as const,
    ...(payer ? [[payerRegion, namesOf("payer")] as const] : [])
  ].filter(([, names]) => names.length > 0)

  for (const [index, [region, names]] of scopes.entries()) {
    const record = (yield* store.scopeRecord(runId, { account, region })) ?? {
      ...newRecord(run, account, region, names),
      // The account's first scope carries what discovering cost.
      calls: index === 0 ? ledger.counts() : []
    }
    if (region !== globalRegion && region !== payerRegion && !enabled.has(region)) {
      yield* closeRecord(run, record, {
        code: "region_off",
        message: `the region ${region} is not enabled in the account`
      })
    } else yield* store.putScope(record)
  }
  progress({ _tag: "Discovered", account, regions: regional.length })
  return { runId, account, regions: scopes.map(([region]) => region) }
})

const notEntered = (error: AwsError): OutcomeReason =>
  error.operation === "sts:AssumeRole"
    ? { code: "account_not_entered", message: `the account could not be entered: ${error.summary}` }
    : outcomeReason(error)
