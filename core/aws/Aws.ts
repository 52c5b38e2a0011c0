/** The only door to AWS: typed errors, one retry policy, one limiter, every request counted. */
import { isThrottlingError } from "@smithy/core/retry"
import type { SdkError } from "@smithy/types"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { endpointRegion, type Partition, type Scope } from "../Scope.ts"
import { AwsError, Malformed, NotInRegion, OverBudget, reasonOf, triesLeft } from "./AwsError.ts"
import { CallLedger } from "./CallLedger.ts"
import type { Session } from "./Credentials.ts"
import { type Operation, operationKey } from "./operation.ts"
import { makeLimiter, RateOf } from "./RateLimits.ts"
import { serviceExists } from "./serviceRegions.ts"
import { Transport } from "./Transport.ts"

/** The scope that calls are made for, and its partition. */
export class AwsTarget extends Context.Service<
  AwsTarget,
  Scope & {
    readonly partition: Partition
    /** What signs the calls; absent for the process's own credentials. */
    readonly session?: Session | undefined
  }
>()("nightaudit/core/aws/AwsTarget") {}

/** What a list gave: its items, and the calls that failed after the first page. */
export interface Listed<A> {
  readonly items: ReadonlyArray<A>
  readonly gaps: ReadonlyArray<AwsError>
}

/** Full-jitter exponential backoff, at most 10 seconds apart, for one minute. */
const backoff = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("10 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ duration: "1 minute" })
)

/** Overrides how failed calls are repeated, for example with a short schedule where an emulator is never throttled. */
export const RetrySchedule = Context.Reference<Schedule.Schedule<unknown, unknown>>(
  "nightaudit/core/aws/RetrySchedule",
  {
    defaultValue: () => backoff
  }
)

export type AwsServices = Aws | AwsTarget | CallLedger

export class Aws extends Context.Service<
  Aws,
  {
    readonly send: <Input extends object, Output>(
      operation: Operation<Input, Output>,
      input: Input
    ) => Effect.Effect<Output, AwsError, AwsTarget | CallLedger>
  }
>()("nightaudit/core/aws/Aws") {
  static readonly layer = Layer.effect(
    Aws,
    Effect.gen(function* () {
      const transport = yield* Transport
      const acquire = yield* makeLimiter

      const send = Effect.fnUntraced(function* (operation: Operation, input: object) {
        const { account, partition, region: scopeRegion, session } = yield* AwsTarget
        const ledger = yield* CallLedger
        const schedule = yield* RetrySchedule
        const rateOf = yield* RateOf
        const region = endpointRegion(scopeRegion, partition)
        const name = operationKey(operation)
        const usd = operation.paid?.usd(input) ?? 0
        const destination = { account, region, ...(session === undefined ? {} : { session }) }
        const fail = (reason: AwsError["reason"]) => new AwsError({ operation: name, account, region, reason })

        if (serviceExists(operation.service, region) === false) {
          const message = `${operation.service} is not in ${region}`
          return yield* fail(new NotInRegion({ code: "NotInRegion", message }))
        }

        const attempt = Effect.gen(function* () {
          if (usd > 0 && !(yield* ledger.reserve(usd))) {
            const message = `not called: the run would cost more than its cap (this call: $${usd.toFixed(4)})`
            return yield* fail(new OverBudget({ code: "OverBudget", message }))
          }
          const { bucket, rate } = rateOf(operation)
          yield* acquire(`${account}/${region}/${bucket}`, rate)
          ledger.sent(operation, usd)
          return yield* Effect.tryPromise({
            try: (signal) => transport.send(operation, input, destination, signal),
            catch: (cause) => {
              if (isThrottlingError(cause as SdkError)) ledger.throttled(operation)
              return fail(reasonOf(cause, name))
            }
          })
        })

        return yield* attempt.pipe(
          Effect.withSpan(name, {
            kind: "client",
            attributes: { "cloud.account.id": account, "cloud.region": region }
          }),
          Effect.retry({ schedule, while: triesLeft() })
        )
      })
      return Aws.of({
        send: send as Aws["Service"]["send"]
      })
    })
  )
}

/** Sends one request and yields its answer. */
export const send = <Input extends object, Output>(
  operation: Operation<Input, Output>,
  input: Input
): Effect.Effect<Output, AwsError, AwsServices> => Effect.flatMap(Aws, (aws) => aws.send(operation, input))

/**
 * Reads every page of a list. `items` decodes a page and is the place to keep only what is judged: 100,000 SDK objects do
 * not fit in a Lambda. A failed first page fails the list; a later one leaves a gap and keeps what was read.
 */
export const list = Effect.fnUntraced(function* <Input extends object, Output, A>(
  operation: Operation<Input, Output>,
  input: Input,
  items: (page: Output) => ReadonlyArray<A>
): Effect.fn.Return<Listed<A>, AwsError, AwsServices> {
  const { paging } = operation
  const target = yield* AwsTarget
  const all: Array<A> = []
  let token: unknown
  while (true) {
    const request = {
      ...input,
      ...(paging?.size === undefined ? {} : { [paging.size[0]]: paging.size[1] }),
      ...(paging === undefined || token === undefined ? {} : { [paging.input]: token })
    } as Input
    const page: Effect.Effect<Output, AwsError, AwsServices> = send(operation, request)
    const read = page.pipe(
      Effect.flatMap((output) =>
        Effect.try({
          try: () => ({ output, items: items(output) }),
          catch: (cause) =>
            new AwsError({
              operation: operationKey(operation),
              account: target.account,
              region: endpointRegion(target.region, target.partition),
              reason:
                cause instanceof MissingField
                  ? new Malformed({ code: "MissingField", message: cause.message })
                  : reasonOf(cause)
            })
        })
      )
    )
    if (token === undefined) {
      const first = yield* read
      for (const item of first.items) all.push(item)
      token = paging === undefined ? undefined : nextToken(first.output, paging.output)
    } else {
      const result = yield* Effect.result(read)
      if (result._tag === "Failure") return { items: all, gaps: [result.failure] }
      for (const item of result.success.items) all.push(item)
      const next = nextToken(result.success.output, paging?.output ?? "")
      // A service that answers the token it was sent would be read for ever.
      token = next === token ? undefined : next
    }
    if (token === undefined) return { items: all, gaps: [] }
  }
})

/** The items of a list that must not be cut off: it fails with its first gap. */
export const complete = <A>(
  listed: Effect.Effect<Listed<A>, AwsError, AwsServices>
): Effect.Effect<ReadonlyArray<A>, AwsError, AwsServices> =>
  Effect.flatMap(listed, ({ gaps, items }) => (gaps[0] === undefined ? Effect.succeed(items) : Effect.fail(gaps[0])))

// AWS ends a list with an absent or an empty token.
const nextToken = (output: unknown, field: string): unknown => {
  let value: any = output
  for (const part of field.split(".")) value = value?.[part]
  return value === "" || value === null ? undefined : value
}

class MissingField extends Error {}

/** A field that the product relies on. Its absence makes the answer malformed, not the resource unused. */
export const required = <A>(value: A | null | undefined, field: string): A => {
  if (value === undefined || value === null) throw new MissingField(`${field} is missing`)
  return value
}
