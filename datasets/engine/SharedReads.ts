/**
 * Reads that outlive one scope. What belongs to the whole account or to the payer is read once in a run and stored, and every
 * region reads the stored copy, also in another process. What costs money is kept for hours.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import type { AwsTarget } from "../../core/aws/Aws.ts"
import { AwsError, Unavailable } from "../../core/aws/AwsError.ts"
import { fromPlain, toPlain } from "../../core/json.ts"
import { hoursOfRun } from "../../core/run/Run.ts"
import { readingKey } from "../../core/run/storedReading.ts"
import { globalRegion, payerRegion, type Scope, scopeKey } from "../../core/Scope.ts"
import { Store } from "../../core/store/Store.ts"
import { isoDay, millisPerDay } from "../../core/time.ts"
import { AskAgain, type Dataset } from "./Dataset.ts"
import type { Loaded } from "./Reader.ts"
import type { ReadFailure } from "./ReadFailure.ts"

type Target = AwsTarget["Service"]

/** Reads a dataset of the target. */
type ReadAt<R> = (target: Target) => Effect.Effect<Loaded, never, R>

export class SharedReads extends Context.Service<
  SharedReads,
  {
    /** Of a wider scope than the target: the stored copy; where there is none, the account's own is read and stored. */
    readonly of: <R>(dataset: Dataset, target: Target, read: ReadAt<R>) => Effect.Effect<Loaded, never, R>
    /** Of the target itself: read, and stored where somebody else may want it. Paid answers come from the store for hours. */
    readonly kept: <R>(dataset: Dataset, target: Target, read: ReadAt<R>) => Effect.Effect<Loaded, never, R>
  }
>()("nightaudit/datasets/engine/SharedReads") {
  /** For one run, in one process. `payers` are the accounts whose billing data counts. */
  static readonly make = (run: { readonly id: string; readonly now: Date; readonly payer: string | undefined }) =>
    Effect.gen(function* () {
      const store = yield* Store
      // One at a time: whoever comes second finds what the first one stored.
      const turns = yield* Semaphore.make(1)
      const held = new Map<string, Loaded>()
      const keyOf = (dataset: Dataset, account: string, region: string) =>
        storedKey(run.id, { account, region }, dataset)

      const dailyKey = (dataset: Dataset, account: string, region: string) =>
        `paid/${scopeKey({ account, region })}/${dataset.name}/${isoDay(run.now)}`

      const stored = Effect.fnUntraced(function* (key: string) {
        const inProcess = held.get(key)
        if (inProcess !== undefined) return inProcess
        const plain = yield* Effect.orElseSucceed(store.cached(key), () => undefined)
        if (plain === undefined) return undefined
        const loaded = loadedOf(plain)
        held.set(key, loaded)
        return loaded
      })

      const put = Effect.fnUntraced(function* (key: string, loaded: Loaded, hours: number) {
        const plain = plainOf(loaded)
        if (plain === undefined) return
        const expires = new Date((yield* Clock.currentTimeMillis) + (hours / 24) * millisPerDay)
        yield* Effect.ignore(store.cache(key, plain, expires))
      })

      const kept = Effect.fnUntraced(function* <R>(dataset: Dataset, target: Target, read: ReadAt<R>) {
        const { account, region } = target
        if (dataset.scope === "regional") return yield* read(target)
        const daily = dailyKey(dataset, account, region)
        const key = keyOf(dataset, account, region)
        const before = yield* stored(key)
        if (before !== undefined) return before
        const paid = dataset.cacheHours === undefined || (yield* AskAgain) ? undefined : yield* stored(daily)
        const loaded = paid ?? (yield* read(target))
        held.set(key, loaded)
        yield* put(key, loaded, hoursOfRun)
        if (paid === undefined && dataset.cacheHours !== undefined && loaded.ok && loaded.gaps.length === 0) {
          yield* put(daily, loaded, dataset.cacheHours)
        }
        return loaded
      })

      return SharedReads.of({
        kept,
        of: (dataset, target, read) =>
          turns.withPermits(1)(
            Effect.gen(function* () {
              const account = dataset.scope === "payer" ? run.payer : target.account
              const region = dataset.scope === "payer" ? payerRegion : globalRegion
              const before = account === undefined ? undefined : yield* stored(keyOf(dataset, account, region))
              if (before !== undefined) return before
              // What another run of the day has paid for is as good for this one.
              const paid =
                account === undefined || dataset.cacheHours === undefined
                  ? undefined
                  : yield* stored(dailyKey(dataset, account, region))
              if (paid !== undefined) return paid
              // Billing data is the payer's: a member account has another bill, and asking it would cost money.
              if (dataset.scope === "payer") return { ok: false, error: notRead(dataset, target.account) } as Loaded
              return yield* kept(dataset, { ...target, region }, read)
            })
          )
      })
    })

  static readonly layer = (run: { readonly id: string; readonly now: Date; readonly payer: string | undefined }) =>
    Layer.effect(SharedReads, SharedReads.make(run))

  /** Keeps nothing and shares nothing: every read is made. For tests of datasets. */
  static readonly layerNone = Layer.succeed(SharedReads, {
    of: (dataset, target, read) => read({ ...target, region: dataset.scope === "payer" ? payerRegion : globalRegion }),
    kept: (_, target, read) => read(target)
  })
}

const storedKey = (runId: string, scope: Scope, dataset: Dataset): string => readingKey(runId, scope, dataset.name)

const encodeErrors = Schema.encodeSync(Schema.Array(AwsError))
const decodeErrors = Schema.decodeUnknownSync(Schema.Array(AwsError))

/** What is stored of a read: also that it failed, so that nobody asks again in the same run. A bug is not kept. */
const plainOf = (loaded: Loaded): unknown => {
  const isOfAws = (failure: ReadFailure): failure is AwsError => failure instanceof AwsError
  if (!loaded.ok) return isOfAws(loaded.error) ? { error: encodeErrors([loaded.error]) } : undefined
  const { asOf, gaps, inherited, value } = loaded
  return gaps.every(isOfAws) && inherited.every(isOfAws)
    ? {
        value: toPlain(value),
        gaps: encodeErrors(gaps),
        inherited: encodeErrors(inherited),
        ...(asOf === undefined ? {} : { asOf })
      }
    : undefined
}

const loadedOf = (plain: any): Loaded => {
  const [error] = plain.error === undefined ? [] : decodeErrors(plain.error)
  return error === undefined
    ? {
        ok: true,
        value: fromPlain(plain.value),
        gaps: decodeErrors(plain.gaps),
        inherited: decodeErrors(plain.inherited),
        ...(plain.asOf === undefined ? {} : { asOf: plain.asOf })
      }
    : { ok: false, error }
}

const notRead = (dataset: Dataset, account: string) =>
  new AwsError({
    operation: dataset.name,
    account,
    region: payerRegion,
    reason: new Unavailable({ code: "NotRead", message: "the payer's billing data was not read in this run" })
  })
