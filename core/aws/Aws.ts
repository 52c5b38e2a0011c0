/** The only door to AWS: typed errors, one retry policy, one limiter, every request counted. */
import { isThrottlingError } from "@smithy/core/retry"
import type { SdkError } from "@smithy/types"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { endpointRegion, type Partition, type Scope } from "../Scope.ts"
import {
  AwsError,
  isWrongType,
  Malformed,
  NotInRegion,
  OverBudget,
  reasonOf,
  triesLeft,
  wrongTypeMessage
} from "./AwsError.ts"
import { CallLedger } from "./CallLedger.ts"
import type { Session } from "./Credentials.ts"
import { type ListOperation, type Operation, operationKey } from "./operation.ts"
import { makeLimiter, RateOf } from "./RateLimits.ts"
import { RetrySchedule } from "./retry.ts"
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

export { RetrySchedule } from "./retry.ts"

export type AwsServices = Aws | AwsTarget | CallLedger

export class Aws extends Context.Service<
  Aws,
  {
    /** `units` is what the call will probably be billed for, for operations whose price the input does not tell. */
    readonly send: <Input extends object, Output>(
      operation: Operation<Input, Output>,
      input: Input,
      units?: number
    ) => Effect.Effect<Output, AwsError, AwsTarget | CallLedger>
  }
>()("nightaudit/core/aws/Aws") {
  static readonly layer = Layer.effect(
    Aws,
    Effect.gen(function* () {
      const transport = yield* Transport
      const acquire = yield* makeLimiter

      const send = Effect.fnUntraced(function* (operation: Operation, input: object, units?: number) {
        const { account, partition, region: scopeRegion, session } = yield* AwsTarget
        const ledger = yield* CallLedger
        const schedule = yield* RetrySchedule
        const rateOf = yield* RateOf
        const region = endpointRegion(scopeRegion, partition)
        const name = operationKey(operation)
        const usd = operation.paid?.usd(input, units) ?? 0
        const destination = { account, region, ...(session === undefined ? {} : { session }) }
        const fail = (reason: AwsError["reason"]) => new AwsError({ operation: name, account, region, reason })

        if (serviceExists(operation.service, region) === false) {
          const message = `${operation.service} is not in ${region}`
          return yield* fail(new NotInRegion({ code: "NotInRegion", message }))
        }

        const attempt = Effect.gen(function* () {
          if (usd > 0 && !(yield* ledger.reserve(usd))) {
            const why = ledger.capUsd === 0 ? "the run makes no paid calls" : "the run would cost more than its cap"
            const message = `not called: ${why} (this call: $${usd.toFixed(4)})`
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

/** The error of a call whose answer is not what its model promises. */
export const malformed = (operation: Operation, message: string): Effect.Effect<AwsError, never, AwsTarget> =>
  Effect.map(
    AwsTarget,
    ({ account, partition, region }) =>
      new AwsError({
        operation: operationKey(operation),
        account,
        region: endpointRegion(region, partition),
        reason: new Malformed({ code: "MalformedAnswer", message })
      })
  )

/** Decodes an answer. What a decoder finds missing makes the answer malformed; anything else that it throws is a bug. */
const decoded = <Output, A>(
  operation: Operation,
  output: Output,
  decode: (output: Output) => A
): Effect.Effect<A, AwsError, AwsTarget> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(decode(output))
    } catch (cause) {
      if (isMalformedAnswer(cause))
        return Effect.flatMap(malformed(operation, cause.message), (error) => Effect.fail(error))
      if (isWrongType(cause))
        return Effect.flatMap(malformed(operation, wrongTypeMessage), (error) => Effect.fail(error))
      return Effect.die(cause)
    }
  })

/** Sends one request and yields its answer, decoded to what is judged. */
export const send: {
  <Input extends object, Output>(
    operation: Operation<Input, Output>,
    input: Input
  ): Effect.Effect<Output, AwsError, AwsServices>
  <Input extends object, Output, A>(
    operation: Operation<Input, Output>,
    input: Input,
    decode: (output: Output) => A
  ): Effect.Effect<A, AwsError, AwsServices>
} = <Input extends object, Output>(
  operation: Operation<Input, Output>,
  input: Input,
  decode: (output: Output) => unknown = (output) => output
): Effect.Effect<any, AwsError, AwsServices> =>
  Effect.flatMap(
    Effect.flatMap(Aws, (aws) => aws.send(operation, input)),
    (output) => decoded(operation, output, decode)
  )

/** Pages without an item, one after the other, after which a list is taken to have no end. AWS may send a few where it filters. */
const maxEmptyPages = 100

/** Sends a request whose price its input does not tell: it is paid for by so many units, which its caller has estimated. */
export const sendFor = <Input extends object, Output, A>(
  operation: Operation<Input, Output>,
  input: Input,
  units: number,
  decode: (output: Output) => A
): Effect.Effect<A, AwsError, AwsServices> =>
  Effect.flatMap(
    Effect.flatMap(Aws, (aws) => aws.send(operation, input, units)),
    (output) => decoded(operation, output, decode)
  )

/** What makes an item of a list the same one when it stands on two pages: its ARN or id, or else all that is kept of it. */
const identityOf = (item: unknown): string => {
  if (typeof item === "string") return item
  const { arn, id } = (item ?? {}) as { readonly arn?: unknown; readonly id?: unknown }
  const identity = arn ?? id
  return typeof identity === "string" && identity !== "" ? identity : JSON.stringify(item)
}

/**
 * Reads every page of a list. `items` decodes what stands on a page and is the place to keep only what is judged: 100,000 SDK
 * objects do not fit in a Lambda. A failed first page fails the list; a later one, a token that was seen before or is no token,
 * and a row of empty pages without end leave a gap and keep what was read. An item that stands on two pages counts once. A list that
 * is never empty fails where it has no item.
 */
export const list = Effect.fnUntraced(function* <Input extends object, Output, Item, A>(
  operation: ListOperation<Input, Output, Item>,
  input: Input,
  items: (listed: ReadonlyArray<Item>, page: Output) => ReadonlyArray<A>
): Effect.fn.Return<Listed<A>, AwsError, AwsServices> {
  const { items: field, neverEmpty = false, paging } = operation
  const all: Array<A> = []
  const known = new Set<string>()
  const tokens = new Set<string>()
  let emptyPages = 0
  let isEmpty = true
  let token: string | undefined
  const gap = (error: AwsError): Listed<A> => ({ items: all, gaps: [error] })
  while (true) {
    const request = {
      ...input,
      ...(paging?.size === undefined ? {} : { [paging.size[0]]: paging.size[1] }),
      ...(paging === undefined || token === undefined ? {} : { [paging.input]: token })
    } as Input
    const page = send(operation, request, (output) => ({
      next: paging === undefined ? undefined : nextToken(output, paging.output),
      listed: listOf(output, field).length,
      items: items(listOf(output, field), output)
    }))
    const read = yield* Effect.result(page)
    if (read._tag === "Failure") {
      if (token === undefined) return yield* read.failure
      return gap(read.failure)
    }
    isEmpty &&= read.success.listed === 0
    // Most lists have one page, on which nothing stands twice.
    if (token !== undefined && known.size === 0) for (const item of all) known.add(identityOf(item))
    for (const item of read.success.items) {
      if (token !== undefined) {
        const identity = identityOf(item)
        if (known.has(identity)) continue
        known.add(identity)
      }
      all.push(item)
    }
    const { next } = read.success
    if (next === undefined) {
      return neverEmpty && isEmpty
        ? yield* yield* malformed(operation, `${field.name} is empty, and there always is something in it`)
        : { items: all, gaps: [] }
    }
    if (typeof next !== "string") return gap(yield* malformed(operation, `the token of the next page is no text`))
    if (tokens.has(next)) return gap(yield* malformed(operation, "the list goes in circles: a page's token came twice"))
    emptyPages = read.success.items.length === 0 ? emptyPages + 1 : 0
    if (emptyPages >= maxEmptyPages) {
      return gap(yield* malformed(operation, `${maxEmptyPages} pages in a row had no item`))
    }
    tokens.add(next)
    token = next
  }
})

const listOf = <Output, Item>(
  output: Output,
  { emptyWhen, name, of }: ListOperation<any, Output, Item>["items"]
): ReadonlyArray<Item> => {
  const listed = of(output)
  if (listed === undefined && emptyWhen?.(output) === true) return []
  if (!Array.isArray(listed)) throw new MissingField(`${name} is missing`)
  if (listed.some((item) => item === null || item === undefined))
    throw new MissingField(`an item of ${name} is missing`)
  return listed
}

/** A list that must not be cut off: it fails with its first gap. */
export const wholeList = <A>(
  listed: Effect.Effect<Listed<A>, AwsError, AwsServices>
): Effect.Effect<Listed<A>, AwsError, AwsServices> =>
  Effect.tap(listed, ({ gaps: [first] }) => (first === undefined ? Effect.void : Effect.fail(first)))

/** The items of a list that must not be cut off. */
export const complete = <A>(
  listed: Effect.Effect<Listed<A>, AwsError, AwsServices>
): Effect.Effect<ReadonlyArray<A>, AwsError, AwsServices> => Effect.map(wholeList(listed), ({ items }) => items)

// AWS ends a list with an absent or an empty token.
const nextToken = (output: unknown, field: string): unknown => {
  let value: any = output
  for (const part of field.split(".")) value = value?.[part]
  return value === "" || value === null ? undefined : value
}

class MissingField extends Error {}

/** Whether something was thrown because an answer lacks what it must have, rather than by a bug. */
export const isMalformedAnswer = (cause: unknown): cause is Error =>
  cause instanceof MissingField || cause instanceof SyntaxError

/** A field that the product relies on. Its absence makes the answer malformed, not the resource unused. */
export const required = <A>(value: A | null | undefined, field: string): A => {
  if (value === undefined || value === null) throw new MissingField(`${field} is missing`)
  return value
}

/** An instant that the product relies on, also where a service writes it as text or as seconds. */
export const requiredDate = (value: Date | string | number | null | undefined, field: string): Date => {
  const date = new Date(required(value, field))
  if (Number.isNaN(date.getTime())) throw new MissingField(`${field} is no date`)
  return date
}
