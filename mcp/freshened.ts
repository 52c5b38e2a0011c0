/** Makes results fresh before they are read: a live scan of just what is too old, within the caller's patience. */
import * as Effect from "effect/Effect"
import type { SettingValue } from "../core/run/Outcome.ts"
import { scopeKey } from "../core/Scope.ts"
import type { Store, StoreError } from "../core/store/Store.ts"
import { type Standing, standing } from "../query/standing.ts"
import type { Refusal } from "./answer/Answer.ts"
import { LiveScans } from "./LiveScans.ts"
import { type Call, McpSettings } from "./tools/Tool.ts"

export interface FreshRequest {
  readonly scan: string
  readonly accounts: ReadonlyArray<string> | undefined
  readonly regions: ReadonlyArray<string> | undefined
  /** Those that the caller gave. */
  readonly settings: Readonly<Record<string, SettingValue>>
  /** Undefined for what the operator has set; 0 for a scan in any case. */
  readonly freshnessHours: number | undefined
}

export interface Freshened {
  readonly source: "stored" | "live" | "mixed"
  /** What became of a live scan that is not over, or could not be started. */
  readonly note: string | undefined
  /** Where the results are, if they are not in the store itself. */
  readonly results: Store["Service"] | undefined
}

const millisPerHour = 3_600_000

type Pair = NonNullable<Standing["pairs"]>[number]

/** Whether what is known of a scope is too old. Where a scan does not apply there is nothing to scan. */
const isStale =
  (limit: number) =>
  ({ outcome }: Pair): boolean => {
    if (outcome === null) return true
    const asOf = outcome.status === "not_applicable" ? outcome.asOf : outcome.lastComplete
    return asOf === null || Date.parse(asOf) < limit
  }

/** Whether the settings asked for are those with which a scope was judged. */
const hasSettings =
  (settings: FreshRequest["settings"]) =>
  ({ outcome }: Pair): boolean =>
    outcome === null ||
    Object.entries(settings).every(([name, value]) => JSON.stringify(outcome.settings[name]) === JSON.stringify(value))

export const freshened = Effect.fnUntraced(function* (
  request: FreshRequest,
  { caller, nowMillis, progress }: Call
): Effect.fn.Return<Freshened, Refusal | StoreError, Store | LiveScans> {
  const { freshnessHours, liveBudgetSeconds } = yield* McpSettings
  const { accounts = [], regions = [], scan, settings } = request
  const known = yield* standing({ accounts: request.accounts, regions: request.regions, scans: [scan] })
  const limit = nowMillis - (request.freshnessHours ?? freshnessHours) * millisPerHour
  const { pairs } = known
  const others = Object.keys(settings).length > 0 && !(pairs?.every(hasSettings(settings)) ?? false)
  const stale = others ? (pairs ?? []) : (pairs ?? []).filter(isStale(limit))
  const isOld = pairs === null ? known.asOf === null || Date.parse(known.asOf) < limit : stale.length > 0
  if (!others && !isOld) return { source: "stored", note: undefined, results: undefined }

  const live = yield* LiveScans
  const started = yield* Effect.result(
    live.start({
      scans: [scan],
      scopes: pairs === null || pairs.length === 0 ? null : stale.map(({ scope }) => scope),
      accounts: accounts.length > 0 ? accounts : (caller.accounts ?? []),
      regions,
      settings: others ? { [scan]: settings } : {}
    })
  )
  if (started._tag === "Failure") {
    if (started.failure._tag === "StoreError" || others) return yield* started.failure
    return {
      source: "stored",
      note: `These are stored results, older than asked for: ${started.failure.message}`,
      results: undefined
    }
  }
  const { results, runId, wait } = started.success
  const state = yield* wait(liveBudgetSeconds * 1000, (done, total) =>
    progress(done, total, `${scan}: ${done} of ${total} scopes`)
  )
  const places = new Set((pairs ?? []).map(({ scope }) => scopeKey(scope)))
  const all = pairs !== null && stale.length === places.size
  return {
    source: state === "finished" ? (all || others ? "live" : "mixed") : others ? "live" : "mixed",
    note:
      state === "finished"
        ? undefined
        : state === "running"
          ? `The live scan, run ${runId}, goes on; this is what is known so far. get_run with this id tells how far it is; then ask again.`
          : `The live scan, run ${runId}, failed; get_run with this id tells why. What follows is what was known before.`,
    results: others ? results : undefined
  }
})
