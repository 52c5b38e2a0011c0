import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ecs from "../../../datasets/aws/ecs.ts"
import type { ResourceKind } from "../../../datasets/engine/ResourceKind.ts"
import { awsFailure, now, paged, readDataset, readProbe, valueOf } from "../harness.ts"
import { AsOf } from "../../../datasets/engine/Dataset.ts"
import { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import { keptDays, Past, type SeriesQuestion, windowsOf } from "../../../datasets/metrics/Past.ts"
import { SeriesReader } from "../../../datasets/metrics/SeriesReader.ts"

const maxResults = { size: "maxResults", input: "nextToken", output: "nextToken" }

const awsService = (serviceArn: string, cluster: string, more: object = {}) => ({
  serviceArn,
  serviceName: serviceArn.split("/").at(-1),
  clusterArn: cluster,
  status: "ACTIVE",
  desiredCount: 2,
  runningCount: 1,
  ...more
})

/** Clusters with so many services each. */
const estate = (services: Readonly<Record<string, number>>) => ({
  "ecs:ListClusters": paged(Object.keys(services), "clusterArns", maxResults),
  "ecs:ListServices": (input: any) =>
    paged(
      Array.from({ length: services[input.cluster] ?? 0 }, (_, index) => `${input.cluster}/service-${index}`),
      "serviceArns",
      maxResults
    )(input),
  "ecs:DescribeServices": ({ cluster, services }: any) => {
    assert.isAtMost(services.length, 10)
    return { services: services.map((arn: string) => awsService(arn, cluster)) }
  }
})

describe("ecs.services", () => {
  it.effect("costs a call a cluster and hundred services, and one for every ten of a cluster", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(ecs.services, estate({ a: 101, b: 5, empty: 0 }))
      assert.deepStrictEqual(calls, { "ecs:ListClusters": 1, "ecs:ListServices": 4, "ecs:DescribeServices": 12 })
      assert.strictEqual(valueOf(read).length, 106)
    })
  )

  it.effect("has a gap where what was named is not described, and keeps the rest", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ecs.services, {
        ...estate({ a: 3 }),
        "ecs:DescribeServices": ({ cluster, services }: any) => ({ services: [awsService(services[0], cluster)] })
      })
      assert.deepStrictEqual(
        read.ok
          ? [(read.value as ReadonlyArray<unknown>).length, ...read.gaps.map(({ reason }) => reason.message)]
          : [],
        [1, "2 of 3 that were named were not described"]
      )
    })
  )

  it.effect("reads 150 clusters in two calls", () =>
    Effect.gen(function* () {
      const clusters = Array.from({ length: 150 }, (_, index) => `cluster-${index}`)
      const { calls, read } = yield* readDataset(ecs.clusterArns, {
        "ecs:ListClusters": paged(clusters, "clusterArns", maxResults)
      })
      assert.deepStrictEqual(calls, { "ecs:ListClusters": 2 })
      assert.strictEqual(valueOf(read).length, 150)
    })
  )

  it.effect("collects both colours, and the networks and groups of task sets", () =>
    Effect.gen(function* () {
      const network = (subnet: string, group: string) => ({
        awsvpcConfiguration: { subnets: [subnet], securityGroups: [group] }
      })
      const { read } = yield* readDataset(ecs.services, {
        ...estate({ a: 1 }),
        "ecs:DescribeServices": () => ({
          services: [
            awsService("a/web", "a", {
              deploymentController: { type: "CODE_DEPLOY" },
              loadBalancers: [
                { targetGroupArn: "tg-blue", advancedConfiguration: { alternateTargetGroupArn: "tg-green" } },
                { loadBalancerName: "classic" }
              ],
              networkConfiguration: network("subnet-1", "sg-1"),
              taskSets: [
                { loadBalancers: [{ targetGroupArn: "tg-set" }], networkConfiguration: network("subnet-2", "sg-1") }
              ],
              deployments: [{ networkConfiguration: network("subnet-3", "sg-3") }],
              deploymentConfiguration: { alarms: { alarmNames: ["errors"], enable: true, rollback: true } }
            })
          ],
          failures: [{ arn: "a/gone", reason: "MISSING" }]
        })
      })
      const [service]: ReadonlyArray<ecs.EcsService> = valueOf(read)
      assert.strictEqual(service?.deploymentController, "CODE_DEPLOY")
      assert.deepStrictEqual(service?.targetGroupArns, ["tg-blue", "tg-set"])
      assert.deepStrictEqual(service?.alternateTargetGroupArns, ["tg-green"])
      assert.deepStrictEqual(service?.classicLoadBalancers, ["classic"])
      assert.deepStrictEqual(service?.subnetIds, ["subnet-1", "subnet-2", "subnet-3"])
      assert.deepStrictEqual(service?.securityGroupIds, ["sg-1", "sg-3"])
      assert.deepStrictEqual(service?.deploymentAlarms, ["errors"])
    })
  )

  it.effect("keeps the other services and names the gap when ten cannot be described", () =>
    Effect.gen(function* () {
      const answers = estate({ a: 12 })
      const { read } = yield* readDataset(ecs.services, {
        ...answers,
        "ecs:DescribeServices": (input) => (input.services.length === 2 ? {} : answers["ecs:DescribeServices"](input))
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.strictEqual(read.value.length, 10)
      assert.match(read.gaps[0]?.summary ?? "", /services is missing/)
    })
  )

  it.effect("calls a list of clusters without them malformed, and has a gap for a cluster without its services", () =>
    Effect.gen(function* () {
      const { read: clusters } = yield* readDataset(ecs.services, { "ecs:ListClusters": () => ({}) })
      assert.match(clusters.ok ? "" : clusters.error.summary, /clusterArns is missing/)
      const { read } = yield* readDataset(ecs.services, { ...estate({ a: 1 }), "ecs:ListServices": () => ({}) })
      assert.match((read.ok ? read.gaps[0]?.summary : "") ?? "", /serviceArns is missing/)
    })
  )

  it.effect("keeps the other clusters and names the gap when one cannot be read", () =>
    Effect.gen(function* () {
      const answers = estate({ a: 3, b: 2 })
      const { read } = yield* readDataset(ecs.services, {
        ...answers,
        "ecs:ListServices": (input) => {
          if (input.cluster === "a") throw awsFailure("AccessDeniedException", "no", 403)
          return answers["ecs:ListServices"](input)
        }
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.strictEqual(read.value.length, 2)
      assert.strictEqual(read.gaps[0]?.operation, "ecs:ListServices")
    })
  )
})

const described = (arn: string, more: object = {}) => ({
  clusterArn: arn,
  clusterName: arn,
  status: "ACTIVE",
  runningTasksCount: 1,
  pendingTasksCount: 0,
  activeServicesCount: 1,
  registeredContainerInstancesCount: 0,
  ...more
})

describe("ecs.services, what else they say", () => {
  it.effect("keeps capacity, platform, tags and every task definition in use", () =>
    Effect.gen(function* () {
      const { read, sent } = yield* readDataset(ecs.services, {
        ...estate({ a: 1 }),
        "ecs:DescribeServices": () => ({
          services: [
            awsService("a/web", "a", {
              capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT", weight: 2 }],
              platformVersion: "LATEST",
              platformFamily: "Linux",
              schedulingStrategy: "REPLICA",
              taskDefinition: "web:7",
              deployments: [{ taskDefinition: "web:7", failedTasks: 3 }, { taskDefinition: "web:6" }],
              taskSets: [{ taskDefinition: "web:5" }],
              tags: [{ key: "team", value: "web" }, { value: "no key" }]
            })
          ]
        })
      })
      assert.deepStrictEqual(sent.at(-1)?.input.include, ["TAGS"])
      const [service]: ReadonlyArray<ecs.EcsService> = valueOf(read)
      assert.deepInclude(service, {
        desiredCount: 2,
        runningCount: 1,
        pendingCount: 0,
        launchType: undefined,
        capacityProviders: [{ provider: "FARGATE_SPOT", weight: 2, base: 0 }],
        platformVersion: "latest",
        platformFamily: "linux",
        schedulingStrategy: "replica",
        taskDefinitions: ["web:7", "web:6", "web:5"],
        failedTasks: 3,
        tags: { team: "web" }
      })
      assert.isTrue(ecs.isOnFargate(service as ecs.EcsService))
      assert.isFalse(ecs.isOnFargate({ launchType: "ec2", capacityProviders: [] }))
    })
  )

  it.effect("has a gap for a service without its counts", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ecs.services, {
        ...estate({ a: 1 }),
        "ecs:DescribeServices": () => ({ services: [awsService("a/web", "a", { runningCount: undefined })] })
      })
      assert.isTrue(read.ok && read.value.length === 0 && read.gaps.length === 1)
    })
  )
})

describe("ecs.clusters", () => {
  const arns = Array.from({ length: 150 }, (_, index) => `cluster-${index}`)
  const answers = {
    "ecs:ListClusters": paged(arns, "clusterArns", maxResults),
    "ecs:DescribeClusters": ({ clusters }: any) => ({ clusters: clusters.map((arn: string) => described(arn)) })
  }

  it.effect("describes a hundred a call, with their tags", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(ecs.clusters, answers)
      assert.deepStrictEqual(calls, { "ecs:ListClusters": 2, "ecs:DescribeClusters": 2 })
      assert.deepStrictEqual(sent.at(-1)?.input.include, ["TAGS"])
      assert.deepStrictEqual(valueOf(read)[0], {
        arn: "cluster-0",
        name: "cluster-0",
        status: "active",
        runningTasks: 1,
        pendingTasks: 0,
        activeServices: 1,
        containerInstances: 0,
        tags: {}
      })
    })
  )

  it.effect("keeps the other hundred where one is refused or lacks a count", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { clusters: [described("cluster-100", { activeServicesCount: undefined })] }]) {
        const { read } = yield* readDataset(ecs.clusters, {
          ...answers,
          "ecs:DescribeClusters": (input: any) =>
            input.clusters.length === 50 ? answer : answers["ecs:DescribeClusters"](input)
        })
        assert.isTrue(read.ok && read.value.length === 100 && read.gaps.length === 1)
      }
    })
  )
})

describe("ecs.tasks", () => {
  const tasks = Array.from({ length: 150 }, (_, index) => `task-${index}`)
  const answers = {
    "ecs:ListClusters": paged(["a", "idle"], "clusterArns", maxResults),
    "ecs:DescribeClusters": () => ({ clusters: [described("a"), described("idle", { runningTasksCount: 0 })] }),
    "ecs:ListTasks": paged(tasks, "taskArns", maxResults),
    "ecs:DescribeTasks": ({ cluster, tasks }: any) => ({
      tasks: tasks.map((taskArn: string) => ({
        taskArn,
        clusterArn: cluster,
        taskDefinitionArn: "web:7",
        group: taskArn === "task-0" ? "service:web" : "family:web",
        platformVersion: "1.4.0",
        platformFamily: "Linux",
        capacityProviderName: "FARGATE",
        containers: [{ image: "web:v7", imageDigest: "sha256:1" }, { image: "sidecar" }]
      }))
    })
  }

  it.effect("asks clusters only that run any, two calls for each hundred", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(ecs.tasks, answers)
      assert.deepStrictEqual(calls, {
        "ecs:ListClusters": 1,
        "ecs:DescribeClusters": 1,
        "ecs:ListTasks": 2,
        "ecs:DescribeTasks": 2
      })
      assert.strictEqual(valueOf(read).length, 150)
      assert.deepStrictEqual(valueOf(read)[0], {
        arn: "task-0",
        clusterArn: "a",
        serviceName: "web",
        taskDefinition: "web:7",
        capacityProvider: "FARGATE",
        platformVersion: "1.4.0",
        platformFamily: "linux",
        images: ["web:v7", "sidecar"],
        imageDigests: ["sha256:1"]
      })
      assert.isUndefined(valueOf(read)[1].serviceName)
    })
  )

  it.effect("has a gap where a list or a task definition is missing", () =>
    Effect.gen(function* () {
      for (const more of [
        { "ecs:ListTasks": () => ({}) },
        { "ecs:DescribeTasks": () => ({}) },
        { "ecs:DescribeTasks": () => ({ tasks: [{ taskArn: "task-0", clusterArn: "a" }] }) }
      ]) {
        const { read } = yield* readDataset(ecs.tasks, { ...answers, ...more })
        assert.isTrue(read.ok && read.value.length === 0 && read.gaps.length > 0)
      }
    })
  )
})

describe("ecs.taskDefinition", () => {
  const definition = {
    cpu: "1024",
    memory: "2 GB",
    registeredAt: new Date("2026-01-02T03:04:05Z"),
    runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
    containerDefinitions: [{ image: "web:v7" }, { image: "web:v7" }, {}]
  }

  it.effect("asks one by one, and takes numbers and words for sizes", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(ecs.taskDefinition, ["web:7", "old:1"], {
        "ecs:DescribeTaskDefinition": ({ taskDefinition }) =>
          taskDefinition === "web:7"
            ? { taskDefinition: definition, tags: [{ key: "team", value: "web" }] }
            : { taskDefinition: { cpu: ".5 vCPU" } }
      })
      assert.deepStrictEqual(calls, { "ecs:DescribeTaskDefinition": 2 })
      assert.deepStrictEqual(
        readings.map((reading) => (reading.known ? reading.value : undefined)),
        [
          {
            registeredAt: definition.registeredAt,
            cpuUnits: 1024,
            memoryMib: 2048,
            architecture: "arm64",
            system: "linux",
            images: ["web:v7"],
            tags: { team: "web" }
          },
          {
            registeredAt: null,
            cpuUnits: 512,
            memoryMib: null,
            architecture: "x86_64",
            system: "linux",
            images: [],
            tags: {}
          }
        ]
      )
    })
  )

  it.effect("is not known where the answer has none", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(ecs.taskDefinition, ["web:7"], { "ecs:DescribeTaskDefinition": () => ({}) })
      assert.isFalse(readings[0]?.known)
    })
  )
})

describe("ecs.taskDefinitionFamilies", () => {
  const arn = (revision: string) => `arn:aws:ecs:eu-west-1:111111111111:task-definition/${revision}`

  it.effect("reads 250 revisions in three calls, and puts them together by family, newest first", () =>
    Effect.gen(function* () {
      const arns = [...Array.from({ length: 249 }, (_, index) => arn(`web:${index + 1}`)), arn("batch:3")]
      const { calls, read, sent } = yield* readDataset(ecs.taskDefinitionFamilies, {
        "ecs:ListTaskDefinitions": paged(arns, "taskDefinitionArns", maxResults)
      })
      assert.deepStrictEqual(calls, { "ecs:ListTaskDefinitions": 3 })
      assert.strictEqual(sent[0]?.input.status, "ACTIVE")
      const [web, batch]: ReadonlyArray<ecs.TaskDefinitionFamily> = valueOf(read)
      assert.deepInclude(web, { arn: arn("web"), name: "web" })
      assert.deepStrictEqual(web?.revisions.slice(0, 2), [249, 248])
      assert.deepStrictEqual(batch, { arn: arn("batch"), name: "batch", revisions: [3] })
      assert.strictEqual(ecs.revisionArn(batch as ecs.TaskDefinitionFamily, 3), arn("batch:3"))
    })
  )

  it.effect("calls an answer without its list, or with something else in it, malformed", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { taskDefinitionArns: ["web"] }]) {
        const { read } = yield* readDataset(ecs.taskDefinitionFamilies, { "ecs:ListTaskDefinitions": () => answer })
        assert.isFalse(read.ok)
      }
    })
  )
})

describe("ecs.containerInstances", () => {
  const answers = {
    "ecs:ListContainerInstances": paged(
      Array.from({ length: 101 }, (_, index) => `instance-${index}`),
      "containerInstanceArns",
      maxResults
    ),
    "ecs:DescribeContainerInstances": ({ containerInstances }: any) => ({
      containerInstances: containerInstances.map((containerInstanceArn: string) => ({
        containerInstanceArn,
        ec2InstanceId: "i-1",
        capacityProviderName: "spot"
      }))
    })
  }

  it.effect("takes two calls for each hundred of a cluster", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(ecs.containerInstances, ["a"], answers)
      assert.deepStrictEqual(calls, { "ecs:ListContainerInstances": 2, "ecs:DescribeContainerInstances": 2 })
      const [reading] = readings
      assert.deepStrictEqual(reading?.known === true ? reading.value[100] : undefined, {
        arn: "instance-100",
        instanceId: "i-1",
        capacityProvider: "spot",
        registeredAt: undefined
      })
    })
  )

  it.effect("is not known where a list or an instance is missing", () =>
    Effect.gen(function* () {
      for (const more of [
        { "ecs:ListContainerInstances": () => ({}) },
        { "ecs:DescribeContainerInstances": () => ({}) },
        { "ecs:DescribeContainerInstances": () => ({ containerInstances: [{ containerInstanceArn: "a" }] }) }
      ]) {
        const { readings } = yield* readProbe(ecs.containerInstances, ["a"], { ...answers, ...more })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

describe("ecs.capacityProviders", () => {
  it.effect("asks for a hundred at once, and does not know those that are not described", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(ecs.capacityProviders, ["scaled", "fixed", "gone"], {
        "ecs:DescribeCapacityProviders": ({ capacityProviders }) => {
          assert.deepStrictEqual(capacityProviders, ["scaled", "fixed", "gone"])
          return {
            capacityProviders: [
              {
                name: "scaled",
                autoScalingGroupProvider: { autoScalingGroupArn: "asg", managedScaling: { status: "ENABLED" } }
              },
              { name: "fixed", autoScalingGroupProvider: { autoScalingGroupArn: "asg-2" } }
            ]
          }
        }
      })
      assert.deepStrictEqual(calls, { "ecs:DescribeCapacityProviders": 1 })
      assert.deepStrictEqual(
        readings.map((reading) => (reading.known ? reading.value : "unknown")),
        [{ isScaledByEcs: true, groupArn: "asg" }, { isScaledByEcs: false, groupArn: "asg-2" }, undefined]
      )
    })
  )
})

describe("ecs.workloads", () => {
  it.effect("puts clusters and services side by side, each with its own type", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ecs.workloads, {
        ...estate({ a: 1 }),
        "ecs:DescribeClusters": () => ({ clusters: [described("a")] })
      })
      const workloads: ReadonlyArray<ecs.Workload> = valueOf(read)
      assert.deepStrictEqual(
        workloads.map((workload) => {
          const { createdAt, id, type } = (ecs.workloads.kind as ResourceKind).resourceOf(workload)
          return [type, id, createdAt]
        }),
        [
          ["ecs:cluster", "a", null],
          ["ecs:service", "a/service-0", null]
        ]
      )
    })
  )
})

describe("ecs.use", () => {
  it("is settled by as many hours above both limits as forbid a 95th percentile below them", () => {
    const service = { arn: "arn:service", clusterArn: "cluster/shop", name: "cart", status: "ACTIVE", runningCount: 1 }
    let questions: ReadonlyArray<SeriesQuestion> = []
    Effect.runSync(
      ecs
        .use(30, { leastDays: 14, cpuPercent: 50, memoryPercent: 60 })
        .read({ services: [service] }, {})
        .pipe(
          Effect.provide(
            Layer.mock(SeriesReader, {
              ask: (_, asked) => {
                questions = asked
                return Effect.succeed({ series: MetricSeries.unread("a test"), gaps: [] })
              }
            })
          ),
          Effect.provideService(AsOf, now)
        ) as Effect.Effect<unknown>
    )
    const [question] = questions
    if (question === undefined) throw new Error("nothing was asked")
    assert.strictEqual(question.key, "arn:service")
    // 31 days have 744 hours, of which 37 are five of a hundred.
    const isSettled = (cpuHours: number, memoryHours: number, days = 30) => {
      const first = new Date("2026-10-21T00:00:00Z").getTime()
      const series = new MetricSeries(({ metric }) => {
        const busy = metric === "CPUUtilization" ? cpuHours : memoryHours
        const limit = metric === "CPUUtilization" ? 50 : 60
        return {
          _tag: "Values",
          start: new Date(first + (30 - days) * 86_400_000),
          values: Float64Array.from({ length: days * 24 }, (_, hour) => (hour < busy ? limit + 1 : limit))
        }
      }, now)
      const kept = keptDays(question, series, now)
      return kept !== undefined && question.settledBy(Past.of(kept, now, now, windowsOf(question)))
    }
    assert.deepStrictEqual([isSettled(38, 38), isSettled(37, 38), isSettled(38, 37)], [true, false, false])
    assert.deepStrictEqual([isSettled(100, 100, 14), isSettled(100, 100, 13)], [true, false])
  })
})
