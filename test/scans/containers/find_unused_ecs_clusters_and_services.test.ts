import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import type { ContainerInstance, EcsCluster, EcsService } from "../../../datasets/aws/ecs.ts"
import scan from "../../../scans/containers/find_unused_ecs_clusters_and_services.ts"
import { daysAgo } from "../../datasets/harness.ts"
import * as fixtures from "../ecsFixtures.ts"
import { gap, judge, series, silent } from "../harness.ts"

const compute = await Effect.runPromise(loadComputePrices(["ec2"]))

const cluster = (more: Partial<EcsCluster> = {}) => ({ ...fixtures.cluster(more), what: "cluster" })
const service = (more: Partial<EcsService> = {}) => ({ ...fixtures.service(more), what: "service" })

const stopped = { desiredCount: 0, runningCount: 0 }

const instance = (id: string, type = "m5.large") => ({
  arn: `arn:aws:ec2:eu-west-1:111111111111:instance/${id}`,
  id,
  type,
  lifecycle: "on-demand",
  tenancy: "default",
  availabilityZone: "eu-west-1a",
  platformDetails: "Linux/UNIX",
  usageOperation: "RunInstances"
})

const groupArn = "arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:1:autoScalingGroupName/ecs"

const fleetOf = (...members: ReadonlyArray<ReturnType<typeof instance>>) => ({ arn: groupArn, members })

const registered = (instanceId: string, more: Partial<ContainerInstance> = {}): ContainerInstance => ({
  arn: `arn:container-instance/${instanceId}`,
  instanceId,
  capacityProvider: undefined,
  registeredAt: daysAgo(200),
  ...more
})

const zeros = series(() => Array.from({ length: 91 }, () => 0))

interface Options {
  readonly services?: unknown
  readonly rules?: unknown
  readonly schedules?: unknown
  readonly fleets?: unknown
  readonly groups?: unknown
  readonly minutes?: typeof silent | undefined
  readonly reservations?: typeof silent | undefined
  readonly instances?: ReadonlyArray<ContainerInstance> | undefined
  readonly provider?: object | undefined
  readonly settings?: Readonly<Record<string, number>>
}

const run = (workloads: unknown, options: Options = {}) =>
  judge(
    scan,
    {
      workloads,
      services: options.services ?? [],
      rules: options.rules ?? [],
      schedules: options.schedules ?? [],
      fleets: options.fleets ?? [fleetOf(instance("i-1"), instance("i-2"))],
      groups: options.groups ?? []
    },
    {
      compute,
      prices: { "ecs.externalInstanceHour": 0.01025 },
      answers: {
        taskMinutes: () => ("minutes" in options ? options.minutes : silent),
        reservations: () => ("reservations" in options ? options.reservations : zeros),
        containerInstances: () => ("instances" in options ? options.instances : [registered("i-1"), registered("i-2")]),
        capacityProviders: () => options.provider
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )

const only = (...asked: Parameters<typeof run>) => {
  const { flags } = run(...asked)
  assert.strictEqual(flags.length, 1)
  return flags[0] as (typeof flags)[number]
}

const unknownOf = (workload: { readonly arn: string }, options: Options) => {
  const judged = run([workload], options)
  assert.deepStrictEqual([judged.flagged, judged.unknown.length], [[], 1])
  assert.strictEqual(judged.stateOf(workload.arn), "unknown")
}

describe("find_unused_ecs_clusters_and_services", () => {
  describe("of clusters with nothing in them", () => {
    it("flags one that nothing would start a task in, and waits as long as the window", () => {
      const flag = only([cluster()])
      assert.deepInclude(flag, { kind: "hygiene", severity: "info", confidence: "medium", savings: null })
      assert.deepStrictEqual(flag.reasons, ["empty_cluster"])
      assert.deepStrictEqual(flag.observe, { days: 90 })
      assert.deepStrictEqual(flag.evidence, { services: 0, tasks: 0, containerInstances: 0, schedules: 0 })
    })

    it("leaves one alone in which something runs, or will", () => {
      const healthy = [
        cluster({ runningTasks: 1 }),
        cluster({ pendingTasks: 1 }),
        cluster({ activeServices: 1 }),
        cluster({ status: "inactive" }),
        cluster({ name: "AWSBatch-jobs-1" }),
        cluster({ name: "jobs_Batch_2c06f29d-d1fe-3a49-879d-42394c86effc" })
      ]
      assert.deepStrictEqual(run(healthy).flagged, [])
      assert.strictEqual(run([cluster({ name: "jobs_Batch_2026" })]).flags.length, 1)
      assert.deepStrictEqual(run([cluster()], { services: [fixtures.service()] }).flagged, [])
      assert.deepStrictEqual(run([cluster()], { rules: [fixtures.taskRule()] }).flagged, [])
      assert.deepStrictEqual(run([cluster()], { schedules: [fixtures.taskSchedule()] }).flagged, [])
      assert.deepStrictEqual(run([cluster()], { schedules: [fixtures.taskSchedule({ cluster: "shop" })] }).flagged, [])
      const byDefault = { schedules: [fixtures.taskSchedule({ cluster: undefined })] }
      assert.deepStrictEqual(run([cluster({ name: "default" })], byDefault).flagged, [])
      assert.strictEqual(run([cluster()], byDefault).flags.length, 1)
      // Another cluster's rule, however alike its name.
      const other = { rules: [fixtures.taskRule({ clusterArns: [`${fixtures.clusterArn}-2`] })] }
      assert.strictEqual(run([cluster()], other).flags.length, 1)
    })

    it("does not know one where services, rules or schedules were not all read", () => {
      for (const key of ["services", "rules", "schedules"]) unknownOf(cluster(), { [key]: gap([]) })
      assert.deepStrictEqual(run([cluster()], { rules: gap([fixtures.taskRule()]) }).unknown, [])
    })
  })

  describe("of clusters with instances", () => {
    const withInstances = cluster({ containerInstances: 2 })

    it("prices instances on which nothing ran, and covers them and their group", () => {
      const flag = only([withInstances])
      assert.deepStrictEqual(flag.reasons, ["idle_capacity"])
      assert.deepInclude(flag.savings, { monthlyUsd: 156.22, basis: "estimate", claim: "delete" })
      assert.deepStrictEqual(flag.savings?.covers, [groupArn, instance("i-1").arn, instance("i-2").arn])
      assert.deepInclude(flag, { kind: "money", confidence: "medium", severity: "medium", observe: undefined })
      assert.deepStrictEqual(flag.evidence, {
        instances: ["i-1", "i-2"],
        instanceTypes: ["m5.large × 2"],
        externalInstances: 0,
        scaledInByEcs: 0,
        registeredAt: daysAgo(200).toISOString(),
        idleDays: 90
      })
    })

    it("leaves a cluster alone in which tasks reserved something", () => {
      const once = series(({ metric }) =>
        Array.from({ length: 91 }, (_, day) => (metric === "MemoryReservation" && day === 40 ? 3 : 0))
      )
      const { asked, flagged } = run([withInstances], { reservations: once })
      assert.deepStrictEqual([asked.filter((one) => one.startsWith("containerInstances")), flagged], [[], []])
    })

    it("is content with one of the two reservations, on nine days of ten", () => {
      const cpuAlone = (days: number) =>
        series(({ metric }) => (metric === "CPUReservation" ? Array.from({ length: days }, () => 0) : []))
      assert.strictEqual(only([withInstances], { reservations: cpuAlone(81) }).savings?.monthlyUsd, 156.22)
      assert.deepStrictEqual(run([withInstances], { reservations: cpuAlone(80) }).whyUnknown, [
        "shop: CloudWatch has what its instances reserve of 80 days"
      ])
    })

    it("takes only instances that were there before the window", () => {
      const instances = [registered("i-1"), registered("i-2", { registeredAt: daysAgo(89) })]
      assert.strictEqual(only([withInstances], { instances }).savings?.monthlyUsd, 78.11)
      const young = [registered("i-1", { registeredAt: daysAgo(89) })]
      assert.deepStrictEqual(run([withInstances], { instances: young }).tooYoung, ["shop"])
      assert.deepStrictEqual(run([withInstances], { instances: [] }).flagged, [])
    })

    it("prices machines of the customer's own, which CloudWatch says nothing of", () => {
      const external = { instances: [registered("mi-1"), registered("mi-2")], reservations: silent }
      const flag = only([withInstances], external)
      assert.deepInclude(flag.savings, { monthlyUsd: 14.97, basis: "estimate", claim: "delete" })
      assert.deepStrictEqual(flag.observe, { days: 90 })
      assert.deepInclude(flag.evidence, { externalInstances: 2 })
      assert.deepStrictEqual(run([withInstances], { ...external, rules: [fixtures.taskRule()] }).flagged, [])
    })

    it("claims nothing for what ECS takes away by itself", () => {
      const instances = [registered("i-1", { capacityProvider: "spot" })]
      const groups = (minSize: number) => [{ arn: groupArn, minSize }]
      const provider = { isScaledByEcs: true, groupArn }
      const flag = only([withInstances], { instances, provider, groups: groups(0) })
      assert.deepInclude(flag, { kind: "hygiene", severity: "info", savings: null })
      assert.deepInclude(flag.evidence, { scaledInByEcs: 1 })
      for (const options of [
        { provider, groups: groups(1) },
        { provider: { isScaledByEcs: false, groupArn }, groups: groups(0) }
      ]) {
        assert.strictEqual(only([withInstances], { instances, ...options }).savings?.monthlyUsd, 78.11)
      }
      unknownOf(withInstances, { instances, provider: undefined })
      unknownOf(withInstances, { instances, provider, groups: gap([]) })
    })

    it("says nothing of instances that are not billed by the hour", () => {
      assert.deepStrictEqual(run([withInstances], { fleets: [] }).flagged, [])
      const spot = { ...instance("i-1"), lifecycle: "spot" }
      const flag = only([withInstances], { fleets: [fleetOf(spot)] })
      assert.deepInclude(flag.savings, { basis: "none", monthlyUsd: 0 })
    })

    it("does not know one of which something is not told", () => {
      unknownOf(withInstances, { reservations: undefined })
      unknownOf(withInstances, { reservations: series(() => undefined) })
      unknownOf(withInstances, { reservations: silent })
      unknownOf(withInstances, { instances: undefined })
      unknownOf(withInstances, { instances: [registered("i-1", { registeredAt: undefined })] })
      unknownOf(withInstances, { fleets: gap([]) })
    })
  })

  describe("of services", () => {
    it("flags one that wants no task and had none", () => {
      const flag = only([service({ ...stopped, targetGroupArns: ["arn:tg"] })])
      assert.deepInclude(flag, { kind: "hygiene", severity: "info", savings: null, observe: undefined })
      assert.deepStrictEqual(flag.reasons, ["inactive_service"])
      assert.deepStrictEqual(flag.evidence, {
        desiredTasks: 0,
        scheduling: "replica",
        capacity: "fargate",
        createdAt: daysAgo(400).toISOString(),
        targetGroups: ["arn:tg"],
        classicLoadBalancers: [],
        idleDays: 90
      })
    })

    it("leaves one alone that runs, starts or ran in the window, whatever its cluster does", () => {
      const healthy = [service(), service({ ...stopped, pendingCount: 1 }), service({ ...stopped, status: "DRAINING" })]
      assert.deepStrictEqual(run(healthy).flagged, [])
      const minutes = series(() => [1440, ...Array.from({ length: 80 }, () => Number.NaN)])
      assert.deepStrictEqual(run([service(stopped)], { minutes }).flagged, [])
      // Running tasks of a cluster hide no dead service in it.
      const both = run([cluster({ runningTasks: 9 }), service(stopped)])
      assert.deepStrictEqual(both.flagged, ["shop/cart: inactive_service"])
    })

    it("reports one that wants tasks and runs none, once it was seen on another day", () => {
      const broken = service({ runningCount: 0, failedTasks: 12 })
      const flag = only([broken])
      assert.deepInclude(flag, { kind: "hygiene", severity: "medium" })
      assert.deepStrictEqual(flag.reasons, ["broken_service"])
      // The days without a task are what AWS itself tells, and need not be seen.
      assert.deepStrictEqual(flag.observe, { days: 1, since: daysAgo(90) })
      assert.deepInclude(flag.evidence, { desiredTasks: 4, failedTasks: 12, lastTaskDay: "none" })
      const young = service({ runningCount: 0, createdAt: daysAgo(3) })
      assert.deepStrictEqual(only([young]).observe, { days: 1, since: daysAgo(3) })
      const ended = (days: number) => {
        const { evidence, observe } = only([broken], {
          minutes: series(() => [1440, ...Array.from({ length: days }, () => 0)])
        })
        return [evidence["lastTaskDay"], observe]
      }
      assert.deepStrictEqual(ended(1), ["yesterday or today", { days: 1 }])
      assert.deepStrictEqual(ended(5), ["2026-11-15", { days: 1, since: new Date("2026-11-16T00:00:00Z") }])
    })

    it("does not judge a new one", () => {
      assert.deepStrictEqual(run([service({ ...stopped, createdAt: daysAgo(89) })]).tooYoung, ["shop/cart"])
      assert.deepStrictEqual(run([service({ runningCount: 0, createdAt: daysAgo(0.5) })]).tooYoung, ["shop/cart"])
    })

    it("does not know one of which something is not told", () => {
      unknownOf(service(stopped), { minutes: undefined })
      unknownOf(service(stopped), { minutes: series(() => undefined) })
      unknownOf(service({ ...stopped, createdAt: undefined }), {})
    })
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([cluster()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["shop: empty_cluster"]])
    assert.strictEqual(partial.stateOf("arn:aws:ecs:eu-west-1:111111111111:cluster/other"), "unknown")
  })

  it("follows its setting", () => {
    const settings = { lookbackDays: 30 }
    assert.deepStrictEqual(run([service({ ...stopped, createdAt: daysAgo(40) })], { settings }).flagged, [
      "shop/cart: inactive_service"
    ])
    assert.deepStrictEqual(only([cluster()], { settings }).observe, { days: 30 })
  })
})
