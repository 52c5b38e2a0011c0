import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ecs from "../../../datasets/aws/ecs.ts"
import { awsFailure, paged, readDataset, valueOf } from "../harness.ts"

const maxResults = { size: "maxResults", input: "nextToken", output: "nextToken" }

const awsService = (serviceArn: string, cluster: string, more: object = {}) => ({
  serviceArn,
  serviceName: serviceArn.split("/").at(-1),
  clusterArn: cluster,
  status: "ACTIVE",
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
              deployments: [{ networkConfiguration: network("subnet-3", "sg-3") }]
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
