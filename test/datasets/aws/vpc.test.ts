import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import type { MetricSeries } from "../../../datasets/metrics/MetricSeries.ts"
import * as vpc from "../../../datasets/aws/vpc.ts"
import { awsFailure, daysAgo, now, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const sized = { size: "MaxResults" }

const many = <A>(count: number, make: (index: number) => A) => Array.from({ length: count }, (_, index) => make(index))

const awsNat = (id: string, overrides: object = {}) => ({
  NatGatewayId: id,
  State: "available",
  CreateTime: daysAgo(100),
  ConnectivityType: "public",
  VpcId: "vpc-1",
  SubnetId: "subnet-1",
  NatGatewayAddresses: [{ PublicIp: "198.51.100.1", Status: "succeeded" }],
  Tags: [{ Key: "Name", Value: "egress" }],
  ...overrides
})

const awsEndpoint = (id: string, overrides: object = {}) => ({
  VpcEndpointId: id,
  VpcEndpointType: "Interface",
  State: "available",
  VpcId: "vpc-1",
  ServiceName: "com.amazonaws.eu-west-1.sqs",
  CreationTimestamp: daysAgo(100),
  SubnetIds: ["subnet-1"],
  ...overrides
})

describe("vpc lists", () => {
  it.effect("read as few pages as EC2 allows", () =>
    Effect.gen(function* () {
      const check = Effect.fnUntraced(function* (
        dataset: Parameters<typeof readDataset>[0],
        operation: string,
        items: ReadonlyArray<object>,
        field: string,
        calls: number
      ) {
        const answer = yield* readDataset(dataset, { [operation]: paged(items, field, sized) })
        assert.deepStrictEqual(answer.calls, { [operation]: calls })
        assert.strictEqual(valueOf(answer.read).length, items.length)
      })
      yield* check(
        vpc.natGateways,
        "ec2:DescribeNatGateways",
        many(1001, (n) => awsNat(`nat-${n}`)),
        "NatGateways",
        2
      )
      yield* check(
        vpc.routeTables,
        "ec2:DescribeRouteTables",
        many(201, (n) => ({ RouteTableId: `rtb-${n}`, Associations: [], Routes: [] })),
        "RouteTables",
        3
      )
      yield* check(
        vpc.vpcEndpoints,
        "ec2:DescribeVpcEndpoints",
        many(1001, (n) => awsEndpoint(`vpce-${n}`)),
        "VpcEndpoints",
        2
      )
      yield* check(
        vpc.vpcs,
        "ec2:DescribeVpcs",
        many(3, (n) => ({ VpcId: `vpc-${n}` })),
        "Vpcs",
        1
      )
      yield* check(
        vpc.subnets,
        "ec2:DescribeSubnets",
        many(2500, (n) => ({ SubnetId: `subnet-${n}`, AvailabilityZone: "eu-west-1a" })),
        "Subnets",
        3
      )
    })
  )

  it.effect("call an answer without the list, or without the fields that rules rely on, malformed", () =>
    Effect.gen(function* () {
      const gateway = { NatGatewayId: "nat-1", State: "available", CreateTime: daysAgo(9), NatGatewayAddresses: [] }
      const table = { RouteTableId: "rtb-1", Associations: [], Routes: [] }
      const hourly = awsEndpoint("vpce-1")
      const free = awsEndpoint("vpce-1", { VpcEndpointType: "Gateway", RouteTableIds: [] })
      const lists = [
        [vpc.natGateways, "ec2:DescribeNatGateways", "NatGateways", gateway, Object.keys(gateway)],
        [vpc.routeTables, "ec2:DescribeRouteTables", "RouteTables", table, Object.keys(table)],
        [
          vpc.vpcEndpoints,
          "ec2:DescribeVpcEndpoints",
          "VpcEndpoints",
          hourly,
          ["VpcEndpointId", "VpcEndpointType", "State", "CreationTimestamp", "SubnetIds"]
        ],
        [vpc.vpcEndpoints, "ec2:DescribeVpcEndpoints", "VpcEndpoints", free, ["RouteTableIds"]],
        [vpc.vpcs, "ec2:DescribeVpcs", "Vpcs", { VpcId: "vpc-1" }, ["VpcId"]],
        [
          vpc.subnets,
          "ec2:DescribeSubnets",
          "Subnets",
          { SubnetId: "subnet-1", AvailabilityZone: "eu-west-1a" },
          ["SubnetId", "AvailabilityZone"]
        ]
      ] as const
      for (const [dataset, operation, list, item, fields] of lists) {
        const messageOf = Effect.fnUntraced(function* (answer: object) {
          const { read } = yield* readDataset(dataset, { [operation]: () => answer })
          return read.ok ? "read" : read.error.summary
        })
        assert.strictEqual(yield* messageOf({ [list]: [item] }), "read")
        assert.include(yield* messageOf({}), `${list} is missing`)
        for (const field of fields) {
          const message = yield* messageOf({ [list]: [{ ...item, [field]: undefined }] })
          assert.include(message, `${list}[].${field} is missing`)
        }
      }
    })
  )

  it.effect("need no addresses of a NAT gateway that is gone", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(vpc.natGateways, {
        "ec2:DescribeNatGateways": () => ({
          NatGateways: [awsNat("nat-1", { State: "DELETED", NatGatewayAddresses: undefined })]
        })
      })
      assert.strictEqual(valueOf(read)[0].state, "deleted")
    })
  )
})

describe("vpc.natGateways", () => {
  it.effect("keeps the public addresses, and the zones in which a regional gateway works", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(vpc.natGateways, {
        "ec2:DescribeNatGateways": () => ({
          NatGateways: [
            awsNat("nat-1"),
            awsNat("nat-2", {
              AvailabilityMode: "regional",
              SubnetId: undefined,
              NatGatewayAddresses: [
                { PublicIp: "198.51.100.2", AvailabilityZone: "eu-west-1b", Status: "succeeded" },
                { PublicIp: "198.51.100.3", AvailabilityZone: "eu-west-1b", Status: "succeeded" },
                { PublicIp: "198.51.100.4", AvailabilityZone: "eu-west-1a", Status: "succeeded" },
                { AvailabilityZone: "eu-west-1c", Status: "failed" }
              ]
            }),
            awsNat("nat-3", {
              ConnectivityType: "private",
              NatGatewayAddresses: [{ PrivateIp: "10.0.0.9", Status: "succeeded" }]
            })
          ]
        })
      })
      const [zonal, regional, own]: ReadonlyArray<vpc.NatGateway> = valueOf(read)
      assert.strictEqual(zonal?.arn, "arn:aws:ec2:eu-west-1:111111111111:natgateway/nat-1")
      assert.strictEqual(zonal?.availabilityMode, "zonal")
      assert.deepStrictEqual(zonal?.publicIps, ["198.51.100.1"])
      assert.deepStrictEqual(zonal?.tags, { Name: "egress" })
      assert.isUndefined(regional?.subnetId)
      assert.deepStrictEqual(regional?.activeZones, ["eu-west-1a", "eu-west-1b"])
      assert.strictEqual(regional?.publicIps.length, 3)
      assert.strictEqual(own?.connectivity, "private")
      assert.deepStrictEqual(own?.publicIps, [])
    })
  )
})

/** One point today for every series that is asked for: the number of the call's series. */
const metricData = ({ MetricDataQueries }: any) => ({
  MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }: any) => ({
    Id,
    StatusCode: "Complete",
    Timestamps: [new Date("2026-11-20T00:00:00Z")],
    Values: [MetricStat.Stat === "Maximum" ? 7 : 1]
  }))
})

describe("vpc.natTraffic and vpc.natAnswers", () => {
  it.effect("ask for one series of every available gateway, 500 a call, and for two more of a candidate", () =>
    Effect.gen(function* () {
      const gateways = [...many(501, (n) => awsNat(`nat-${n}`)), awsNat("nat-gone", { State: "deleted" })]
      const { calls, read, sent } = yield* readDataset(vpc.natTraffic, {
        "ec2:DescribeNatGateways": paged(gateways, "NatGateways", sized),
        "cloudwatch:GetMetricData": metricData
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeNatGateways": 1, "cloudwatch:GetMetricData": 2 })
      const asked = sent.filter(({ operation }) => operation.name === "GetMetricData")
      assert.deepStrictEqual(
        asked.map(({ input }) => input.MetricDataQueries.length),
        [500, 1]
      )
      const series: MetricSeries = valueOf(read)
      const gateway = { id: "nat-499" } as vpc.NatGateway
      assert.deepStrictEqual(series.total(vpc.natSeries(gateway, "BytesOutToDestination", 32)), known(1))

      const { readings } = yield* readProbe(vpc.natAnswers, [gateway], { "cloudwatch:GetMetricData": metricData })
      const answers = readings[0]?.known ? readings[0].value : assert.fail("not told")
      const [back, open] = vpc.natAnswerSeries(gateway, 32)
      assert.deepStrictEqual(answers.total(back), known(1))
      assert.deepStrictEqual(answers.peak(open), known(7))
    })
  )

  it.effect("ask for one series more of a gateway that carries something", () =>
    Effect.gen(function* () {
      const { readings, sent } = yield* readProbe(vpc.natBytesBack, [{ id: "nat-1" }], {
        "cloudwatch:GetMetricData": metricData
      })
      assert.strictEqual(sent[0]?.input.MetricDataQueries.length, 1)
      const back = readings[0]?.known ? readings[0].value : assert.fail("not told")
      assert.deepStrictEqual(back.total(vpc.natSeries({ id: "nat-1" }, "BytesOutToSource", 30)), known(1))
    })
  )

  it.effect("read up to the start of the run, so that today counts", () =>
    Effect.gen(function* () {
      const { sent } = yield* readDataset(vpc.natTraffic, {
        "ec2:DescribeNatGateways": () => ({ NatGateways: [awsNat("nat-1")] }),
        "cloudwatch:GetMetricData": metricData
      })
      assert.deepStrictEqual(sent.find(({ operation }) => operation.name === "GetMetricData")?.input.EndTime, now)
    })
  )
})

describe("vpc.routeTables", () => {
  it.effect("names the gateway of each route, and the gateways whose traffic a table routes", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(vpc.routeTables, {
        "ec2:DescribeRouteTables": () => ({
          RouteTables: [
            {
              RouteTableId: "rtb-1",
              VpcId: "vpc-1",
              Associations: [{ Main: true }, { SubnetId: "subnet-1" }, { GatewayId: "igw-9" }],
              Routes: [
                { DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local" },
                { DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: "nat-1" },
                { DestinationIpv6CidrBlock: "::/0", EgressOnlyInternetGatewayId: "eigw-1" },
                { DestinationPrefixListId: "pl-1", GatewayId: "igw-1" },
                { DestinationCidrBlock: "192.0.2.0/24", TransitGatewayId: "tgw-1" }
              ]
            }
          ]
        })
      })
      const tables: ReadonlyArray<vpc.RouteTable> = valueOf(read)
      assert.deepStrictEqual(vpc.routesTo(tables, "nat-1"), ["rtb-1 0.0.0.0/0"])
      assert.deepStrictEqual(vpc.routesTo(tables, "eigw-1"), ["rtb-1 ::/0"])
      assert.deepStrictEqual(vpc.routesTo(tables, "igw-1"), ["rtb-1 pl-1"])
      assert.deepStrictEqual(vpc.routesTo(tables, "igw-2"), [])
      assert.deepStrictEqual(tables[0]?.edgeGatewayIds, ["igw-9"])
      assert.isTrue(tables[0]?.main)
    })
  )
})

describe("vpc.vpcEndpoints", () => {
  it.effect("writes the state in lower case and tells a policy that restricts", () =>
    Effect.gen(function* () {
      const allowAll = `{"Statement": [{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}]}`
      const { read } = yield* readDataset(vpc.vpcEndpoints, {
        "ec2:DescribeVpcEndpoints": () => ({
          VpcEndpoints: [
            awsEndpoint("vpce-1", { State: "Available", PolicyDocument: allowAll }),
            awsEndpoint("vpce-2", { PolicyDocument: allowAll.replace(`"*"`, `"sqs:SendMessage"`) }),
            awsEndpoint("vpce-3", { RequesterManaged: true })
          ]
        })
      })
      const [open, narrow, managed]: ReadonlyArray<vpc.VpcEndpoint> = valueOf(read)
      assert.strictEqual(open?.arn, "arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint/vpce-1")
      assert.strictEqual(open?.state, "available")
      assert.isFalse(open?.restrictedByPolicy)
      assert.isTrue(narrow?.restrictedByPolicy)
      assert.isTrue(managed?.requesterManaged)
      assert.isFalse(managed?.restrictedByPolicy)
    })
  )
})

describe("vpc.vpcEndpoints by name", () => {
  it.effect("are those whose private name answers inside the VPC", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(vpc.vpcEndpoints, {
        "ec2:DescribeVpcEndpoints": () => ({
          VpcEndpoints: [
            awsEndpoint("vpce-1", { PrivateDnsEnabled: true }),
            awsEndpoint("vpce-2", {
              PrivateDnsEnabled: true,
              DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: false }
            }),
            awsEndpoint("vpce-3", {
              PrivateDnsEnabled: true,
              DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: true }
            }),
            awsEndpoint("vpce-4", { PrivateDnsEnabled: false }),
            awsEndpoint("vpce-5")
          ]
        })
      })
      const endpoints: ReadonlyArray<vpc.VpcEndpoint> = valueOf(read)
      assert.deepStrictEqual(
        endpoints.filter(({ privateDns }) => privateDns).map(({ id }) => id),
        ["vpce-1", "vpce-2"]
      )
    })
  )
})

describe("vpc.endpointTraffic", () => {
  const listed = {
    "VPC Id": "vpc-1",
    "VPC Endpoint Id": "vpce-1",
    "Endpoint Type": "Interface",
    "Service Name": "com.amazonaws.eu-west-1.SQS"
  }
  const metric = (dimensions: Record<string, string>) => ({
    MetricName: "BytesProcessed",
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  })
  const endpoints = [
    awsEndpoint("vpce-1"),
    awsEndpoint("vpce-2"),
    awsEndpoint("vpce-3", { VpcEndpointType: "Gateway", RouteTableIds: [] }),
    awsEndpoint("vpce-4", { RequesterManaged: true }),
    awsEndpoint("vpce-5", { State: "pendingAcceptance" }),
    awsEndpoint("vpce-6", { VpcEndpointType: "GatewayLoadBalancer" })
  ]

  it.effect("uses the dimensions that CloudWatch names, all four of them, and its own where it names none", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readDataset(vpc.endpointTraffic, {
        "ec2:DescribeVpcEndpoints": paged(endpoints, "VpcEndpoints", sized),
        "cloudwatch:ListMetrics": ({ Namespace, NextToken }) => {
          assert.strictEqual(Namespace, "AWS/PrivateLinkEndpoints")
          return NextToken === undefined
            ? { Metrics: [metric(listed)], NextToken: "2" }
            : { Metrics: [metric({ ...listed, "Subnet Id": "subnet-1" })] }
        },
        "cloudwatch:GetMetricData": metricData
      })
      assert.deepStrictEqual(calls, {
        "ec2:DescribeVpcEndpoints": 1,
        "cloudwatch:ListMetrics": 2,
        "cloudwatch:GetMetricData": 1
      })
      const queries = sent.find(({ operation }) => operation.name === "GetMetricData")?.input.MetricDataQueries
      const dimensionsOf = (query: any) =>
        Object.fromEntries(query.MetricStat.Metric.Dimensions.map(({ Name, Value }: any) => [Name, Value]))
      assert.deepStrictEqual(
        queries.map(({ MetricStat }: any) => MetricStat.Metric.MetricName),
        ["BytesProcessed", "BytesProcessed", "BytesProcessed"]
      )
      assert.deepStrictEqual(dimensionsOf(queries[0]), listed)
      assert.deepStrictEqual(dimensionsOf(queries[1]), {
        "VPC Id": "vpc-1",
        "VPC Endpoint Id": "vpce-2",
        "Endpoint Type": "Interface",
        "Service Name": "com.amazonaws.eu-west-1.sqs"
      })
      assert.strictEqual(dimensionsOf(queries[2])["VPC Endpoint Id"], "vpce-6")
    })
  )

  it.effect("asks only about endpoints whose dimensions are known when CloudWatch does not tell all of them", () =>
    Effect.gen(function* () {
      const refuse = () => {
        throw awsFailure("AccessDenied", "no", 403)
      }
      const cutOff = yield* readDataset(vpc.endpointTraffic, {
        "ec2:DescribeVpcEndpoints": paged(endpoints, "VpcEndpoints", sized),
        "cloudwatch:ListMetrics": ({ NextToken }) =>
          NextToken === undefined ? { Metrics: [metric(listed)], NextToken: "2" } : refuse(),
        "cloudwatch:GetMetricData": metricData
      })
      const asked = cutOff.sent.find(({ operation }) => operation.name === "GetMetricData")
      assert.strictEqual(asked?.input.MetricDataQueries.length, 1)
      const denied = yield* readDataset(vpc.endpointTraffic, {
        "ec2:DescribeVpcEndpoints": paged(endpoints, "VpcEndpoints", sized),
        "cloudwatch:ListMetrics": refuse
      })
      assert.strictEqual(denied.calls["cloudwatch:GetMetricData"], undefined)
    })
  )

  it.effect("has the connections of a candidate under the same dimensions", () =>
    Effect.gen(function* () {
      const endpoint = { id: "vpce-1" } as vpc.VpcEndpoint
      const { readings, sent } = yield* readProbe(vpc.endpointConnections, [{ endpoint, published: listed }], {
        "cloudwatch:GetMetricData": metricData
      })
      assert.deepStrictEqual(
        sent[0]?.input.MetricDataQueries[0].MetricStat.Metric.Dimensions.map(({ Value }: any) => Value),
        Object.values(listed)
      )
      const answer = readings[0]?.known ? readings[0].value : assert.fail("not told")
      assert.deepStrictEqual(answer.peak(vpc.endpointSeries(endpoint, listed, "ActiveConnections", 30)), known(7))
    })
  )
})

describe("vpc.internetGateways", () => {
  const attached = [{ State: "available", VpcId: "vpc-1" }]
  const both = (twoWay: ReadonlyArray<object>, egressOnly: ReadonlyArray<object> = []) => ({
    "ec2:DescribeInternetGateways": paged(twoWay, "InternetGateways", sized),
    "ec2:DescribeEgressOnlyInternetGateways": paged(egressOnly, "EgressOnlyInternetGateways", sized)
  })

  it.effect("reads both kinds in as few pages as EC2 allows", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(
        vpc.internetGateways,
        both(
          many(1000, (n) => ({ InternetGatewayId: `igw-${n}`, Attachments: attached })),
          many(256, (n) => ({ EgressOnlyInternetGatewayId: `eigw-${n}`, Attachments: attached }))
        )
      )
      assert.deepStrictEqual(calls, {
        "ec2:DescribeInternetGateways": 1,
        "ec2:DescribeEgressOnlyInternetGateways": 2
      })
      assert.strictEqual(valueOf(read).length, 1256)
    })
  )

  it.effect("tells where a gateway is attached, and of which kind it is", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        vpc.internetGateways,
        both(
          [
            { InternetGatewayId: "igw-1", Attachments: attached },
            { InternetGatewayId: "igw-2", Attachments: [] },
            { InternetGatewayId: "igw-3", Attachments: [{ State: "Detached", VpcId: "vpc-1" }] }
          ],
          [{ EgressOnlyInternetGatewayId: "eigw-1", Attachments: [{ State: "attached", VpcId: "vpc-2" }] }]
        )
      )
      const gateways: ReadonlyArray<vpc.InternetGateway> = valueOf(read)
      assert.deepStrictEqual(
        gateways.map(({ vpcId }) => vpcId),
        ["vpc-1", undefined, undefined, "vpc-2"]
      )
      assert.deepStrictEqual(
        gateways.map((gateway) => vpc.internetGateways.kind?.resourceOf(gateway).type),
        ["ec2:internet-gateway", "ec2:internet-gateway", "ec2:internet-gateway", "ec2:egress-only-internet-gateway"]
      )
      assert.strictEqual(gateways[0]?.arn, "arn:aws:ec2:eu-west-1:111111111111:internet-gateway/igw-1")
    })
  )

  it.effect("keeps one list where the other is refused, cut off or without the attachments", () =>
    Effect.gen(function* () {
      const gateway = { EgressOnlyInternetGatewayId: "eigw-1", Attachments: [] }
      const refusals = [
        () => ({}),
        () => ({ InternetGateways: [{ InternetGatewayId: "igw-1" }] }),
        () => ({ InternetGateways: [{ InternetGatewayId: "igw-1", Attachments: [{ State: "available" }] }] }),
        () => {
          throw awsFailure("AccessDenied", "no", 403)
        }
      ]
      for (const refusal of refusals) {
        const answers = { ...both([], [gateway]), "ec2:DescribeInternetGateways": refusal }
        const { read } = yield* readDataset(vpc.internetGateways, answers)
        assert.isTrue(read.ok && read.value.length === 1 && read.gaps.length === 1)
      }
      const denied = yield* readDataset(vpc.internetGateways, {
        "ec2:DescribeInternetGateways": () => ({}),
        "ec2:DescribeEgressOnlyInternetGateways": () => ({})
      })
      assert.isFalse(denied.read.ok)
    })
  )
})
