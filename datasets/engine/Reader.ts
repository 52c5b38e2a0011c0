/** Reads the datasets of a scope on demand: each once, started by whoever needs it first, and freed after its last reader. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { AwsTarget, isMalformedAnswer } from "../../core/aws/Aws.ts"
import { AwsError, Malformed } from "../../core/aws/AwsError.ts"
import { endpointRegion, scopeKindOf } from "../../core/Scope.ts"
import { Announcement, SeriesReader } from "../metrics/SeriesReader.ts"
import { AsOf, type Dataset, type ReadServices, withNeeds } from "./Dataset.ts"
import { PaidAnswers } from "./PaidAnswers.ts"
import { shapeOf, unreadView, type View, viewOf } from "./Evidence.ts"
import { DatasetCrashed, type ReadFailure } from "./ReadFailure.ts"
import { SharedReads } from "./SharedReads.ts"

/** What became of a dataset: its value and the calls that failed on the way, or why there is no value. */
export type Loaded =
  | {
      readonly ok: true
      readonly value: any
      /** Calls of its own, or of its inventory, that failed: there may be more items than these. */
      readonly gaps: ReadonlyArray<ReadFailure>
      /** Calls that failed for what its items are joined with: what these items say may be wrong. */
      readonly inherited: ReadonlyArray<ReadFailure>
      /** ISO instant as of which the oldest of its answers is, where some of them were not asked for again. */
      readonly asOf?: string | undefined
    }
  | { readonly ok: false; readonly error: ReadFailure }

/** Why a dataset does not have everything; none where it has. What a region does not have leaves no gap in what is looked up in it. */
export const gapsOf = (loaded: Loaded): ReadonlyArray<ReadFailure> =>
  isNotInRegion(loaded) ? [] : loaded.ok ? [...loaded.gaps, ...loaded.inherited] : [loaded.error]

/** Whether nothing was read because the region does not have the service. */
export const isNotInRegion = (loaded: Loaded): boolean =>
  !loaded.ok && loaded.error._tag === "AwsError" && loaded.error.reason._tag === "NotInRegion"

/** How a rule, or a dataset, looks things up in another dataset. What a region does not have, nothing in it uses. */
export const viewOfLoaded = (dataset: Dataset, loaded: Loaded): View<any> =>
  loaded.ok
    ? viewOf(loaded.value, gapsOf(loaded))
    : isNotInRegion(loaded)
      ? viewOf(emptyOf(dataset), [])
      : unreadView(dataset.shape, loaded.error)

const emptyOf = ({ shape }: Dataset): unknown => (shape === "map" ? new Map() : shape === "set" ? new Set() : [])

/** Reads the datasets of the current target. `planned` are all that anybody in the scope will ask for. */
export class Reader extends Context.Service<
  Reader,
  {
    /** Reads a dataset and what it needs, or waits for whoever reads it already. Never fails. */
    readonly load: (dataset: Dataset) => Effect.Effect<Loaded, never, ReadServices | SharedReads>
    /** Forgets datasets that nobody will read any more. */
    readonly free: (datasets: Iterable<Dataset>) => void
  }
>()("nightaudit/datasets/engine/Reader") {
  static readonly make = (now: Date) =>
    Effect.sync(() => {
      /** What is being read or was read. A read that was cut off ends without an answer. */
      const running = new Map<string, Deferred.Deferred<Loaded | undefined>>()

      const load = (dataset: Dataset): Effect.Effect<Loaded, never, ReadServices | SharedReads> =>
        Effect.suspend(() => {
          const existing = running.get(dataset.name)
          if (existing !== undefined) {
            return Effect.filterOrElse(
              Deferred.await(existing),
              (loaded) => loaded !== undefined,
              () => load(dataset)
            )
          }
          const answer = Deferred.makeUnsafe<Loaded | undefined>()
          running.set(dataset.name, answer)
          return read(dataset).pipe(
            Effect.tap((loaded) => Deferred.succeed(answer, loaded)),
            // A read that is cut off is started anew by whoever still waits for it.
            Effect.onInterrupt(() =>
              Effect.suspend(() => {
                running.delete(dataset.name)
                return Deferred.succeed(answer, undefined)
              })
            )
          )
        })

      const read = Effect.fnUntraced(function* (dataset: Dataset) {
        const target = yield* AwsTarget
        const shared = yield* SharedReads
        const at = (place: AwsTarget["Service"]) => Effect.provideService(readNow(dataset), AwsTarget, place)
        // A global scope reads regional datasets, such as tags, in the home region of the global services.
        return yield* dataset.scope === "regional" || dataset.scope === scopeKindOf(target)
          ? shared.kept(dataset, target, at)
          : shared.of(dataset, target, at)
      })

      const readNow = (dataset: Dataset) =>
        Effect.scoped(
          Effect.gen(function* () {
            const series = yield* SeriesReader
            // From now on until it has asked, others that ask for series may wait for it; those that it waits for itself must not.
            const withdraw =
              dataset.metrics.length === 0 || restsOnSeries(dataset)
                ? Effect.void
                : yield* Effect.acquireRelease(series.announce, (withdraw) => withdraw)
            const { wanted } = dataset
            const [needs, all] = yield* Effect.all(
              [loadEach(dataset.needs), wanted === undefined ? loadEach(dataset.evidence) : Effect.void],
              { concurrency: "unbounded" }
            )
            const values: Record<string, unknown> = {}
            const gaps: Array<ReadFailure> = []
            const inherited: Array<ReadFailure> = []
            let asOf: string | undefined
            const isAsOf = (instant: string | undefined) => {
              if (instant !== undefined && (asOf === undefined || instant < asOf)) asOf = instant
            }
            for (const [key, , loaded] of needs) {
              if (!loaded.ok) return loaded
              values[key] = loaded.value
              ;(dataset.inventory.includes(key) ? gaps : inherited).push(...loaded.gaps)
              inherited.push(...loaded.inherited)
              isAsOf(loaded.asOf)
            }
            const evidence = all ?? (yield* loadEach(wantedOf(dataset, values)))
            for (const [, , loaded] of evidence) if (loaded.ok) isAsOf(loaded.asOf)
            const views = Object.fromEntries(
              evidence.map(([key, need, loaded]) => [key, viewOfLoaded(need, loaded)] as const)
            )
            return yield* dataset.read(values, views).pipe(
              Effect.map((read): Loaded => {
                if (shapeOf(read.value) !== dataset.shape)
                  throw new Error(`it reads as a ${shapeOf(read.value)} and says ${dataset.shape}`)
                return {
                  ok: true,
                  value: read.value,
                  gaps: [...gaps, ...read.gaps],
                  inherited,
                  ...(asOf === undefined ? {} : { asOf })
                }
              }),
              Effect.catch((error) => Effect.succeed<Loaded>({ ok: false, error })),
              Effect.provideService(AsOf, now),
              Effect.provideService(Announcement, withdraw),
              Effect.provideService(PaidAnswers, { ...(yield* PaidAnswers), recalled: isAsOf }),
              Effect.withSpan("dataset", { attributes: { "dataset.name": dataset.name } })
            )
          })
        ).pipe(
          Effect.catchCauseIf(Cause.hasDies, (cause) =>
            Effect.map(AwsTarget, (target): Loaded => ({
              ok: false,
              error: failureOf(dataset, Cause.squash(cause), target)
            }))
          )
        )

      const loadEach = (datasets: Readonly<Record<string, Dataset>>) =>
        Effect.forEach(
          Object.entries(datasets),
          ([key, need]) => Effect.map(load(need), (loaded) => [key, need, loaded] as const),
          { concurrency: "unbounded" }
        )

      return Reader.of({
        load,
        free: (datasets) => {
          for (const { name } of datasets) running.delete(name)
        }
      })
    })
}

/** The evidence that a dataset wants, by what it was built from. */
const wantedOf = ({ evidence, wanted }: Dataset, values: unknown): Readonly<Record<string, Dataset>> => {
  const keys = wanted?.(values)
  return Object.fromEntries(Object.entries(evidence).filter(([key]) => keys === undefined || keys.has(key)))
}

const restsOnSeries = ({ evidence, needs }: Dataset): boolean =>
  withNeeds([...Object.values(needs), ...Object.values(evidence)]).some(({ metrics }) => metrics.length > 0)

// What an answer lacks is AWS's fault and not ours, also where a dataset found it outside of a decoder.
const failureOf = (
  dataset: Dataset,
  cause: unknown,
  { account, partition, region }: AwsTarget["Service"]
): ReadFailure =>
  isMalformedAnswer(cause)
    ? new AwsError({
        operation: dataset.operations.length === 1 ? operationName(dataset) : dataset.name,
        account,
        region: endpointRegion(region, partition),
        reason: new Malformed({ code: "MalformedAnswer", message: cause.message })
      })
    : new DatasetCrashed(dataset.name, cause)

const operationName = ({ operations: [only] }: Dataset): string => `${only?.service}:${only?.name}`
