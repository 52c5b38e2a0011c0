/** Nights that remember what CloudWatch told say of every resource what nights say that ask for all of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { Aws } from "../../core/aws/Aws.ts"
import { Credentials } from "../../core/aws/Credentials.ts"
import { operationKey } from "../../core/aws/operation.ts"
import { RateOf, unlimited } from "../../core/aws/RateLimits.ts"
import { Transport } from "../../core/aws/Transport.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { isoDay, millisPerDay } from "../../core/time.ts"
import type { Estate, Region } from "../../sample/estate.ts"
import { idOf } from "../../sample/ids.ts"
import * as SampleTransport from "../../sample/SampleTransport.ts"
import { runNightly } from "../../workflows/engine.ts"

const account = "111111111111"
const scope = { account, region: "eu-west-1" }
const firstNight = Date.parse("2026-11-20T02:00:00Z")

/** The scans that rest on the past. */
const scans = [
  "find_underutilized_ec2_instances",
  "find_overutilized_ec2_instances",
  "find_underutilized_lambda_functions",
  "find_unused_log_groups",
  "find_unused_sns_topics",
  "find_unused_sqs_queues",
  "find_unused_dynamodb_tables",
  "find_unused_eventbridge_rules",
  "find_unused_load_balancers",
  "find_underutilized_ecs_services",
  "find_underutilized_elasticache_clusters",
  "find_overutilized_elasticache_clusters"
]

const each = <A>(count: number, make: (n: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, n) => make(n))

/** A number below one that a text always has. */
const chance = (text: string): number => {
  let hash = 2166136261
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

const firstDay = Math.floor(Date.parse("2026-04-01T00:00:00Z") / millisPerDay)
const moodsOf = new Map<string, ReadonlyArray<number>>()

/** How a series is on a day: phases of one to `longest` days, each of one of the moods. */
const moodOn = <A>(series: string, day: number, longest: number, moods: ReadonlyArray<A>): A => {
  let days = moodsOf.get(series)
  if (days === undefined) {
    const made: Array<number> = []
    for (let phase = 0; made.length < 400; phase += 1) {
      const length = 1 + Math.floor(chance(`${series} length ${phase}`) ** 2 * longest)
      made.push(...each(length, () => Math.floor(chance(`${series} mood ${phase}`) * moods.length)))
    }
    moodsOf.set(series, (days = made))
  }
  return moods[days[day - firstDay] ?? 0] as A
}

/** What CloudWatch has of a series on a day, of the share of it that is over; undefined for no datapoint. */
const valueOn = (metric: string, resource: string, day: number, share: number): number | undefined => {
  switch (metric) {
    case "CPUUtilization":
      return moodOn(resource, day, 12, [1, 12, 30, 30, 85, undefined])
    case "EngineCPUUtilization":
      return moodOn(resource, day, 30, [3, 30, 30, 90])
    case "MemoryUtilization":
      return moodOn(resource, day, 30, [3, 70, 70])
    case "DatabaseMemoryUsagePercentage":
      return moodOn(`${resource} memory`, day, 15, [10, 50, 50, 95])
    case "SwapUsage":
    case "Evictions":
    case "CurrConnections":
      return moodOn(`${metric} ${resource}`, day, 20, [0, 0, 0, 0, 70_000_000])
    case "NetworkIn":
    case "NetworkOut":
      return 1000 * share
    case "Invocations":
    case "Errors":
    case "FailedInvocations": {
      const calls = moodOn(resource, day, 40, [0, 0, 1, 40]) * share
      const failed = moodOn(`${resource} failed`, day, 25, [0, 0, 0, 0.9, 1])
      const value = metric === "Invocations" ? calls : calls * failed
      return value === 0 ? undefined : value
    }
    case "RequestCount":
    case "NewFlowCount": {
      const value = moodOn(resource, day, 40, [0, 2]) * share
      return value === 0 ? undefined : value
    }
    case "MatchedEvents":
    case "NumberOfEmptyReceives":
      return undefined
    default: {
      const value = moodOn(`${metric} ${resource}`, day, 150, [0, 0, 5e9]) * share
      return value === 0 ? undefined : value
    }
  }
}

/** When the first resource of the name was made: nothing is older in CloudWatch. */
const firstMadeOn = (name: string): string =>
  chance(`${name} young`) < 0.3
    ? isoDay(new Date(firstNight + Math.floor(15 - chance(`${name} age`) * 60) * millisPerDay))
    : "2025-01-01"

const instances = 12
const births = new Map(
  each(instances, (n) => [idOf("i", scope, `instance-${n}`), Date.parse(firstMadeOn(`instance-${n}`))] as const)
)

const getMetricData = (now: number, { EndTime, MetricDataQueries, StartTime }: any) => ({
  MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric, Period } }: any) => {
    const resource = Metric.Dimensions.map(({ Value }: any) => Value).join(" ")
    const points: Array<readonly [Date, number]> = []
    for (let at = StartTime.getTime(); at < Math.min(now, EndTime.getTime()); at += Period * 1000) {
      const share = Math.min(1, (Math.min(now, EndTime.getTime()) - at) / millisPerDay)
      if (at < (births.get(resource) ?? 0)) continue
      const value = valueOn(Metric.MetricName, resource, Math.floor(at / millisPerDay), share)
      if (value !== undefined) points.push([new Date(at), value])
    }
    return {
      Id,
      StatusCode: "Complete",
      Timestamps: points.map(([at]) => at),
      Values: points.map(([, value]) => value)
    }
  })
})

/** When the resource that has the name on a night was made: some are old, and some are made again in between. */
const createdOn = (name: string, night: number): string => {
  const again = Math.floor(chance(`${name} again`) * 60)
  return again < night && chance(`${name} is made again`) < 0.3
    ? isoDay(new Date(firstNight + again * millisPerDay))
    : firstMadeOn(name)
}

/** Whether something of the name is there. */
const isThere = (name: string, night: number): boolean =>
  firstNight + night * millisPerDay >= Date.parse(firstMadeOn(name)) &&
  moodOn(`${name} there`, Math.floor(firstNight / millisPerDay) + night, 40, [true, true, true, false])

const regionOn = (night: number): Partial<Region> => {
  const named = <A extends { readonly name: string }>(count: number, make: (n: number) => A): ReadonlyArray<A> =>
    each(count, make).filter(({ name }) => isThere(name, night))
  return {
    vpcs: [{ name: "main" }],
    securityGroups: [{ name: "main" }],
    instances: named(instances, (n) => ({
      name: `instance-${n}`,
      type: n % 4 === 0 ? "t3.large" : "m7i.large",
      launched: createdOn(`instance-${n}`, night),
      disks: [],
      groups: ["main"],
      vpc: "main"
    })),
    functions: named(40, (n) => ({
      name: `function-${n}`,
      runtime: "nodejs24.x",
      memoryMb: 512,
      modified: createdOn(`function-${n}`, night),
      invocations: 0
    })),
    logGroups: named(12, (n) => ({
      name: `group-${n}`,
      created: createdOn(`group-${n}`, night),
      bytes: n % 3 === 0 ? 5e9 : 5e6,
      ...(n % 2 === 0 ? { retentionDays: 30 } : {}),
      incoming: 0,
      lastWritten: null
    })),
    topics: named(10, (n) => ({ name: `topic-${n}`, published: 0, ...(n % 2 === 0 ? {} : { subscribers: [] }) })),
    queues: named(10, (n) => ({ name: `queue-${n}`, created: createdOn(`queue-${n}`, night), sent: 0 })),
    tables: named(10, (n) => ({
      name: `table-${n}`,
      created: createdOn(`table-${n}`, night),
      gb: 1,
      items: 1,
      reads: 0,
      writes: 0
    })),
    rules: named(10, (n) => ({
      name: `rule-${n}`,
      source: "shop.orders",
      targets: ["lambda:function:function-0"],
      invocations: 0
    })),
    ecsServices: named(10, (n) => ({
      name: `service-${n}`,
      cluster: "main",
      tasks: 2,
      groups: ["main"],
      targetGroups: []
    })),
    caches: named(12, (n) => ({
      name: `cache-${n}`,
      nodeType: n % 2 === 0 ? "cache.m6g.large" : "cache.r6g.xlarge",
      groups: ["main"]
    })),
    loadBalancers: named(24, (n) => ({
      name: `balancer-${n}`,
      kind: n % 2 === 0 ? ("application" as const) : ("network" as const),
      zones: ["a"],
      created: createdOn(`balancer-${n}`, night),
      traffic: 0
    }))
  }
}

const estateOn = (night: number): Estate => ({
  payer: account,
  regions: [scope.region],
  accounts: [{ id: account, name: "one", regions: { [scope.region]: regionOn(night) } }],
  billing: {}
})

/** Settings change, and change back. */
const settingsOn = (night: number): AuditRequest["settings"] =>
  night % 16 < 12
    ? { find_underutilized_lambda_functions: { errorRatePct: 20 } }
    : {
        find_underutilized_ec2_instances: { lookbackDays: 20, cpuP95Max: 10 },
        find_overutilized_ec2_instances: { cpuP95Min: 25, sustainedDays: 5 },
        find_underutilized_lambda_functions: { lookbackDays: 14, errorRatePct: 15 },
        find_unused_log_groups: { lookbackDays: 20 },
        find_unused_sns_topics: { lookbackDays: 20 },
        find_unused_sqs_queues: { lookbackDays: 20 },
        find_unused_dynamodb_tables: { lookbackDays: 20 },
        find_unused_eventbridge_rules: { lookbackDays: 20 },
        find_underutilized_ecs_services: { lookbackDays: 20, cpuMaxCap: 25 },
        find_underutilized_elasticache_clusters: { lookbackDays: 20, engineCpuMax: 40 },
        find_overutilized_elasticache_clusters: { memoryMin: 40 },
        find_unused_load_balancers: { lookbackDays: 20, includeNoTargets: false }
      }

const provider = () => Promise.reject(new Error("the estate needs no credentials"))
const credentials = Layer.succeed(Credentials, {
  caller: Effect.succeed({ account, arn: `arn:aws:iam::${account}:user/test` }),
  provider,
  session: (account) => Effect.succeed({ key: account, account, provider }),
  takeRequests: Effect.succeed([])
})

/** An auditor with a store of its own, who counts the series that it asks for. */
const auditor = Effect.fnUntraced(function* (remembers: boolean) {
  const kept = yield* Effect.provide(Store, yield* Layer.build(layerMemory))
  const store: Store["Service"] = remembers ? kept : { ...kept, remembered: () => Effect.succeed([]) }
  let series = 0
  const audit = Effect.fnUntraced(function* (night: number) {
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    const transport = Layer.effect(
      Transport,
      Effect.map(Transport, (sample) => ({
        send: (...call: Parameters<typeof sample.send>) => {
          const [operation, input] = call
          if (operationKey(operation) !== "cloudwatch:GetMetricData") return sample.send(...call)
          series += (input as any).MetricDataQueries.length
          return Promise.resolve(getMetricData(now, input))
        }
      }))
    ).pipe(Layer.provideMerge(SampleTransport.layerOf(estateOn(night))))
    const layer = Layer.mergeAll(
      Aws.layer.pipe(Layer.provideMerge(transport), Layer.provideMerge(credentials)),
      ScanRegistry.layer,
      catalogueLayer,
      Prices.layerSnapshot,
      Notifier.layerNone,
      Layer.succeed(Store, store),
      Layer.succeed(RateOf, unlimited)
    )
    yield* runNightly({
      trigger: "manual",
      accounts: "self",
      regions: [scope.region],
      excludeRegions: [],
      scans,
      settings: settingsOn(night),
      minMonthlySavingsUsd: 0,
      suppressTagKeys: [],
      maxRunUsd: null,
      full: true,
      process: null
    }).pipe(Effect.provide(layer))
  })
  const told = Effect.gen(function* () {
    const outcomes = yield* kept.latestOutcomes(scope)
    const findings = yield* Effect.forEach(scans, (scan) => kept.findingsIn(scope, scan))
    return {
      outcomes: outcomes
        .map(({ counters, reason, scan, status, unjudged }) => ({ scan, status, reason, counters, unjudged }))
        .sort((a, b) => (a.scan < b.scan ? -1 : 1)),
      findings: findings
        .flat()
        .map((finding) => Object.fromEntries(Object.entries(finding).filter(([key]) => !/run/i.test(key))))
        .sort((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1))
    }
  })
  return { audit, told, asked: () => series }
})

describe("what earlier nights were told", () => {
  it.live(
    "changes no finding and no outcome, while resources go idle, come back, and are made again, and settings change",
    () =>
      Effect.gen(function* () {
        const remembering = yield* auditor(true)
        const asking = yield* auditor(false)
        let flags = 0
        for (let night = 0; night < 24; night += 1) {
          // A night is left out now and then, and some days have a second run.
          if (night % 9 === 7) continue
          for (const hours of night % 7 === 3 ? [0, 13] : [0]) {
            yield* TestClock.setTime(firstNight + night * millisPerDay + hours * 3_600_000)
            yield* remembering.audit(night)
            yield* asking.audit(night)
            const expected = yield* asking.told
            assert.deepStrictEqual(yield* remembering.told, expected, `night ${night}, hour ${hours}`)
            flags += expected.outcomes.reduce((sum, { counters }) => sum + counters.flagged, 0)
          }
        }
        // Enough is found for the sameness to mean something, and much is not asked.
        assert.isAbove(flags, 400)
        assert.isBelow(remembering.asked(), 0.88 * asking.asked())
      }).pipe(Effect.provide(TestClock.layer()), Effect.scoped),
    300_000
  )
})
