/** Live scans on the steps of the machine: a few known scopes by themselves, many or unknown ones by the whole machine. */
import { createHash, randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Catalogue, type CatalogueEntry } from "../core/catalogue/Catalogue.ts"
import { type AuditRequest, eachPays } from "../core/config/AuditRequest.ts"
import type { Run } from "../core/run/Run.ts"
import { globalRegion, payerRegion, type Scope, scopeKindOf } from "../core/Scope.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { newestComplete, newestFull } from "../query/runs.ts"
import { type ScopeScans, startScan, waitForRuns } from "../workflows/liveScan.ts"
import { nightAtWork } from "../workflows/nightLease.ts"
import { type StepFailed, Steps } from "../workflows/Steps.ts"
import { Refusal } from "./answer/Answer.ts"
import { type LiveRequest, type LiveRun, LiveScans } from "./LiveScans.ts"
import { millisPerHour } from "../core/time.ts"

/** More scopes than this are the machine's, which divides them better. */
const maxScopes = 40

/** Of so many accounts of a run of the machine it is asked how far they are. */
const accountsCounted = 20

/** Another start of the same run is waited for no longer than this. */
const startMillis = 60_000

/** So long a run of the machine that somebody started is joined by who wants the same. */
const joinMillis = 6 * millisPerHour

const refusalOf = (error: StepFailed): Refusal =>
  new Refusal({ message: `The live scan could not be started: ${error.message}`, isFault: true })

/** Whose bill a run has read. */
const payerOf = ({ plan: { payers } }: Pick<Run, "plan">): Pick<AuditRequest, "payer"> => {
  const [only, ...others] = payers
  return only === undefined ? {} : { payer: others.length === 0 ? only : eachPays }
}

/** What the audit of a run was asked to do. Of how its accounts were chosen only the choice is known. */
const requestOf = ({ plan }: Run): AuditRequest => ({
  trigger: "query",
  accounts: plan.accounts.map(({ id }) => id),
  ...payerOf({ plan }),
  regions: plan.regions,
  excludeRegions: plan.excludeRegions,
  scans: plan.scans.map(({ name }) => name),
  settings: Object.fromEntries(plan.scans.map(({ name, settings }) => [name, settings])),
  minMonthlySavingsUsd: plan.minMonthlySavingsUsd,
  suppressTagKeys: plan.suppressTagKeys,
  ...(plan.suppressTags === undefined ? {} : { suppressTags: plan.suppressTags }),
  ...(plan.suppressions === undefined ? {} : { suppressions: plan.suppressions }),
  ...(plan.ownerTagKeys === undefined ? {} : { ownerTagKeys: plan.ownerTagKeys }),
  maxRunUsd: plan.maxRunUsd,
  full: false,
  process: null
})

/** The scopes with those of the scans that belong there. */
const scansIn = (scopes: ReadonlyArray<Scope>, entries: ReadonlyArray<CatalogueEntry>): ReadonlyArray<ScopeScans> =>
  scopes.flatMap((scope) => {
    const scans = entries.filter((entry) => entry.scope === scopeKindOf(scope)).map(({ name }) => name)
    return scans.length === 0 ? [] : [{ ...scope, scans }]
  })

/** A base request made narrower: never to more than it, nor to more than the caller may see. */
export const narrowed = (
  base: AuditRequest,
  { accounts, regions, scans, visible }: Pick<LiveRequest, "accounts" | "regions" | "scans" | "visible">,
  entries: ReadonlyArray<CatalogueEntry>
): AuditRequest | Refusal => {
  const chosen = accounts.length > 0 ? accounts : visible
  const listed = typeof base.accounts === "object" && "length" in base.accounts ? base.accounts : undefined
  const unknown = (chosen ?? []).filter(
    (account) => (visible !== null && !visible.includes(account)) || (listed !== undefined && !listed.includes(account))
  )
  if (accounts.length > 0 && unknown.length > 0) {
    return new Refusal({ message: `Account ${unknown.join(", ")} is not among those that the audit looks at.` })
  }
  const selected = chosen?.filter((account) => !unknown.includes(account))
  if (selected?.length === 0)
    return new Refusal({ message: "None of your accounts is among those that the audit looks at." })
  const real = regions.filter((region) => region !== globalRegion && region !== payerRegion)
  const isWanted = ({ name, scope }: CatalogueEntry): boolean =>
    (scans.length > 0 ? scans : base.scans).includes(name) &&
    (regions.length === 0 ||
      (scope === "regional" ? real.length > 0 : regions.includes(scope === "global" ? globalRegion : payerRegion))) &&
    // The bill is the payer's: who asks about other accounts gets none of it.
    (scope !== "payer" ||
      selected === undefined ||
      base.payer === undefined ||
      base.payer === eachPays ||
      selected.includes(base.payer))
  const names = entries.filter(isWanted).map(({ name }) => name)
  if (names.length === 0) return new Refusal({ message: "None of these scans looks at these regions or accounts." })
  return {
    ...base,
    trigger: "query",
    accounts: selected ?? base.accounts,
    regions: real.length > 0 ? real : base.regions,
    scans: names,
    settings: Object.fromEntries(Object.entries(base.settings).filter(([name]) => names.includes(name))),
    full: false
  }
}

/** Whether a run looks at all that a request is about. */
const covers = ({ plan }: Run, request: AuditRequest): boolean => {
  const scans = new Set(plan.scans.map(({ name }) => name))
  const accounts = new Set(plan.accounts.map(({ id }) => id))
  const { accounts: asked } = request
  return (
    request.scans.every((name) => scans.has(name)) &&
    (typeof asked === "object" && "length" in asked ? asked.every((id) => accounts.has(id)) : plan.full)
  )
}

/** Settings and where they are tried make one place for results. */
const namespaceOf = (settings: LiveRequest["settings"]): string =>
  createHash("sha256")
    .update(JSON.stringify(Object.entries(settings).map(([scan, values]) => [scan, Object.entries(values).sort()])))
    .digest("hex")
    .slice(0, 12)

/** How live scans are made. */
export interface LiveOptions {
  /** What the whole audit is asked to do; where it is not known, it is what the newest whole run did. */
  readonly request?: AuditRequest
  /** Whether this process stands still between two calls, so that the machine has to go on with what is not over in time. */
  readonly handsOver?: boolean
}

export const layerLiveScans = ({ handsOver = false, request }: LiveOptions = {}): Layer.Layer<
  LiveScans,
  never,
  Steps | Store | Catalogue
> =>
  Layer.effect(
    LiveScans,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const store = yield* Store
      const steps = yield* Steps
      const catalogue = yield* Catalogue

      const small = Effect.fnUntraced(function* (
        asked: LiveRequest,
        base: Run,
        scopes: ReadonlyArray<ScopeScans>
      ): Effect.fn.Return<LiveRun, Refusal | StoreError, Store> {
        const guard = yield* Store
        const configured = new Map(base.plan.scans.map(({ name, settings }) => [name, settings]))
        const isOther = Object.keys(asked.settings).length > 0
        const settingsOf = (scan: string) => ({
          ...(configured.get(scan) ?? request?.settings[scan]),
          ...asked.settings[scan]
        })
        const settings = Object.fromEntries(
          scopes.flatMap(({ scans }) => scans.map((scan) => [scan, settingsOf(scan)]))
        )
        const namespace = isOther ? namespaceOf(settings) : undefined
        const started = yield* startScan(
          {
            base,
            scopes,
            settings,
            sinceMillis: asked.sinceMillis,
            namespace,
            execution: `live:${randomUUID()}`,
            process: request?.process ?? null,
            guard: isOther ? undefined : guard
          },
          scope
        ).pipe(
          Effect.provideService(Store, store),
          Effect.provideService(Steps, steps),
          Effect.provideService(Catalogue, catalogue),
          Effect.catchTag("StepFailed", refusalOf)
        )
        const results = namespace === undefined ? guard : yield* Effect.mapError(steps.storeOf(namespace), refusalOf)
        const { own } = started
        // Settings of a place of their own are the function's alone to try.
        if (!handsOver || own === undefined || isOther) return { ...started, results }
        return {
          ...started,
          results,
          wait: (millis, onScope) =>
            Effect.tap(started.wait(millis, onScope), (state) =>
              state === "running"
                ? Effect.catch(steps.startMachine({ ...requestOf(own), resume: own.id }), (error) =>
                    Effect.logError(`run ${own.id} could not be handed over to the machine: ${error.message}`)
                  )
                : Effect.void
            )
        }
      })

      /** Starts the machine, once for all who want the same at the same time. */
      const machine = Effect.fnUntraced(function* (
        asked: AuditRequest
      ): Effect.fn.Return<string, Refusal | StoreError> {
        const execution = `live:${randomUUID()}`
        const night = yield* Effect.provideService(nightAtWork(execution), Store, store)
        if (night !== undefined && covers(night, asked)) return night.id
        const { process: _, ...wanted } = asked
        const key = `live/machine/${createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 16)}`
        const running = Effect.gen(function* () {
          const runId: unknown = yield* store.cached(key)
          if (typeof runId !== "string") return undefined
          const status = (yield* store.run(runId))?.status ?? "running"
          return status === "running" ? runId : undefined
        })
        const begin = Effect.gen(function* () {
          const before = yield* running
          if (before !== undefined) return before
          const runId = yield* Effect.mapError(steps.startMachine(asked), refusalOf)
          yield* store.cache(key, runId, new Date((yield* Clock.currentTimeMillis) + joinMillis))
          return runId
        })
        while (true) {
          const until = new Date((yield* Clock.currentTimeMillis) + startMillis)
          if ((yield* store.lease(key, execution, until)) === execution) {
            return yield* Effect.ensuring(begin, Effect.ignore(store.release(key, execution)))
          }
          yield* Effect.sleep("250 millis")
        }
      })

      const large = Effect.fnUntraced(function* (
        asked: LiveRequest,
        base: AuditRequest,
        entries: ReadonlyArray<CatalogueEntry>
      ): Effect.fn.Return<LiveRun, Refusal | StoreError, Store> {
        const results = yield* Store
        const narrow = narrowed(base, asked, entries)
        if (narrow instanceof Refusal) return yield* narrow
        const runId = yield* machine(narrow)
        let isAsked = 0
        const look = Effect.gen(function* () {
          // It takes a read for each account, so that it is not done each time.
          if ((isAsked += 1) % 4 !== 1) return { done: 0, total: 0 }
          const run = yield* store.run(runId)
          const accounts = (run?.plan.accounts ?? []).slice(0, accountsCounted)
          const records = yield* Effect.forEach(accounts, ({ id }) => store.scopeRecords(runId, id), { concurrency: 8 })
          return { done: records.flat().filter(({ done }) => done).length, total: records.flat().length }
        })
        return {
          runId,
          scopes: null,
          results,
          wait: (millis, onScope) => waitForRuns({ store, runIds: [runId], look, millis, onScope })
        }
      })

      return LiveScans.of({
        start: Effect.fn("LiveScans.start")(function* (asked) {
          const isOther = Object.keys(asked.settings).length > 0
          const run = yield* Effect.provideService(
            Effect.gen(function* () {
              return (yield* newestFull()) ?? (yield* newestComplete())
            }),
            Store,
            store
          )
          const names =
            asked.scans.length > 0 ? asked.scans : (request?.scans ?? run?.plan.scans.map(({ name }) => name))
          const entries = catalogue.all.filter(({ name }) => names?.includes(name) ?? true)
          const hidden = (asked.scopes ?? []).filter(({ account }) => asked.visible?.includes(account) === false)
          if (hidden.length > 0)
            return yield* new Refusal({ message: "These scopes are of accounts that are not yours." })
          const scopes = asked.scopes === null ? undefined : scansIn(asked.scopes, entries)
          if (run !== undefined && scopes !== undefined && scopes.length <= maxScopes)
            return yield* small(asked, run, scopes)
          if (isOther) {
            return yield* new Refusal({
              message: `Other settings than the configured ones are tried where an audit has looked, and in at most ${maxScopes} scopes at a time: name fewer accounts or regions.`
            })
          }
          const base = request ?? (run === undefined ? undefined : requestOf(run))
          if (base === undefined) {
            return yield* new Refusal({
              message: "No audit has run here yet, so that it is not known what there is to scan."
            })
          }
          return yield* large(
            asked,
            run === undefined ? base : { ...payerOf(run), ...base },
            asked.scans.length > 0 ? entries : catalogue.all.filter(({ name }) => base.scans.includes(name))
          )
        })
      })
    })
  )
