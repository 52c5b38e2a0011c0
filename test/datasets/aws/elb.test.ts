import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as elb from "../../../datasets/aws/elb.ts"
import { type Dataset, withNeeds } from "../../../datasets/engine/Dataset.ts"
import { account, awsFailure, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"

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

describe("elb answers without what a verdict rests on", () => {
  const fault = Effect.fnUntraced(function* (dataset: Dataset, operation: string, answer: object) {
    const { read } = yield* readDataset(dataset, { [`elasticloadbalancing:${operation}`]: () => answer })
    return read.ok ? "" : read.error.summary
  })

  it.effect("are malformed", () =>
    Effect.gen(function* () {
      const classic = { LoadBalancerName: "old", CreatedTime: new Date("2020-01-01T00:00:00Z"), Instances: [] }
      const faults: ReadonlyArray<readonly [Dataset, string, object, string]> = [
        [elb.loadBalancers, "DescribeLoadBalancers", {}, "LoadBalancers is missing"],
        [elb.classicLoadBalancers, "DescribeLoadBalancers", {}, "LoadBalancerDescriptions is missing"],
        [elb.targetGroups, "DescribeTargetGroups", {}, "TargetGroups is missing"],
        ...["LoadBalancerArn", "Type", "State", "CreatedTime"].map((field) => {
          const answer = { LoadBalancers: [{ ...awsBalancer(1), [field]: undefined }] }
          const path = `LoadBalancers[].${field === "State" ? "State.Code" : field} is missing`
          return [elb.loadBalancers, "DescribeLoadBalancers", answer, path] as const
        }),
        ...["LoadBalancerName", "CreatedTime", "Instances"].map((field) => {
          const answer = { LoadBalancerDescriptions: [{ ...classic, [field]: undefined }] }
          const path = `LoadBalancerDescriptions[].${field} is missing`
          return [elb.classicLoadBalancers, "DescribeLoadBalancers", answer, path] as const
        }),
        ...["TargetGroupArn", "TargetGroupName", "LoadBalancerArns"].map((field) => {
          const answer = { TargetGroups: [{ ...awsGroup(1), [field]: undefined }] }
          return [elb.targetGroups, "DescribeTargetGroups", answer, `TargetGroups[].${field} is missing`] as const
        })
      ]
      for (const [dataset, operation, answer, message] of faults) {
        assert.include(yield* fault(dataset, operation, answer), `(${message})`)
      }
    })
  )

  it.effect("and states and types are read in whatever case AWS writes them", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(elb.loadBalancers, {
        "elasticloadbalancing:DescribeLoadBalancers": () => ({
          LoadBalancers: [{ ...awsBalancer(1), Type: "Application", State: { Code: "ACTIVE" } }]
        })
      })
      assert.deepInclude(valueOf(read)[0], { type: "application", state: "active" })
    })
  )
})

describe("elb.balancers", () => {
  it.effect("are of both generations, and a failed page of either is their own gap", () =>
    Effect.gen(function* () {
      const classic = { LoadBalancerName: "old", CreatedTime: new Date("2020-01-01T00:00:00Z"), Instances: [] }
      const { read } = yield* readDataset(elb.balancers, {
        "elasticloadbalancing:DescribeLoadBalancers": ({ Marker }) => {
          if (Marker !== undefined) throw awsFailure("AccessDenied", "no", 403)
          return { LoadBalancers: [awsBalancer(1)], LoadBalancerDescriptions: [classic], NextMarker: "2" }
        }
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(
        read.value.map(({ path }: elb.LoadBalancer) => path),
        ["app/lb-1/abc", "old"]
      )
      assert.deepStrictEqual([read.gaps.length, read.inherited.length], [2, 0])
    })
  )

  it("describe themselves as what they are", () => {
    const described = (type: elb.LoadBalancer["type"]) =>
      elb.balancers.kind?.resourceOf({ arn: "arn", type, path: "app/x/1", name: "x" })
    assert.deepInclude(described("network"), { type: "elbv2:load-balancer", id: "app/x/1", name: "x" })
    assert.deepInclude(described("classic"), { type: "elb:load-balancer" })
  })
})

describe("elb.targetHealth", () => {
  const group = (name: string) =>
    ({ arn: arnOf(`targetgroup/${name}/def`), loadBalancerArns: [] as ReadonlyArray<string> }) as elb.TargetGroup

  it.effect("costs one call for each group", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(elb.targetHealth, [group("full"), group("bare")], {
        "elasticloadbalancing:DescribeTargetHealth": ({ TargetGroupArn }) => ({
          TargetHealthDescriptions: TargetGroupArn.includes("full")
            ? [{ TargetHealth: { State: "Healthy" } }, { TargetHealth: { State: "draining" } }]
            : []
        })
      })
      assert.deepStrictEqual(calls, { "elasticloadbalancing:DescribeTargetHealth": 2 })
      const full = { registered: 2, states: { healthy: 1, draining: 1 } }
      const bare = { registered: 0, states: {} }
      assert.deepStrictEqual(readings, [known(full), known(bare)])
      assert.deepStrictEqual([elb.healthSummary(full), elb.healthSummary(bare)], ["draining: 1, healthy: 1", "none"])
    })
  )

  it.effect("does not know a group that AWS refuses or answers without its list, and knows the others", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(elb.targetHealth, ["refused", "odd", "stateless", "full"].map(group), {
        "elasticloadbalancing:DescribeTargetHealth": ({ TargetGroupArn }) => {
          if (TargetGroupArn.includes("refused")) throw awsFailure("TargetGroupNotFound")
          if (TargetGroupArn.includes("odd")) return {}
          return {
            TargetHealthDescriptions: [TargetGroupArn.includes("full") ? { TargetHealth: { State: "healthy" } } : {}]
          }
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, false, false, true]
      )
    })
  )
})

describe("elb.traffic", () => {
  const answers = {
    "elasticloadbalancing:DescribeLoadBalancers": () => ({
      LoadBalancers: [awsBalancer(1), awsBalancer(2, "network", "net"), awsBalancer(3, "gateway", "gwy")],
      LoadBalancerDescriptions: [
        { LoadBalancerName: "old", CreatedTime: new Date("2020-01-01T00:00:00Z"), Instances: [] }
      ]
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
    "cloudwatch:GetMetricData": noSeries
  }
  const asked = (queries: ReadonlyArray<any>) =>
    queries.map(({ MetricStat: { Metric } }) =>
      [
        Metric.Namespace,
        Metric.MetricName,
        ...Metric.Dimensions.map(({ Name, Value }: any) => `${Name}=${Value}`)
      ].join(" ")
    )

  it.effect("asks of all what they served: one series each, in one call", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(
        elb.served(90, { requests: 0, dailyFlows: 0, withinDays: undefined }),
        answers
      )
      assert.deepStrictEqual(calls, { "elasticloadbalancing:DescribeLoadBalancers": 2, "cloudwatch:GetMetricData": 1 })
      assert.deepStrictEqual(asked(sent.at(-1)?.input.MetricDataQueries), [
        "AWS/ApplicationELB RequestCount LoadBalancer=app/lb-1/abc",
        "AWS/NetworkELB NewFlowCount LoadBalancer=net/lb-2/abc",
        "AWS/GatewayELB NewFlowCount LoadBalancer=gwy/lb-3/abc",
        "AWS/ELB RequestCount LoadBalancerName=old"
      ])
    })
  )

  it.effect("asks single ones in every metric of their type", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(elb.balancers, answers)
      const { calls, sent } = yield* readProbe(elb.traffic(90), valueOf(read), answers)
      assert.deepStrictEqual(calls, { "cloudwatch:GetMetricData": 1 })
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

  it.effect("asks which targets the load balancers of a group see", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(elb.loadBalancers, answers)
      const [application, network]: ReadonlyArray<elb.LoadBalancer> = valueOf(read)
      const group = { arn: "arn:tg", path: "targetgroup/tg-1/def" } as elb.TargetGroup
      const balancers = [application, network].flatMap((balancer) => balancer ?? [])
      const { sent } = yield* readProbe(elb.hosts(14), [{ group, balancers }], answers)
      assert.deepStrictEqual(asked(sent[0]?.input.MetricDataQueries), [
        "AWS/ApplicationELB HealthyHostCount LoadBalancer=app/lb-1/abc TargetGroup=targetgroup/tg-1/def",
        "AWS/ApplicationELB UnHealthyHostCount LoadBalancer=app/lb-1/abc TargetGroup=targetgroup/tg-1/def",
        "AWS/NetworkELB HealthyHostCount LoadBalancer=net/lb-2/abc TargetGroup=targetgroup/tg-1/def",
        "AWS/NetworkELB UnHealthyHostCount LoadBalancer=net/lb-2/abc TargetGroup=targetgroup/tg-1/def"
      ])
      assert.strictEqual(sent[0]?.input.MetricDataQueries[0].MetricStat.Stat, "Maximum")
    })
  )

  it("declares every metric that it may ask for", () => {
    const declared = (metrics: ReadonlyArray<{ namespace: string; metric: string }>) =>
      metrics.map(({ metric, namespace }) => `${namespace} ${metric}`)
    assert.lengthOf(declared(elb.traffic(90).metrics), 10)
    assert.deepStrictEqual(
      declared(
        withNeeds([elb.served(90, { requests: 0, dailyFlows: 0, withinDays: undefined })]).flatMap(
          ({ metrics }) => metrics
        )
      ),
      [
        "AWS/ApplicationELB RequestCount",
        "AWS/NetworkELB NewFlowCount",
        "AWS/GatewayELB NewFlowCount",
        "AWS/ELB RequestCount"
      ]
    )
    assert.lengthOf(declared(elb.hosts(14).metrics), 6)
  })

  it.effect("counts requests by group for HTTP groups and functions of application load balancers only", () =>
    Effect.gen(function* () {
      const { sent } = yield* readDataset(elb.groupRequests(14), answers)
      assert.deepStrictEqual(asked(sent.at(-1)?.input.MetricDataQueries), [
        "AWS/ApplicationELB RequestCount LoadBalancer=app/lb-1/abc TargetGroup=targetgroup/tg-1/def",
        "AWS/ApplicationELB RequestCount LoadBalancer=app/lb-1/abc TargetGroup=targetgroup/tg-3/def"
      ])
    })
  )
})

describe("elb.details", () => {
  const balancer = (type: elb.LoadBalancer["type"]) =>
    ({
      arn: arnOf(`loadbalancer/${type}`),
      type,
      createdAt: new Date("2026-01-01T00:00:00Z")
    }) as elb.LoadBalancer

  it.effect("costs two calls a load balancer, and one for a gateway, which reserves nothing", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(
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
      assert.deepStrictEqual(readings, [
        known({ listeners: ["HTTPS:443"], reservedUnits: 0 }),
        known({ listeners: ["HTTPS:443"], reservedUnits: 2750 }),
        known({ listeners: ["all ports"], reservedUnits: 0 })
      ])
    })
  )
})

describe("what answers HTTP requests", () => {
  const alb = arnOf("loadbalancer/app/lb-1/abc")
  const nlb = arnOf("loadbalancer/net/lb-2/abc")
  const answers = {
    "elasticloadbalancing:DescribeLoadBalancers": () => ({
      LoadBalancers: [awsBalancer(1), awsBalancer(2, "network", "net")]
    }),
    "elasticloadbalancing:DescribeTargetGroups": () => ({
      TargetGroups: [
        awsGroup(1, { LoadBalancerArns: [alb], ProtocolVersion: "grpc" }),
        awsGroup(2, { LoadBalancerArns: [nlb], Protocol: "TCP" }),
        awsGroup(3, { LoadBalancerArns: [alb], Protocol: undefined, TargetType: "Lambda" }),
        awsGroup(4),
        awsGroup(5, { LoadBalancerArns: [arnOf("loadbalancer/app/lb-9/abc")] })
      ]
    }),
    "cloudwatch:GetMetricData": noSeries
  }
  const calls = { "elasticloadbalancing:DescribeLoadBalancers": 1, "elasticloadbalancing:DescribeTargetGroups": 1 }

  it.effect("are HTTP groups and functions behind application load balancers, from two calls", () =>
    Effect.gen(function* () {
      const read = yield* readDataset(elb.httpGroups, answers)
      assert.deepStrictEqual(read.calls, calls)
      assert.deepStrictEqual(
        valueOf(read.read).map(({ balancers, isWhole, name }: elb.HttpGroup) => [name, balancers.length, isWhole]),
        [
          ["tg-1", 1, true],
          ["tg-3", 1, true],
          ["tg-5", 0, false]
        ]
      )
      assert.strictEqual(valueOf(read.read)[0].group.protocolVersion, "GRPC")
    })
  )

  it.effect("and application load balancers themselves, of which one series each counts their own errors", () =>
    Effect.gen(function* () {
      const read = yield* readDataset(elb.httpServers, answers)
      assert.deepStrictEqual(
        valueOf(read.read).map(({ name }: elb.HttpServer) => name),
        ["tg-1", "tg-3", "tg-5", "lb-1"]
      )
      const errors = yield* readDataset(elb.balancerErrors(7), answers)
      assert.deepStrictEqual(errors.calls, { ...calls, "cloudwatch:GetMetricData": 1 })
      const queries = errors.sent.at(-1)?.input.MetricDataQueries
      assert.lengthOf(queries, 1)
      assert.deepInclude(queries[0].MetricStat, { Period: 3600, Stat: "Sum" })
      assert.deepInclude(queries[0].MetricStat.Metric, {
        MetricName: "HTTPCode_ELB_5XX_Count",
        Dimensions: [{ Name: "LoadBalancer", Value: "app/lb-1/abc" }]
      })
    })
  )

  it.effect("have a failed page of either list for their own gap", () =>
    Effect.gen(function* () {
      for (const list of ["LoadBalancers", "TargetGroups"]) {
        const operation = `elasticloadbalancing:Describe${list}` as keyof typeof answers
        const { read } = yield* readDataset(elb.httpServers, {
          ...answers,
          [operation]: ({ Marker }: any) => {
            if (Marker !== undefined) throw awsFailure("AccessDenied")
            return { ...(answers[operation] as () => object)(), NextMarker: "1" }
          }
        })
        assert.isTrue(read.ok && read.gaps.length > 0 && read.inherited.length === 0, list)
      }
    })
  )

  it.effect("are asked for as many metrics as are wanted, in one call", () =>
    Effect.gen(function* () {
      const server = { arn: alb, name: "lb-1", group: undefined, isWhole: true, balancers: [{ path: "app/lb-1/abc" }] }
      const probe = elb.answers(
        [
          ["TargetResponseTime", "p95"],
          ["RequestCount", "Sum"]
        ],
        7
      )
      const { calls, sent } = yield* readProbe(probe, [server as unknown as elb.HttpServer], answers)
      assert.deepStrictEqual(calls, { "cloudwatch:GetMetricData": 1 })
      assert.lengthOf(sent[0]?.input.MetricDataQueries, 2)
    })
  )
})
