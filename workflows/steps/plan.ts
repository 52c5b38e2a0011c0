/** Resolves accounts, the payer and scans, writes the run, and answers ids. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsTarget } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { Credentials } from "../../core/aws/Credentials.ts"
import { Catalogue } from "../../core/catalogue/Catalogue.ts"
import { AuditRequest, eachPays } from "../../core/config/AuditRequest.ts"
import { type OutcomeReason, outcomeReason } from "../../core/run/Outcome.ts"
import type { PlannedAccount, Run, RunPlan } from "../../core/run/Run.ts"
import { globalRegion, type Partition, payerRegion } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { activeAccounts, managementAccount } from "../../datasets/aws/organizations.ts"
import { Progress } from "../Progress.ts"
import { takeNight } from "../nightLease.ts"
import { findRun } from "../findRun.ts"
import { checkDate } from "../runDate.ts"
import { runIdOf } from "../runId.ts"
import { countRequests } from "../runLedger.ts"
import { closeRecord, newRecord } from "../scopeRecords.ts"

export const PlanInput = Schema.Struct({
  request: AuditRequest,
  /** The execution's id: the same for every try of the step, so that a repeated Plan writes the same run. */
  execution: Schema.String,
  /** ISO instant. */
  startedAt: Schema.String
})

export const plan = Effect.fn("plan")(function* (input: unknown) {
  const { execution, request, startedAt } = yield* Schema.decodeUnknownEffect(PlanInput)(input)
  const store = yield* Store
  const progress = yield* Progress
  const announce = (run: Run, resumed: boolean) => {
    progress({
      _tag: "Planned",
      runId: run.id,
      accounts: run.plan.accounts.length,
      scans: run.plan.scans.length,
      resumed
    })
    const { accounts, payers } = run.plan
    return {
      runId: run.id,
      accounts: accounts.map(({ id }) => id),
      payers: run.plan.billing ? payers.map((account) => ({ account, region: payerRegion })) : []
    }
  }

  if (request.resume !== undefined) {
    const interrupted = yield* findRun(request.resume)
    const run: Run = { ...interrupted, status: "running", finishedAt: null, process: request.process }
    yield* takeNight(run)
    yield* store.putRun(run)
    return announce(run, true)
  }

  const id = runIdOf(execution, startedAt)
  const existing = yield* store.run(id)
  if (existing !== undefined) return announce(existing, false)
  if (request.anyDate !== true) yield* checkDate(startedAt, (yield* store.runs(1)).items[0])
  const credentials = yield* Credentials
  const caller = yield* credentials.caller
  const ledger = yield* CallLedger.make()
  yield* countRequests(ledger)
  const partition = (caller.arn.split(":")[1] ?? "aws") as Partition
  const catalogue = yield* Catalogue
  const scans = yield* Effect.forEach(request.scans, catalogue.get)
  // What somebody has just started is on no bill, and a question for every start would be paid for.
  const billing =
    request.started === undefined && scans.some(({ reads, scope }) => scope === "payer" || reads.includes("payer"))

  const { accounts, gap, payers } = yield* Effect.gen(function* () {
    const accounts = yield* resolveAccounts(request, caller.account)
    return { accounts, ...(billing ? yield* resolvePayers(request, accounts) : noPayer) }
  }).pipe(
    Effect.provideService(AwsTarget, { account: caller.account, region: globalRegion, partition }),
    Effect.provideService(CallLedger, ledger)
  )
  const run: Run = {
    id,
    status: "running",
    trigger: request.trigger,
    // Whole seconds: nobody judges by less, and two runs of one second are told apart by their ids.
    startedAt: new Date(Math.floor(Date.parse(startedAt) / 1000) * 1000).toISOString(),
    finishedAt: null,
    planningCalls: ledger.counts(),
    plan: {
      accounts,
      payers,
      payerGap: gap,
      billing,
      regions: request.regions,
      excludeRegions: request.excludeRegions,
      scans: request.scans.map((name) => ({ name, settings: request.settings[name] ?? {} })),
      minMonthlySavingsUsd: request.minMonthlySavingsUsd,
      suppressTagKeys: request.suppressTagKeys,
      ...(request.suppressTags === undefined ? {} : { suppressTags: request.suppressTags }),
      ...(request.suppressions === undefined ? {} : { suppressions: request.suppressions }),
      ...(request.ownerTagKeys === undefined ? {} : { ownerTagKeys: request.ownerTagKeys }),
      maxRunUsd: request.maxRunUsd,
      partition,
      full: request.full,
      selected: request.accounts === "self" ? "self" : "organization" in request.accounts ? "organization" : "list",
      ...(leavesOutAccounts(request.accounts) ? { leavesOutAccounts: true } : {}),
      ...(request.started === undefined ? {} : { started: request.started })
    },
    process: request.process,
    left: [],
    summary: null
  }
  yield* takeNight(run)
  const payerScans = scans.filter(({ scope }) => scope === "payer").map(({ name }) => name)
  for (const account of payers) yield* store.putScope(newRecord(run, { account, region: payerRegion }, payerScans))
  if (gap !== null && payerScans.length > 0 && payers.length === 0) {
    // The gap has its place in the coverage, like every other: with the caller, or with the first who is audited.
    const [first] = accounts
    const account = accounts.some(({ id }) => id === caller.account) ? caller.account : (first?.id ?? caller.account)
    yield* closeRecord(run, newRecord(run, { account, region: payerRegion }, payerScans), gap)
  }
  // Last: a run that is there has what its payers are to be asked, also when the step died and is repeated.
  yield* store.putRun(run)
  return announce(run, false)
})

const resolveAccounts = Effect.fnUntraced(function* (request: AuditRequest, caller: string) {
  const { accounts: selection } = request
  const named = (id: string): PlannedAccount => ({ id, name: "" })
  if (selection === "self") return [named(caller)]
  if (!("organization" in selection)) return [...new Set(selection)].map(named)
  const active = yield* activeAccounts(selection.organizationalUnits ?? [], selection.excludeOrganizationalUnits ?? [])
  return active.filter(({ id }) => selection.exclude?.includes(id) !== true)
})

const leavesOutAccounts = (accounts: AuditRequest["accounts"]): boolean =>
  typeof accounts === "object" &&
  (!("organization" in accounts) ||
    [accounts.exclude, accounts.organizationalUnits, accounts.excludeOrganizationalUnits].some(
      (ids) => ids !== undefined && ids.length > 0
    ))

interface Payers {
  readonly payers: RunPlan["payers"]
  readonly gap: OutcomeReason | null
}

const noPayer: Payers = { payers: [], gap: null }

/**
 * Whose billing data is read: the account that is configured, or the management account where it is part of the audit. An account
 * without an organisation pays for itself, and one that is audited alone is asked for its own part of the bill. Of several each has
 * to be paid for, so that they are asked where the configuration says so: never beside the management account, whose bill has theirs in it.
 * Nobody becomes a payer because something could not be asked.
 */
const resolvePayers = Effect.fnUntraced(function* (request: AuditRequest, accounts: ReadonlyArray<PlannedAccount>) {
  if (request.payer !== undefined && request.payer !== eachPays)
    return { payers: [request.payer], gap: null } satisfies Payers
  const management = yield* Effect.result(managementAccount)
  if (management._tag === "Failure") {
    return management.failure.reason._tag === "NotEnabled"
      ? ({ payers: accounts.map(({ id }) => id), gap: null } satisfies Payers)
      : ({ payers: [], gap: payerUnknown(management.failure) } satisfies Payers)
  }
  const payer = management.success
  if (accounts.some(({ id }) => id === payer)) return { payers: [payer], gap: null } satisfies Payers
  return request.accounts === "self" || request.payer === eachPays
    ? ({ payers: accounts.map(({ id }) => id), gap: null } satisfies Payers)
    : ({ payers: [], gap: payerNotIncluded(payer) } satisfies Payers)
})

const payerUnknown = (error: AwsError): OutcomeReason => ({
  ...outcomeReason(error),
  code: "payer_unknown",
  message: `it is not known which account pays (${error.summary}): set "payer" to it in the configuration, or allow the call`
})

const payerNotIncluded = (payer: string): OutcomeReason => ({
  code: "payer_not_included",
  message:
    `account ${payer} pays for the organisation and is not part of the audit, so nothing about the bill, discounts and ` +
    `recommendations of AWS is known: add the account, or set "payer" to it in the configuration. Where nobody may enter it, ` +
    `"payer": "${eachPays}" asks every account for its own part of the bill, for some $0.25 an account on the first night and $0.07 on later ones`
})
