import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as elb from "../../../datasets/aws/elb.ts"
import { account, awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const pageSize = { size: "PageSize", input: "Marker", output: "NextMarker" }

const arnOf = (resource: string) => `arn:aws:elasticloadbalancing:eu-west-1:${account}:${resource}`

const awsBalancer = (index: number, Type = "application", code = "app") => ({
  LoadBalancerArn: arnOf(`loadbalancer/${code}/lb-${index}/abc`),
  LoadBalancerName: `lb-${index}`,
  Type,
  Scheme: "internal",
  State: { Code: "active" },
  CreatedTime: new Date("2026-01-01T00:00:00Z"),
  AvailabilityZones: [{ ZoneName: "eu-west-1a" }]
})

const awsGroup = (index: number, more: object = {}) => ({
  TargetGroupArn: arnOf(`targetgroup/tg-${index}/def`),
  TargetGroupName: `tg-${index}`,
  Protocol: "HTTP",
  Port: 80,
  VpcId: "vpc-1",
  TargetType: "ip",
  LoadBalancerArns: [],
  ...more
})

const many = <A>(length: number, item: (index: number) => A) => Array.from({ length }, (_, index) => item(index))

describe("elb.loadBalancers", () => {
  it.effect("reads 900 load balancers in three calls of 400", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(elb.loadBalancers, {
        "elasticloadbalancing:DescribeLoadBalancers": paged(
          many(900, (index) => awsBalancer(index)),
          "LoadBalancers",
          pageSize
        )
      })
      assert.deepStrictEqual(calls, { "elasticloadbalancing:DescribeLoadBalancers": 3 })
      assert.strictEqual(valueOf(read).length, 900)
      assert.strictEqual(valueOf(read)[1].path, "app/lb-1/abc")
      assert.deepStrictEqual(valueOf(read)[1].availabilityZones, ["eu-west-1a"])
    })
  )
})

describe("elb.classicLoadBalancers", () => {
  it.effect("reads 401 in two calls, with their instances and listeners", () =>
    Effect.gen(function* () {
      const items = many(401, (index) => ({
        LoadBalancerName: `old-${index}`,
        CreatedTime: new Date("2020-01-01T00:00:00Z"),
        Instances: [{ InstanceId: "i-1" }, { InstanceId: "i-2" }],
        ListenerDescriptions: [{ Listener: { Protocol: "HTTP", LoadBalancerPort: 80 } }]
      }))
      const { calls, read } = yield* readDataset(elb.classicLoadBalancers, {
        "elasticloadbalancing:DescribeLoadBalancers": paged(items, "LoadBalancerDescriptions", pageSize)
      })
      assert.deepStrictEqual(calls, { "elasticloadbalancing:DescribeLoadBalancers": 2 })
      const balancer: elb.LoadBalancer = valueOf(read)[400]
      assert.strictEqual(balancer.arn, arnOf("loadbalancer/old-400"))
      assert.deepStrictEqual([balancer.type, balancer.path, balancer.registeredInstances], ["classic", "old-400", 2])
      assert.deepStrictEqual(balancer.listeners, ["HTTP:80"])
    })
  )
})

describe("elb.targetGroups", () => {
  it.effect("reads 801 target groups in three calls of 400", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(elb.targetGroups, {
        "elasticloadbalancing:DescribeTargetGroups": paged(
          many(801, (index) => awsGroup(index)),
          "TargetGroups",
          pageSize
        )
      })
      assert.deepStrictEqual(calls, { "elasticloadbalancing:DescribeTargetGroups": 3 })
      assert.strictEqual(valueOf(read)[800].path, "targetgroup/tg-800/def")
    })
  )
})

describe("elb.targetGroupsWithHealth", () => {
  const balancer = arnOf("loadbalancer/app/lb/abc")
  const groups = [0, 1, 2].map((index) => awsGroup(index, index === 0 ? {} : { LoadBalancerArns: [balancer] }))

  it.effect("costs one more call for each group that a load balancer uses", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(elb.targetGroupsWithHealth, {
        "elasticloadbalancing:DescribeTargetGroups": paged(groups, "TargetGroups", pageSize),
        "elasticloadbalancing:DescribeTargetHealth": ({ TargetGroupArn }) => ({
          TargetHealthDescriptions: TargetGroupArn.includes("tg-1")
            ? [{ TargetHealth: { State: "healthy" } }, { TargetHealth: { State: "draining" } }]
            : []
        })
      })
      assert.deepStrictEqual(calls, {
        "elasticloadbalancing:DescribeTargetGroups": 1,
        "elasticloadbalancing:DescribeTargetHealth": 2
      })
      const value: ReadonlyArray<elb.InspectedTargetGroup> = valueOf(read)
      assert.deepStrictEqual(
        value.map(({ health }) => health),
        [undefined, { registered: 2, states: { healthy: 1, draining: 1 } }, { registered: 0, states: {} }]
      )
      assert.strictEqual(elb.healthSummary(value.flatMap(({ health }) => health ?? [])), "draining: 1, healthy: 1")
      assert.strictEqual(elb.healthSummary([]), "none")
    })
  )

  it.effect("has a gap for a group whose targets cannot be read, and keeps the others", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(elb.targetGroupsWithHealth, {
        "elasticloadbalancing:DescribeTargetGroups": paged(groups, "TargetGroups", pageSize),
        "elasticloadbalancing:DescribeTargetHealth": ({ TargetGroupArn }) => {
          if (TargetGroupArn.includes("tg-1")) throw awsFailure("AccessDenied", "no", 403)
          return { TargetHealthDescriptions: [{ TargetHealth: { State: "healthy" } }] }
        }
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.strictEqual(read.gaps.length, 1)
      assert.deepStrictEqual(
        read.value.map(({ health }: elb.InspectedTargetGroup) => health?.registered),
        [undefined, undefined, 1]
      )
    })
  )
})

describe("elb.traffic", () => {
  const answers = {
    "elasticloadbalancing:DescribeLoadBalancers": () => ({
      LoadBalancers: [awsBalancer(1), awsBalancer(2, "network", "net"), awsBalancer(3, "gateway", "gwy")],
      LoadBalancerDescriptions: [{ LoadBalancerName: "old", CreatedTime: new Date("2020-01-01T00:00:00Z") }]
    }),
    "elasticloadbalancing:DescribeTargetGroups": () => ({
      TargetGroups: [
        awsGroup(1, { LoadBalancerArns: [arnOf("loadbalancer/app/lb-1/abc")] }),
        awsGroup(2, { LoadBalancerArns: [arnOf("loadbalancer/net/lb-2/abc")], Protocol: "TCP" }),
        awsGroup(3, {
          LoadBalancerArns: [arnOf("loadbalancer/app/lb-1/abc")],
          TargetType: "lambda",
          Protocol: undefined
        }),
        awsGroup(4)
      ]
    }),
    "cloudwatch:GetMetricData": () => ({ MetricDataResults: [] })
  }
  const asked = (queries: ReadonlyArray<any>) =>
    queries.map(({ MetricStat: { Metric } }) =>
      [
        Metric.Namespace,
        Metric.MetricName,
        ...Metric.Dimensions.map(({ Name, Value }: any) => `${Name}=${Value}`)
      ].join(" ")
    )

  it.effect("asks every type in its own namespace, all in one call", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(elb.traffic(90), answers)
      assert.deepStrictEqual(calls, { "elasticloadbalancing:DescribeLoadBalancers": 2, "cloudwatch:GetMetricData": 1 })
      assert.deepStrictEqual(asked(sent.at(-1)?.input.MetricDataQueries), [
        "AWS/ApplicationELB RequestCount LoadBalancer=app/lb-1/abc",
        "AWS/ApplicationELB NewConnectionCount LoadBalancer=app/lb-1/abc",
        "AWS/ApplicationELB HTTP_Redirect_Count LoadBalancer=app/lb-1/abc",
        "AWS/ApplicationELB HTTP_Fixed_Response_Count LoadBalancer=app/lb-1/abc",
        "AWS/NetworkELB NewFlowCount LoadBalancer=net/lb-2/abc",
        "AWS/NetworkELB ProcessedBytes LoadBalancer=net/lb-2/abc",
        "AWS/GatewayELB NewFlowCount LoadBalancer=gwy/lb-3/abc",
        "AWS/GatewayELB ProcessedBytes LoadBalancer=gwy/lb-3/abc",
        "AWS/ELB RequestCount LoadBalancerName=old",
        "AWS/ELB EstimatedProcessedBytes LoadBalancerName=old"
      ])
    })
  )

  it.effect("counts requests by group for HTTP groups of application load balancers only", () =>
    Effect.gen(function* () {
      const { sent } = yield* readDataset(elb.groupRequests(14), answers)
      assert.deepStrictEqual(asked(sent.at(-1)?.input.MetricDataQueries), [
        "AWS/ApplicationELB RequestCount LoadBalancer=app/lb-1/abc TargetGroup=targetgroup/tg-1/def"
      ])
    })
  )
})

describe("elb.details", () => {
  const balancer = (type: elb.LoadBalancer["type"]) =>
    ({ arn: arnOf(`loadbalancer/${type}`), type }) as elb.LoadBalancer

  it.effect("costs two calls a load balancer, and one for a gateway, which reserves nothing", () =>
    Effect.gen(function* () {
      const { calls, result } = yield* readProbe(
        elb.details,
        [balancer("application"), balancer("network"), balancer("gateway")],
        {
          "elasticloadbalancing:DescribeListeners": ({ LoadBalancerArn, PageSize }) => {
            assert.strictEqual(PageSize, 400)
            return { Listeners: LoadBalancerArn.endsWith("gateway") ? [{}] : [{ Protocol: "HTTPS", Port: 443 }] }
          },
          "elasticloadbalancing:DescribeCapacityReservation": ({ LoadBalancerArn }) =>
            LoadBalancerArn.endsWith("network") ? { MinimumLoadBalancerCapacity: { CapacityUnits: 2750 } } : {}
        }
      )
      assert.deepStrictEqual(calls, {
        "elasticloadbalancing:DescribeListeners": 3,
        "elasticloadbalancing:DescribeCapacityReservation": 2
      })
      assert.deepStrictEqual(Result.getOrThrow(result), [
        { listeners: ["HTTPS:443"], reservedUnits: 0 },
        { listeners: ["HTTPS:443"], reservedUnits: 2750 },
        { listeners: ["all ports"], reservedUnits: 0 }
      ])
    })
  )
})
