/** A CloudWatch for tests, and a reader of series over it. */
import * as Effect from "effect/Effect"
import { AwsTarget, RetrySchedule } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { RateOf, unlimited } from "../../../core/aws/RateLimits.ts"
import * as Schedule from "effect/Schedule"
import { SeriesReader } from "../../../datasets/metrics/SeriesReader.ts"
import type { MetricAsked, SeriesSpec } from "../../../datasets/metrics/SeriesSpec.ts"
import { account, type Answers, awsLayer, now, type SentRequest, stubTransport } from "../harness.ts"

/** Reads of a volume by day, of two weeks, unless told otherwise. */
export const readsOf = (volume: number | string, more: Partial<SeriesSpec> = {}): SeriesSpec => ({
  namespace: "AWS/EBS",
  metric: "VolumeReadOps",
  dimensions: { VolumeId: `vol-${volume}` },
  statistic: "Sum",
  days: 14,
  ...more
})

export const many = (count: number, more: Partial<SeriesSpec> = {}): ReadonlyArray<SeriesSpec> =>
  Array.from({ length: count }, (_, index) => readsOf(index, more))

interface Query {
  readonly Id: string
  readonly MetricStat: {
    readonly Metric: { readonly MetricName: string; readonly Dimensions: ReadonlyArray<{ readonly Value: string }> }
    readonly Period: number
    readonly Stat: string
  }
}

export const queriesOf = ({ input }: SentRequest): ReadonlyArray<Query> => input.MetricDataQueries

/** The volume that a query is about. */
export const volumeOf = ({ MetricStat }: Query): string => MetricStat.Metric.Dimensions[0]?.Value ?? ""

export const resultOf = (Id: string, points: ReadonlyArray<readonly [at: Date, value: number]> = []) => ({
  Id,
  StatusCode: "Complete",
  Timestamps: points.map(([at]) => at),
  Values: points.map(([, value]) => value)
})

/** Answers every query with the same points. */
export const answering =
  (points: ReadonlyArray<readonly [at: Date, value: number]> = []): Answers[string] =>
  ({ MetricDataQueries }) => ({
    MetricDataResults: MetricDataQueries.map(({ Id }: Query) => resultOf(Id, points))
  })

/** Gives a reader over such a CloudWatch to `use`, and answers what that made of it with what was sent. */
export const withReader = Effect.fnUntraced(function* <A, E>(
  use: (reader: SeriesReader["Service"], sent: ReadonlyArray<SentRequest>) => Effect.Effect<A, E, any>,
  options: {
    readonly answer?: Answers[string]
    readonly asked?: ReadonlyArray<MetricAsked>
    readonly living?: ReadonlyArray<SeriesSpec>
  } = {}
) {
  const { layer, sent } = stubTransport({ "cloudwatch:GetMetricData": options.answer ?? answering() })
  const result = yield* Effect.gen(function* () {
    const reader = yield* SeriesReader.make(now, options.asked ?? [], undefined, Effect.succeed(options.living ?? []))
    return yield* use(reader, sent)
  }).pipe(
    Effect.provide(awsLayer(layer)),
    Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
    Effect.provideServiceEffect(CallLedger, CallLedger.make()),
    Effect.provideService(RateOf, unlimited),
    Effect.provideService(RetrySchedule, Schedule.recurs(0)),
    Effect.scoped
  ) as Effect.Effect<A, E>
  return { result, sent }
})
