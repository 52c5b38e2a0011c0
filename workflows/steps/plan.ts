/** Resolves accounts and scans, writes the run, and answers ids. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { AwsTarget } from "../../core/aws/Aws.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { Credentials } from "../../core/aws/Credentials.ts"
import { AuditRequest } from "../../core/config/AuditRequest.ts"
import { globalRegion, type Partition } from "../../core/Scope.ts"
import type { PlannedAccount, Run } from "../../core/run/Run.ts"
import { Store } from "../../core/store/Store.ts"
import { activeAccounts, managementAccount } from "../../datasets/aws/organizations.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { Progress } from "../Progress.ts"
import { countRequests, findRun } from "./common.ts"

export const PlanInput = Schema.Struct({
  request: AuditRequest,
  /** The execution's id: the same for every try of the step, so that a repeated Plan writes the same run. */
  execution: Schema.String,
  /** ISO instant. */
  startedAt: Schema.String
})

/** `20261120T020000Z-3fa9c1`: sortable by time, and the same for every try of one execution. */
const runIdOf = (execution: string, startedAt: string): string =>
  `${new Date(startedAt).toISOString().replace(/[-:]|\.\d+/g, "")}-${createHash("sha256").update(execution).digest("hex").slice(0, 6)}`

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
    return { runId: run.id, accounts: run.plan.accounts.map(({ id }) => id) }
  }

  if (request.resume !== undefined) {
    const interrupted = yield* findRun(request.resume)
    const run: Run = { ...interrupted, status: "running", process: request.process }
    yield* store.putRun(run)
    return announce(run, true)
  }

  const credentials = yield* Credentials
  const caller = yield* credentials.caller
  const ledger = yield* CallLedger.make()
  yield* countRequests(ledger)
  const partition = (caller.arn.split(":")[1] ?? "aws") as Partition
  const registry = yield* ScanRegistry
  const scans = yield* Effect.forEach(request.scans, registry.get, { concurrency: "unbounded" })
  const needsPayer = scans.some(({ scan }) => scan.scope === "payer")

  const accounts = yield* resolveAccounts(request, needsPayer, caller.account).pipe(
    Effect.provideService(AwsTarget, { account: caller.account, region: globalRegion, partition }),
    Effect.provideService(CallLedger, ledger)
  )
  const run: Run = {
    id: runIdOf(execution, startedAt),
    status: "running",
    trigger: request.trigger,
    // Whole seconds: nobody judges by less, and two runs of one second are told apart by their ids.
    startedAt: new Date(Math.floor(Date.parse(startedAt) / 1000) * 1000).toISOString(),
    finishedAt: null,
    planningCalls: ledger.counts(),
    settled: 0,
    plan: {
      accounts,
      regions: request.regions,
      excludeRegions: request.excludeRegions,
      scans: request.scans.map((name) => ({ name, settings: request.settings[name] ?? {} })),
      minMonthlySavingsUsd: request.minMonthlySavingsUsd,
      suppressTagKeys: request.suppressTagKeys,
      maxRunUsd: request.maxRunUsd,
      partition,
      full: request.full
    },
    process: request.process,
    summary: null
  }
  const existing = yield* store.run(run.id)
  if (existing !== undefined) return announce(existing, false)
  yield* store.putRun(run)
  return announce(run, false)
})

const resolveAccounts = Effect.fnUntraced(function* (request: AuditRequest, needsPayer: boolean, caller: string) {
  const { accounts: selection } = request
  const named = (id: string): { readonly id: string; readonly name: string } => ({ id, name: "" })
  const chosen =
    selection === "self"
      ? [named(caller)]
      : "organization" in selection
        ? (yield* activeAccounts(selection.organizationalUnits ?? [])).filter(
            ({ id }) => selection.exclude?.includes(id) !== true
          )
        : [...new Set(selection)].map(named)
  if (!needsPayer) return chosen.map((account): PlannedAccount => ({ ...account, payer: false }))
  // Without an organisation, or without the permission to ask, every account is taken to pay for itself.
  const management = yield* Effect.orElseSucceed(
    Effect.map(managementAccount, (id): string | undefined => id),
    () => undefined
  )
  const payer = chosen.some(({ id }) => id === management) ? management : undefined
  return chosen.map((account): PlannedAccount => ({ ...account, payer: payer === undefined || account.id === payer }))
})
