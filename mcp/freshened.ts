/** Makes results fresh before they are read: a live scan of just what is too old, within the caller's patience. */
import * as Effect from "effect/Effect"
import { listed, plural } from "../core/format.ts"
import { Catalogue } from "../core/catalogue/Catalogue.ts"
import type { SettingValue } from "../core/run/Outcome.ts"
import { everyRegion, scopeKey } from "../core/Scope.ts"
import { storeOfAccounts } from "../core/store/storeOfAccounts.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { OnFault } from "./OnFault.ts"
import { newestFull } from "../query/runs.ts"
import { type Standing, standing } from "../query/standing.ts"
import { Refusal } from "./answer/Answer.ts"
import type { Caller } from "./Caller.ts"
import { type LiveRun, LiveScans } from "./LiveScans.ts"
import { type Call, McpSettings } from "./tools/Tool.ts"
import { millisPerHour } from "../core/time.ts"

export interface FreshRequest {
  readonly scan: string
  readonly accounts: ReadonlyArray<string> | undefined
  readonly regions: ReadonlyArray<string> | undefined
  /** Those that the caller gave. */
  readonly settings: Readonly<Record<string, SettingValue>>
  /** Undefined for what the operator has set; 0 for a scan in any case; infinite for what is there, whatever its age. */
  readonly freshnessHours: number | undefined
}

export interface Freshened {
  readonly source: "stored" | "live" | "mixed"
  /** What became of a live scan that is not over, could not be started, or could not see everything. */
  readonly note: string | undefined
  /** Where the results are, if they are not in the store itself. */
  readonly results: Store["Service"] | undefined
  /** How fresh and whole they are. */
  readonly standing: Standing
}

type Pair = NonNullable<Standing["pairs"]>[number]

const keyOf = ({ scope }: Pair): string => scopeKey(scope)

/**
 * Whether a scope was last looked at before this. Where it was looked at since then and could not be judged, the answer says why,
 * and looking again each time somebody asks would make everybody wait for the same refusal.
 */
const isStale =
  (sinceMillis: number) =>
  ({ outcome }: Pair): boolean =>
    Date.parse(outcome.asOf) < sinceMillis

const agree = (asked: FreshRequest["settings"], used: Readonly<Record<string, SettingValue>>): boolean =>
  Object.entries(asked).every(([name, value]) => JSON.stringify(used[name]) === JSON.stringify(value))

/** The settings that a scan has here where nobody asks for others, and whether the night makes it. */
const configuredOf = Effect.fnUntraced(function* (scan: string) {
  const catalogue = yield* Catalogue
  const { settings } = yield* catalogue.get(scan)
  const planned = (yield* newestFull())?.plan.scans.find(({ name }) => name === scan)
  const defaults = Object.fromEntries(settings.map((setting) => [setting.name, setting.default]))
  return { settings: { ...defaults, ...planned?.settings }, isPlanned: planned !== undefined }
})

/** Of the scopes that were to be scanned anew, those that were. */
const judgedAnew = (before: ReadonlyArray<Pair>, after: ReadonlyArray<Pair>): ReadonlySet<string> => {
  const timeOf = ({ outcome }: Pair) => (outcome.status === "not_applicable" ? outcome.asOf : outcome.lastJudged)
  const was = new Map(before.map((pair) => [keyOf(pair), timeOf(pair)]))
  return new Set(after.filter((pair) => timeOf(pair) !== (was.get(keyOf(pair)) ?? null)).map(keyOf))
}

const goesOn = ({ tools }: Caller): string =>
  tools.has("get_run") ? `get_run with this id tells how far it is; then ask again.` : `Ask again in a few minutes.`

export const freshened = Effect.fnUntraced(function* (
  request: FreshRequest,
  { caller, nowMillis, progress }: Call
): Effect.fn.Return<Freshened, Refusal | StoreError, Store | LiveScans | Catalogue> {
  const { freshnessHours, liveBudgetSeconds } = yield* McpSettings
  const { accounts = [], regions = [], scan, settings } = request
  const about = { accounts: request.accounts, regions: request.regions, scans: [scan] }
  const known = yield* standing(about)
  const configured = yield* configuredOf(scan)
  // Runs are dated by whole seconds.
  const sinceMillis = Math.floor((nowMillis - (request.freshnessHours ?? freshnessHours) * millisPerHour) / 1000) * 1000
  const { pairs } = known
  const used = (pairs ?? []).map(({ outcome }) => outcome.settings).filter((one) => Object.keys(one).length > 0)
  const isOther = !(used.length === 0 ? [configured.settings] : used).every((one) => agree(settings, one))
  const wanted = (pairs ?? []).filter((pair) =>
    isOther ? pair.outcome.status !== "not_applicable" : isStale(sinceMillis)(pair)
  )
  // A scan that is new here has no scopes yet.
  const isMissing = pairs?.length === 0 && !configured.isPlanned
  const isOld =
    pairs === null ? known.asOf === null || Date.parse(known.asOf) < sinceMillis : wanted.length > 0 || isMissing
  if (!isOther && (!isOld || sinceMillis === Number.NEGATIVE_INFINITY)) {
    return { source: "stored", note: undefined, results: undefined, standing: known }
  }

  // What stands for all regions of an account that could not be entered is no place to scan.
  const scopes = wanted.map(({ scope }) => scope).filter(({ region }) => region !== everyRegion)
  const shut = scopes.length === 0 ? wanted.map(({ scope }) => scope.account) : []
  const live = yield* LiveScans
  const budgetMillis = liveBudgetSeconds * 1000
  const started = yield* live
    .start({
      scans: [scan],
      scopes: pairs === null || scopes.length === 0 ? null : scopes,
      accounts: accounts.length > 0 ? accounts : [...new Set(shut)],
      visible: caller.accounts,
      regions,
      settings: isOther ? { [scan]: settings } : {},
      sinceMillis
    })
    .pipe(
      Effect.timeoutOrElse({
        duration: `${budgetMillis} millis`,
        orElse: () => new Refusal({ message: `The live scan did not start within ${liveBudgetSeconds} seconds.` })
      }),
      Effect.result
    )
  if (started._tag === "Failure") {
    if (started.failure._tag === "Refusal" && started.failure.isFault === true) yield* yield* OnFault
    if (isOther) return yield* started.failure
    return {
      source: "stored",
      note: `These are stored results, older than asked for, because nothing could be scanned anew: ${started.failure.message}`,
      results: undefined,
      standing: known
    }
  }
  const { results, runId, scopes: scanned, wait } = started.success
  // At once, so that whoever waits hears of it also where the scan is quick.
  if (runId !== undefined) yield* progress(0, scanned?.size ?? 0, `${scan}: live scan ${runId} has started`)
  const state =
    runId === undefined
      ? "finished"
      : yield* wait(budgetMillis, (done, total) => progress(done, total, `${scan}: ${done} of ${total} scopes`))
  const own = !isOther ? undefined : caller.accounts === null ? results : storeOfAccounts(results, caller.accounts)
  const after = yield* own === undefined ? standing(about) : Effect.provideService(standing(about), Store, own)
  const anew = judgedAnew(isOther ? [] : (pairs ?? []), after.pairs ?? [])
  const left = wanted.filter((pair) => !anew.has(keyOf(pair)))
  const stateNote = (): string | undefined =>
    state === "running"
      ? `The live scan, run ${runId}, goes on; this is what is known so far. ${goesOn(caller)}`
      : state === "failed"
        ? `The live scan, run ${runId}, did not come to its end. What follows is what was known before.`
        : left.length > 0 && pairs !== null
          ? `${plural(left.length, "scope")} of ${wanted.length} could not be judged anew; what is known of them is as old as before.`
          : undefined
  const notes = [
    isOther
      ? `Judged with ${listed(Object.keys(settings))} as asked for, apart from the nightly results: in these totals nothing is taken out that other scans claim too.`
      : undefined,
    stateNote()
  ].filter((one) => one !== undefined)
  return {
    source: sourceOf(started.success, state, { anew, after, known, isOther }),
    note: notes.length === 0 ? undefined : notes.join(" "),
    results: own,
    standing: after
  }
})

interface Outcomes {
  readonly anew: ReadonlySet<string>
  readonly known: Standing
  readonly after: Standing
  readonly isOther: boolean
}

/** Where what is answered is from. */
const sourceOf = (
  { scopes }: LiveRun,
  state: "finished" | "running" | "failed",
  { after, anew, isOther, known }: Outcomes
): Freshened["source"] => {
  const { pairs } = after
  if (pairs === null) {
    return after.asOf === known.asOf
      ? state === "finished"
        ? "mixed"
        : "stored"
      : state === "finished"
        ? "live"
        : "mixed"
  }
  const isLive = (pair: Pair) => anew.has(keyOf(pair)) && (!isOther || (scopes?.has(keyOf(pair)) ?? true))
  const count = pairs.filter(isLive).length
  return count === 0 ? "stored" : count === pairs.length ? "live" : "mixed"
}
