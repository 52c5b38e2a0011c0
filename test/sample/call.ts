/** Asks the sample estate as the SDK would, without the door above it. */
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { IamAction, Operation } from "../../core/aws/operation.ts"
import { Transport } from "../../core/aws/Transport.ts"
import { type Estate, sampleNight } from "../../sample/estate.ts"
import { estate as sampleEstate } from "../../sample/organization.ts"
import * as SampleTransport from "../../sample/SampleTransport.ts"

/** An operation by its name alone: the sample looks at nothing else. */
const operationOf = (key: IamAction): Operation => {
  const [service = "", name = ""] = key.split(":")
  return { service, name, action: key, client: { name: "SampleClient" } as never, Command: undefined as never }
}

export const production = { account: "444455556666", region: "eu-central-1" }

export const payer = { account: "111122223333", region: "us-east-1" }

/** What the estate answers on its night; fails with what the SDK would throw. */
export const call = <Output = any>(
  key: IamAction,
  input: object = {},
  { estate = sampleEstate, ...destination } = production as typeof production & { readonly estate?: Estate }
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(sampleNight.getTime())
    const transport = yield* Transport
    return yield* Effect.tryPromise({
      try: (signal) => transport.send(operationOf(key), input, destination, signal) as Promise<Output>,
      catch: (cause) => cause as { readonly name: string }
    })
  }).pipe(Effect.provide(SampleTransport.layerOf(estate)))

interface Point {
  readonly instant: string
  readonly value: number
}

interface AskedSeries {
  readonly namespace: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic?: string
  readonly periodSeconds?: number
  readonly start: string
  readonly end?: string
}

/** The points that CloudWatch has of one series, oldest first. */
export const pointsOf = (series: AskedSeries, destination = production) =>
  Effect.map(
    call(
      "cloudwatch:GetMetricData",
      {
        StartTime: new Date(series.start),
        EndTime: series.end === undefined ? sampleNight : new Date(series.end),
        ScanBy: "TimestampAscending",
        MetricDataQueries: [
          {
            Id: "m0",
            MetricStat: {
              Metric: {
                Namespace: series.namespace,
                MetricName: series.metric,
                Dimensions: Object.entries(series.dimensions).map(([Name, Value]) => ({ Name, Value }))
              },
              Period: series.periodSeconds ?? 86_400,
              Stat: series.statistic ?? "Sum"
            }
          }
        ]
      },
      destination
    ),
    ({ MetricDataResults: [{ Timestamps, Values }] }): ReadonlyArray<Point> =>
      Timestamps.map((instant: Date, index: number) => ({ instant: instant.toISOString(), value: Values[index] }))
  )
