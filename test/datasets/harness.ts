/** Runs datasets and scans through the real door, over an AWS that answers from a record of functions. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Aws, AwsTarget, RetrySchedule } from "../../core/aws/Aws.ts"
import { AwsError } from "../../core/aws/AwsError.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { type Operation, operationKey } from "../../core/aws/operation.ts"
import { RateOf, unlimited } from "../../core/aws/RateLimits.ts"
import { type Destination, Transport } from "../../core/aws/Transport.ts"
import { fromPlain, toPlain } from "../../core/json.ts"
import { Store } from "../../core/store/Store.ts"
import { Prober } from "../../audit/Prober.ts"
import { AsOf, type Dataset, withNeeds } from "../../datasets/engine/Dataset.ts"
import type { ItemOf, Probe } from "../../datasets/engine/Probe.ts"
import { type Loaded, Reader } from "../../datasets/engine/Reader.ts"
import { SharedReads } from "../../datasets/engine/SharedReads.ts"
import { SeriesReader } from "../../datasets/metrics/SeriesReader.ts"

/** The instant at which every test judges: 02:00 UTC, as a nightly run would. */
export const now = new Date("2026-11-20T02:00:00Z")

/** An instant so many days before `now`. */
export const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000)

export const account = "111111111111"

/** Answers by `service:Operation`. A thrown error is AWS's refusal; an operation that is missing fails the test. */
export type Answers = Readonly<Record<string, (input: any, destination: Destination) => unknown>>

/** An error as the SDK throws it. */
export const awsFailure = (name: string, message = name, httpStatusCode = 400) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } })

/** Serves `items` in pages of the size that the caller asks for, with the tokens `1`, `2`, …  */
export const paged =
  <A>(
    items: ReadonlyArray<A>,
    field: string,
    paging: { readonly size: string; readonly input?: string; readonly output?: string }
  ) =>
  (input: Record<string, any>) => {
    const size = input[paging.size]
    assert.isNumber(size, `${paging.size} must always be sent`)
    const page = Number(input[paging.input ?? "NextToken"] ?? 0)
    const more = (page + 1) * size < items.length
    return {
      [field]: items.slice(page * size, (page + 1) * size),
      ...(more ? { [paging.output ?? "NextToken"]: String(page + 1) } : {})
    }
  }

/** Answers GetMetricData: every series was read, and none has a datapoint. */
export const noSeries = ({
  MetricDataQueries
}: {
  readonly MetricDataQueries: ReadonlyArray<{ readonly Id: string }>
}) => ({
  MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, StatusCode: "Complete", Timestamps: [], Values: [] }))
})

/** One request as it was sent. */
export interface SentRequest {
  readonly operation: Operation
  readonly input: any
  readonly destination: Destination
}

/** A transport that answers from a record and keeps what it was sent. */
export const stubTransport = (answers: Answers) => {
  const sent: Array<SentRequest> = []
  const layer = Layer.succeed(Transport, {
    send: (operation, input, destination) => {
      sent.push({ operation, input, destination })
      const answer = answers[operationKey(operation)]
      if (answer === undefined) return Promise.reject(new Error(`the test answers no ${operationKey(operation)}`))
      return Promise.resolve().then(() => answer(input, destination))
    }
  })
  return { sent, layer }
}

/** The door over a stub: no limits, two quick tries. */
export const awsLayer = (transport: Layer.Layer<Transport>) => Aws.layer.pipe(Layer.provide(transport))

const quick = Schedule.recurs(2)

/** A store that remembers nothing. */
const emptyStore = Layer.mock(Store, {
  remembered: () => Effect.succeed([]),
  remember: () => Effect.void
})

/** Provides what a read needs, for a scope in `eu-west-1` unless another region is given. */
export const inScope =
  (transport: Layer.Layer<Transport>, region = "eu-west-1") =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provideServiceEffect(Reader, Reader.make(now)),
      Effect.provideServiceEffect(Prober, Prober.make(now)),
      Effect.provideServiceEffect(SeriesReader, SeriesReader.make(now, [])),
      Effect.provide(Layer.mergeAll(awsLayer(transport), SharedReads.layerNone, emptyStore)),
      Effect.provideService(AwsTarget, { account, region, partition: "aws" }),
      Effect.provideServiceEffect(CallLedger, CallLedger.make()),
      Effect.provideService(RateOf, unlimited),
      Effect.provideService(RetrySchedule, quick),
      Effect.scoped
    )

/**
 * Loads one dataset with all that it needs. Fails the test when it calls an operation that it does not declare: the IAM
 * policy is made of the declarations. Answers what was read and how often each operation was called.
 */
export const readDataset = Effect.fn("readDataset")(function* (dataset: Dataset, answers: Answers, region?: string) {
  const { layer, sent } = stubTransport(answers)
  const read = yield* inScope(layer, region)(Effect.flatMap(Reader, (reader) => reader.load(dataset)))
  const declared = new Set(withNeeds([dataset]).flatMap(({ operations }) => operations))
  for (const { operation } of sent) assert.isTrue(declared.has(operation), `${operationKey(operation)} is not declared`)
  if (read.ok) for (const gap of [...read.gaps, ...read.inherited]) assert.instanceOf(gap, AwsError)
  return { read: read as LoadedOfAws, calls: countCalls(sent), sent }
})

/**
 * Asks a probe about items through the door. Answers a reading for each, in their order. Fails the test when the probe calls an
 * operation that it does not declare, or when a remembered answer does not survive being stored.
 */
export const readProbe = Effect.fn("readProbe")(function* <P extends Probe>(
  probe: P,
  items: ReadonlyArray<ItemOf<P>>,
  answers: Answers,
  region?: string
) {
  const { layer, sent } = stubTransport(answers)
  const asked = Effect.flatMap(Prober, (prober) => prober.answer(items.map((item) => ({ probe, item, fresh: false }))))
  const told = yield* inScope(layer, region)(Effect.provideService(asked, AsOf, now))
  for (const { operation } of sent) {
    assert.isTrue(probe.operations.includes(operation), `${operationKey(operation)} is not declared`)
  }
  const readings = told.map(({ reading }) => reading)
  if (probe.kind === "calls" && probe.identity !== undefined) {
    for (const reading of readings) {
      if (reading.known)
        assert.deepStrictEqual(fromPlain(JSON.parse(JSON.stringify(toPlain(reading.value)))), reading.value)
    }
  }
  return { readings, calls: countCalls(sent), sent }
})

/** What was read without a bug of ours in it: every gap is a call that failed. */
type LoadedOfAws =
  | Extract<Loaded, { readonly ok: false }>
  | ({ readonly ok: true; readonly value: any } & Readonly<Record<"gaps" | "inherited", ReadonlyArray<AwsError>>>)

/** The value of a dataset that was read without a gap. */
export const valueOf = (read: Loaded): any => {
  assert.isTrue(read.ok, read.ok ? "" : read.error.summary)
  assert.deepStrictEqual(read.ok ? [...read.gaps, ...read.inherited].map(({ summary }) => summary) : [], [])
  return read.ok ? read.value : undefined
}

export const countCalls = (sent: ReadonlyArray<SentRequest>): Record<string, number> => {
  const calls: Record<string, number> = {}
  for (const { operation } of sent) calls[operationKey(operation)] = (calls[operationKey(operation)] ?? 0) + 1
  return calls
}
