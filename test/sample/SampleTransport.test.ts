import { DeleteVolumeCommand, EC2Client } from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Aws, AwsTarget, RetrySchedule, send } from "../../core/aws/Aws.ts"
import { CallLedger } from "../../core/aws/CallLedger.ts"
import { operation } from "../../core/aws/operation.ts"
import type { Dataset } from "../../datasets/engine/Dataset.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as elasticache from "../../datasets/aws/elasticache.ts"
import { describeRegions } from "../../datasets/aws/regions.ts"
import type { CallProbe } from "../../datasets/engine/Probe.ts"
import { Reader } from "../../datasets/engine/Reader.ts"
import { SharedReads } from "../../datasets/engine/SharedReads.ts"
import { SeriesReader, getMetricData } from "../../datasets/metrics/SeriesReader.ts"
import * as logs from "../../datasets/aws/logs.ts"
import * as s3 from "../../datasets/aws/s3.ts"
import * as vpc from "../../datasets/aws/vpc.ts"
import { type Estate, sampleNight } from "../../sample/estate.ts"
import { layerSample } from "../../sample/layer.ts"
import { estate } from "../../sample/organization.ts"
import * as SampleTransport from "../../sample/SampleTransport.ts"

const production = "444455556666"
const staging = "777788889999"

const door = (own: Estate = estate) =>
  Layer.merge(
    Aws.layer.pipe(Layer.provide(SampleTransport.layerOf(own))),
    Layer.merge(layerSample, SharedReads.layerNone)
  )

/** Runs calls in a scope, on the sample's night. Answers how often each operation was called. */
const inScope =
  (account: string, region: string, own?: Estate) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(sampleNight.getTime())
      const ledger = yield* CallLedger.make()
      const result = yield* Effect.result(effect).pipe(
        // The test clock does not move by itself, so a second try must not wait for it.
        Effect.provideService(RetrySchedule, Schedule.recurs(1)),
        Effect.provide(door(own)),
        Effect.provideService(CallLedger, ledger),
        Effect.provideService(AwsTarget, { account, region, partition: "aws" })
      )
      return { result, calls: Object.fromEntries(ledger.counts().map(({ calls, operation }) => [operation, calls])) }
    })

const read = (dataset: Dataset) =>
  Effect.flatMap(Reader, (reader) => reader.load(dataset)).pipe(
    Effect.flatMap((loaded) => (loaded.ok ? Effect.succeed(loaded.value) : Effect.fail(loaded.error.summary))),
    Effect.provideServiceEffect(Reader, Reader.make(sampleNight)),
    Effect.provideServiceEffect(SeriesReader, SeriesReader.make(sampleNight, [])),
    Effect.scoped
  )

const valueOf = <A, E>(
  result: { readonly _tag: "Success"; readonly success: A } | { readonly _tag: "Failure"; readonly failure: E }
): A => {
  if (result._tag === "Failure") assert.fail(String(result.failure))
  return (result as { readonly success: A }).success
}

const failureOf = (result: { readonly _tag: string; readonly failure?: unknown }) => {
  assert.strictEqual(result._tag, "Failure")
  return result.failure
}

/** What a probe answers of one item. */
const asked = <Item, Value>(probe: CallProbe<Item, Value>, item: Item) =>
  Effect.map(probe.read([item]), ([answer]) => answer).pipe(
    Effect.provideServiceEffect(SeriesReader, SeriesReader.make(sampleNight, [])),
    Effect.scoped
  )

/** Daily values that CloudWatch gives for one metric, and how it calls the answer. */
const points = (Namespace: string, MetricName: string, dimensions: Record<string, string>, days = 3) =>
  send(getMetricData, {
    StartTime: new Date(sampleNight.getTime() - days * 86_400_000 - 7_200_000),
    EndTime: new Date("2026-11-20T00:00:00Z"),
    ScanBy: "TimestampAscending",
    MetricDataQueries: [
      {
        Id: "m0",
        MetricStat: {
          Metric: {
            Namespace,
            MetricName,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
          },
          Period: 86_400,
          Stat: "Sum"
        }
      }
    ]
  }).pipe(
    Effect.map(({ MetricDataResults = [] }) => ({
      status: MetricDataResults[0]?.StatusCode,
      values: MetricDataResults[0]?.Values
    }))
  )

describe("the sample estate's transport", () => {
  it.effect("cuts long lists into pages of the size that AWS allows", () =>
    Effect.gen(function* () {
      const { calls, result } = yield* inScope(production, "eu-central-1")(read(lambda.functions))
      const names = valueOf(result).map(({ name }: lambda.LambdaFunction) => name)
      assert.isAbove(names.length, 50)
      assert.strictEqual(new Set(names).size, names.length)
      assert.deepStrictEqual(calls, { ListFunctions: 2 })
    })
  )

  it.effect("has different things in different places", () =>
    Effect.gen(function* () {
      const frankfurt = yield* inScope(production, "eu-central-1")(read(ec2.volumes))
      const sydney = yield* inScope(production, "ap-southeast-2")(read(ec2.volumes))
      assert.strictEqual(valueOf(sydney.result).length, 2)
      const ids = new Set(valueOf(frankfurt.result).map(({ id }: ec2.Volume) => id))
      assert.isFalse(valueOf(sydney.result).some(({ id }: ec2.Volume) => ids.has(id)))
    })
  )

  it.effect(
    "refuses a region that a service control policy denies, and the one service that the role may not read",
    () =>
      Effect.gen(function* () {
        const sydney = yield* inScope(staging, "ap-southeast-2")(read(ec2.volumes))
        assert.match(String(failureOf(sydney.result)), /^ec2:DescribeVolumes.*service control policy/)
        assert.deepStrictEqual(sydney.calls, { DescribeVolumes: 1 })
        const caches = yield* inScope(staging, "eu-central-1")(read(elasticache.cacheClusters))
        assert.match(String(failureOf(caches.result)), /^elasticache:DescribeCacheClusters.*(IAM|permission)/)
        const volumes = yield* inScope(staging, "eu-central-1")(read(ec2.volumes))
        assert.isAbove(valueOf(volumes.result).length, 0)
      })
  )

  it.effect("throttles one dataset once", () =>
    Effect.gen(function* () {
      const twice = Effect.andThen(read(logs.logGroups), read(logs.logGroups))
      const { calls, result } = yield* inScope(production, "eu-west-1")(twice)
      assert.isAbove(valueOf(result).length, 0)
      assert.deepStrictEqual(calls, { DescribeLogGroups: 3 })
    })
  )

  it.effect("lets nobody into the account that is locked, nor into one that does not exist", () =>
    Effect.gen(function* () {
      for (const account of ["123456789012", "999999999999"]) {
        const { result } = yield* inScope(account, "eu-west-1")(read(ec2.volumes))
        assert.match(String(failureOf(result)), /^ec2:DescribeVolumes.*(IAM|permission)/)
      }
    })
  )

  it.effect("names an operation that it has no answer to", () =>
    Effect.gen(function* () {
      const deleteVolume = operation(EC2Client, DeleteVolumeCommand, "ec2:DeleteVolume")
      const { result } = yield* inScope(production, "eu-central-1")(send(deleteVolume, { VolumeId: "vol-1" }))
      const failure = failureOf(result) as { readonly message: string }
      assert.include(failure.message, "The sample estate has no answer to ec2:DeleteVolume")
    })
  )

  it.effect("answers about a bucket in its own region only", () =>
    Effect.gen(function* () {
      const access = (name: string, region: string) =>
        inScope(
          production,
          "global"
        )(asked(s3.access, { arn: `arn:aws:s3:::${name}`, name, region, createdAt: sampleNight }))
      const nobody = {
        isWebsite: false,
        isPublic: false,
        services: [],
        writers: [],
        takesAccessLogs: false,
        publicStatements: [],
        publicGrants: []
      }
      const right = yield* access("larkspur-data-lake", "eu-west-1")
      assert.deepStrictEqual(valueOf(right.result), nobody)
      const logs = yield* access("larkspur-access-logs", "eu-central-1")
      assert.deepStrictEqual(valueOf(logs.result), {
        ...nobody,
        takesAccessLogs: true,
        publicStatements: [],
        publicGrants: []
      })
      const wrong = yield* access("larkspur-data-lake", "us-east-1")
      assert.include((failureOf(wrong.result) as { readonly message: string }).message, "PermanentRedirect")
    })
  )

  it.effect("answers from another estate as well", () =>
    Effect.gen(function* () {
      const without: Estate = {
        ...estate,
        accounts: estate.accounts.map((account) => ({ ...account, regions: {} }))
      }
      const { result } = yield* inScope(production, "eu-central-1", without)(read(ec2.volumes))
      assert.deepStrictEqual(valueOf(result), [])
    })
  )
})

describe("the sample estate's regions", () => {
  it.effect("are those that are switched on, unless all are asked for", () =>
    Effect.gen(function* () {
      const names = (input: object) =>
        Effect.map(inScope(production, "us-east-1")(send(describeRegions, input)), ({ result }) =>
          (valueOf(result).Regions ?? []).map(({ OptInStatus, RegionName }) => `${RegionName}: ${OptInStatus}`)
        )
      assert.deepStrictEqual(yield* names({}), [
        "ap-southeast-2: opt-in-not-required",
        "eu-central-1: opt-in-not-required",
        "eu-west-1: opt-in-not-required",
        "us-east-1: opt-in-not-required"
      ])
      const all = yield* names({ AllRegions: true })
      assert.strictEqual(all.length, 8)
      assert.include(all, "eu-south-1: not-opted-in")
      assert.deepStrictEqual(yield* names({ AllRegions: true, RegionNames: ["af-south-1"] }), [
        "af-south-1: not-opted-in"
      ])
    })
  )
})

describe("the sample estate's metrics", () => {
  const inFrankfurt = inScope(production, "eu-central-1")

  it.effect("have a value a day, less on weekends where the estate says so", () =>
    Effect.gen(function* () {
      const { result } = yield* inFrankfurt(points("AWS/Lambda", "Invocations", { FunctionName: "cart-add-item" }, 7))
      // Friday the 13th to Thursday the 19th.
      assert.deepStrictEqual(valueOf(result), {
        status: "Complete",
        values: [4000, 2500, 2500, 4000, 4000, 4000, 4000]
      })
    })
  )

  it.effect("are silent where the service is, and zero where it is not", () =>
    Effect.gen(function* () {
      const silent = yield* inFrankfurt(points("AWS/Lambda", "Invocations", { FunctionName: "legacy-price-import" }))
      assert.deepStrictEqual(valueOf(silent.result), { status: "Complete", values: [] })
      const { result } = yield* inFrankfurt(read(vpc.natGateways))
      const idOf = (name: string) => valueOf(result).find(({ tags }: vpc.NatGateway) => tags["Name"] === name).id
      const zero = yield* inFrankfurt(
        points("AWS/NATGateway", "BytesOutToDestination", { NatGatewayId: idOf("nat-migration") })
      )
      assert.deepStrictEqual(valueOf(zero.result), { status: "Complete", values: [0, 0, 0] })
      const missing = yield* inFrankfurt(
        points("AWS/NATGateway", "BytesOutToDestination", { NatGatewayId: idOf("nat-inspection") })
      )
      assert.deepStrictEqual(valueOf(missing.result), { status: "Complete", values: [] })
      // It is nine days old, and before that there was nothing to measure.
      const young = yield* inFrankfurt(
        points("AWS/NATGateway", "BytesOutToSource", { NatGatewayId: idOf("nat-c") }, 30)
      )
      assert.strictEqual(valueOf(young.result).values?.length, 8)
    })
  )

  it.effect("are refused for one series and answered for the others", () =>
    Effect.gen(function* () {
      const { result } = yield* inFrankfurt(points("AWS/Lambda", "Invocations", { FunctionName: "fraud-score" }))
      assert.deepStrictEqual(valueOf(result), { status: "InternalError", values: [] })
    })
  )

  it.effect("of a bucket come a day late, in its region and nowhere else", () =>
    Effect.gen(function* () {
      const size = points("AWS/S3", "BucketSizeBytes", {
        BucketName: "larkspur-data-lake",
        StorageType: "StandardStorage"
      })
      const ireland = yield* inScope(production, "eu-west-1")(size)
      assert.deepStrictEqual(valueOf(ireland.result).values, [61_000 * 2 ** 30, 61_000 * 2 ** 30])
      const elsewhere = yield* inFrankfurt(size)
      assert.deepStrictEqual(valueOf(elsewhere.result).values, [])
    })
  )

  it.effect("are listed while they are not silent for two weeks", () =>
    Effect.gen(function* () {
      const { result } = yield* inFrankfurt(read(vpc.endpointDimensions))
      const listed = [...valueOf(result).values()].map((dimensions: any) => dimensions["Service Name"])
      assert.include(listed, "com.amazonaws.eu-central-1.secretsmanager")
      assert.notInclude(listed, "com.amazonaws.eu-central-1.kinesis-streams")
    })
  )
})
