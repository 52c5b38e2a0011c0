/** What rules say of resources of which an earlier night has settled what their first series are asked for. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../core/pricing/ComputePrices.ts"
import type { Rule } from "../../datasets/aws/eventbridge.ts"
import { alone, type Fleet } from "../../datasets/aws/fleets.ts"
import { percentileOf } from "../../datasets/metrics/MetricSeries.ts"
import overutilized from "../../scans/capacity/find_overutilized_ec2_instances.ts"
import underutilizedInstances from "../../scans/capacity/find_underutilized_ec2_instances.ts"
import underutilizedFunctions from "../../scans/capacity/find_underutilized_lambda_functions.ts"
import unusedLogGroups from "../../scans/cleanup/find_unused_log_groups.ts"
import unusedTopics from "../../scans/messaging/find_unused_sns_topics.ts"
import unusedRules from "../../scans/messaging/find_unused_eventbridge_rules.ts"
import { busyEnough } from "../../scans/shared/cpuClearance.ts"
import { daysAgo } from "../datasets/harness.ts"
import { gap, judge, series, silent } from "./harness.ts"
import { lambdaFunction } from "./lambdaFunction.ts"

const compute = await Effect.runPromise(loadComputePrices(["ec2", "sizes"]))

/** Series that were not asked for, because an earlier night has settled these resources. */
const settled = (...keys: ReadonlyArray<string>) => silent.besides(new Set(keys))

const counting = (values: Readonly<Record<string, number>>) =>
  series(({ metric }) => (values[metric] === undefined ? [] : [values[metric]]))

describe("an Auto Scaling group or an instance whose CPU of earlier nights clears it", () => {
  const instance = {
    arn: "arn:aws:ec2:eu-west-1:111111111111:instance/i-1",
    id: "i-1",
    type: "t3.large",
    state: "running",
    launchedAt: daysAgo(300),
    lifecycle: "on-demand",
    tenancy: "default",
    availabilityZone: "eu-west-1a",
    usageOperation: "RunInstances",
    platformDetails: "Linux/UNIX",
    serviceManaged: false,
    onOutpost: false,
    tags: {}
  }
  const fleets: ReadonlyArray<Fleet> = (
    Effect.runSync(alone.read({ instances: [instance] }, {}) as Effect.Effect<any>) as any
  ).value
  const types = new Map([
    ["t3.large", { type: "t3.large", vcpu: 2, memoryGib: 8, burstable: true, accelerated: false, hypervisor: "nitro" }]
  ])

  it("is neither oversized nor idle, and nothing is asked about it", () => {
    const judged = judge(
      underutilizedInstances,
      { fleets, cpu: settled(instance.arn), types, memory: [], recommendations: [], optedIn: true },
      { compute }
    )
    assert.deepStrictEqual([judged.flagged, judged.unknown, judged.tooYoung, judged.asked], [[], [], [], []])
  })

  const run = (credits: unknown, answers: Record<string, () => unknown> = {}) =>
    judge(
      overutilized,
      {
        fleets,
        groups: [],
        cpu: settled(instance.arn),
        types,
        agents: [],
        memory: silent,
        unlimited: new Set(),
        credits
      },
      { compute, answers }
    )
  const balance = (value: number) => series(() => Array.from({ length: 15 }, () => value))

  it("is not saturated, unless its credits say so: then its CPU is asked for and shown", () => {
    const calm = run(balance(500))
    assert.deepStrictEqual([calm.flagged, calm.unknown, calm.asked], [[], [], []])
    const cpu = series(() => Array.from({ length: 15 }, () => 30))
    const out = run(balance(0), { cpuOfSome: () => cpu })
    assert.deepStrictEqual(out.flagged, ["i-1: credit_exhaustion"])
    assert.deepInclude(out.flags[0]?.evidence, { cpuP95Percent: 30, days: 14 })
    assert.deepStrictEqual(out.asked, [`cpuOfSome ${instance.arn}`])
    // Its CPU is known to be no reason, and without the number nothing is shown.
    assert.deepStrictEqual(run(balance(0), { cpuOfSome: () => undefined }).unknown, ["i-1"])
  })

  it("is not known where its credits are not", () => {
    assert.deepStrictEqual(run(series(() => undefined)).unknown, ["i-1"])
  })
})

describe("busyEnough", () => {
  it("takes as many busy days as forbid every window of that length to be oversized or idle, and not one more", () => {
    for (let lookbackDays = 14; lookbackDays <= 200; lookbackDays += 1) {
      const [p95, idle] = busyEnough({ lookbackDays, leastDays: 14, cpuP95Max: 20, idleCpuMax: 5 }).above ?? []
      // The window may have days without a value, and has the day of the run.
      for (let size = Math.max(14, p95?.days ?? 0); size <= lookbackDays + 1; size += 1) {
        const window = (busy: number, level: number) => Array.from({ length: size }, (_, at) => (at < busy ? level : 0))
        assert.isAbove(percentileOf(window(p95?.days ?? 0, 21), 95), 20, `${size} of ${lookbackDays}`)
        const quiet = window(idle?.days ?? 0, 6).filter((value) => value <= 5).length
        assert.isBelow(quiet / size, 0.9, `${size} of ${lookbackDays}`)
      }
      const whole = Array.from({ length: lookbackDays + 1 }, (_, at) => (at < (p95?.days ?? 0) - 1 ? 21 : 0))
      assert.isAtMost(percentileOf(whole, 95), 20)
    }
  })
})

describe("a function that cannot be failing", () => {
  const fn = lambdaFunction()
  const run = (configs: ReadonlyArray<unknown>, errors?: typeof silent) =>
    judge(
      underutilizedFunctions,
      {
        functions: [fn],
        published: new Map([[fn.arn, true]]),
        invocations: series(() => Array.from({ length: 31 }, () => 100)),
        errors: settled(fn.name),
        targets: [],
        recommendations: [],
        optedIn: true,
        edge: new Set()
      },
      {
        prices: { "lambda.provisionedConcurrencyGBs": 0.000004, "lambda.provisionedConcurrencyArmGBs": 0.000003 },
        answers: { provisioned: () => configs, use: () => silent, errors: () => errors }
      }
    )

  it("is healthy without its errors, which are asked for where something else is found", () => {
    const healthy = run([])
    assert.deepStrictEqual([healthy.flagged, healthy.unknown], [[], []])
    assert.isFalse(healthy.asked.some((asked) => asked.startsWith("errors")))
    const config = { qualifier: "live", allocated: 10, changedAt: daysAgo(200) }
    const { flags } = run([config], counting({ Errors: 31 }))
    assert.deepStrictEqual(flags[0]?.reasons, ["idle_provisioned_concurrency"])
    assert.deepInclude(flags[0]?.evidence, { invocations: 3100, errorPercent: 1 })
    assert.deepStrictEqual(run([config]).unknown, [fn.name])
  })
})

describe("a log group that has new events", () => {
  it("is left alone without a question", () => {
    const arn = "arn:aws:logs:eu-west-1:111111111111:log-group:app"
    const group = {
      arn,
      name: "app",
      createdAt: daysAgo(400),
      storedBytes: 5e9,
      retentionDays: 30,
      logGroupClass: "STANDARD",
      deletionProtected: false,
      metricFilters: 0,
      kmsKeyId: undefined
    }
    const judged = judge(unusedLogGroups, { groups: [group], incoming: settled(arn), functions: [] }, {})
    assert.deepStrictEqual([judged.flagged, judged.unknown, judged.asked], [[], [], []])
  })
})

describe("a topic to which somebody publishes", () => {
  const topic = { arn: "arn:aws:sns:eu-west-1:111111111111:orders", name: "orders", isFifo: false }
  const nothing = { subscriptions: [], alarms: [], functions: [], mappings: [], buses: [] }
  const run = (data: object, published?: typeof silent) =>
    judge(
      unusedTopics,
      { ...nothing, topics: [topic], published: settled(topic.arn), ...data },
      {
        answers: {
          published: () => published,
          attributes: () => ({ subscribers: 0, publishers: [], archives: false, encryption: "none" }),
          rules: () => []
        }
      }
    )

  it("is used where somebody hears it, and else its messages are counted", () => {
    const subscription = { topicArn: topic.arn, arn: "arn:s", protocol: "sqs", endpoint: "q", isConfirmed: true }
    const heard = run({ subscriptions: [subscription] })
    assert.deepStrictEqual([heard.flagged, heard.unknown, heard.asked], [[], [], []])
    const lost = run({}, counting({ NumberOfMessagesPublished: 12 }))
    assert.deepStrictEqual(lost.flagged, ["orders: no_subscribers"])
    assert.strictEqual(lost.flags[0]?.evidence["published"], 12)
    assert.deepStrictEqual(run({}).unknown, ["orders"])
    assert.deepStrictEqual(run({ subscriptions: gap([subscription]) }).flagged, [])
  })
})

describe("a rule that invokes its targets", () => {
  const rule = (more: Partial<Rule> = {}): Rule =>
    ({
      arn: "arn:aws:events:eu-west-1:111111111111:rule/orders",
      name: "orders",
      bus: { name: "default", createdAt: undefined },
      state: "enabled",
      pattern: "{}",
      schedule: undefined,
      managedBy: undefined,
      ...more
    }) as Rule
  const run = (one: Rule, failures: typeof silent | undefined, invocations?: typeof silent) =>
    judge(
      unusedRules,
      { rules: [one], invocations: settled(one.arn) },
      { answers: { failures: () => failures, invocations: () => invocations, targets: () => [{ arn: "arn:fn" }] } }
    )

  it("is healthy where nothing failed, and else its invocations are counted", () => {
    const healthy = run(rule(), silent)
    assert.deepStrictEqual([healthy.flagged, healthy.unknown], [[], []])
    assert.deepStrictEqual(healthy.asked, [`failures ${rule().arn}`])
    const failed = counting({ FailedInvocations: 40 })
    const failing = run(rule(), failed, counting({ Invocations: 40 }))
    assert.deepStrictEqual(failing.flagged, ["orders: failing"])
    assert.deepInclude(failing.flags[0]?.evidence, { invocations: 40, failedInvocations: 40 })
    assert.deepStrictEqual(run(rule(), failed, counting({ Invocations: 41 })).flagged, [])
    assert.deepStrictEqual(run(rule(), undefined).unknown, ["orders"])
    assert.deepStrictEqual(run(rule(), failed).unknown, ["orders"])
  })

  it("and is over is shown with what it invoked", () => {
    const over = rule({ schedule: "cron(0 12 1 1 ? 2020)", pattern: undefined })
    const { flagged, flags } = run(over, silent, counting({ Invocations: 7 }))
    assert.deepStrictEqual(flagged, ["orders: expired"])
    assert.strictEqual(flags[0]?.evidence["invocations"], 7)
  })
})
