import { DescribeAlarmsCommand, CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand
} from "@aws-sdk/client-cloudwatch-logs"
import {
  DescribeAddressesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client
} from "@aws-sdk/client-ec2"
import {
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client
} from "@aws-sdk/client-elastic-load-balancing-v2"
import { GetPolicyCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda"
import { ListHostedZonesCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { AwsTarget, send } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { listOperation, operation } from "../../../core/aws/operation.ts"
import { RateOf } from "../../../core/aws/RateLimits.ts"
import { account, awsLayer, stubTransport } from "../../datasets/harness.ts"

const paging = { size: ["MaxResults", 500], input: "NextToken", output: "NextToken" } as const
const operations = {
  volumes: operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", { paging }),
  snapshots: operation(EC2Client, DescribeSnapshotsCommand, "ec2:DescribeSnapshots", { paging }),
  addresses: listOperation(EC2Client, DescribeAddressesCommand, "ec2:DescribeAddresses", "Addresses"),
  streams: operation(CloudWatchLogsClient, DescribeLogStreamsCommand, "logs:DescribeLogStreams"),
  groups: operation(CloudWatchLogsClient, DescribeLogGroupsCommand, "logs:DescribeLogGroups"),
  metrics: operation(CloudWatchClient, GetMetricDataCommand, "cloudwatch:GetMetricData"),
  alarms: operation(CloudWatchClient, DescribeAlarmsCommand, "cloudwatch:DescribeAlarms"),
  functions: operation(LambdaClient, ListFunctionsCommand, "lambda:ListFunctions"),
  policy: operation(LambdaClient, GetPolicyCommand, "lambda:GetPolicy"),
  balancers: operation(
    ElasticLoadBalancingV2Client,
    DescribeLoadBalancersCommand,
    "elasticloadbalancing:DescribeLoadBalancers"
  ),
  health: operation(
    ElasticLoadBalancingV2Client,
    DescribeTargetHealthCommand,
    "elasticloadbalancing:DescribeTargetHealth"
  ),
  zones: operation(Route53Client, ListHostedZonesCommand, "route53:ListHostedZones"),
  records: operation(Route53Client, ListResourceRecordSetsCommand, "route53:ListResourceRecordSets")
}

const limitsOf = Effect.map(RateOf, (rateOf) => (name: keyof typeof operations) => rateOf(operations[name]))

describe("RateOf", () => {
  it.effect("has a bucket per operation where AWS has one, and per service otherwise", () =>
    Effect.gen(function* () {
      const bucketOf = (name: keyof typeof operations) => limit(name).bucket
      const limit = yield* limitsOf
      for (const [one, other] of [
        ["volumes", "snapshots"],
        ["streams", "groups"],
        ["metrics", "alarms"],
        ["functions", "policy"]
      ] as const)
        assert.notStrictEqual(bucketOf(one), bucketOf(other))
      for (const [one, other] of [
        ["balancers", "health"],
        ["zones", "records"]
      ] as const)
        assert.strictEqual(bucketOf(one), bucketOf(other))
    })
  )

  it.effect("takes a share of what AWS grants, and half of it for an EC2 list without a page size", () =>
    Effect.gen(function* () {
      const limit = yield* limitsOf
      const granted = {
        volumes: 20,
        addresses: 10,
        streams: 25,
        groups: 10,
        metrics: 50,
        alarms: 9,
        policy: 15,
        functions: 15,
        health: 10,
        zones: 5
      }
      for (const [name, perSecond] of Object.entries(granted)) {
        const own = limit(name as keyof typeof operations).rate.perSecond
        assert.isBelow(own, perSecond, name)
        assert.isAtLeast(own, perSecond / 2, name)
      }
      assert.strictEqual(limit("addresses").rate.perSecond, limit("volumes").rate.perSecond / 2)
    })
  )

  it.effect("lets one operation wait while another of the same service goes on", () =>
    Effect.gen(function* () {
      const { layer, sent } = stubTransport({ "ec2:DescribeVolumes": () => ({}), "ec2:DescribeSnapshots": () => ({}) })
      const times = (count: number, name: "volumes" | "snapshots") =>
        Effect.forEach(Array.from({ length: count }), () => send(operations[name], {}), { concurrency: "unbounded" })
      const fiber = yield* Effect.forkChild(
        Effect.all([times(80, "volumes"), times(50, "snapshots")], { concurrency: 2 }).pipe(
          Effect.provide(awsLayer(layer)),
          Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
          Effect.provideServiceEffect(CallLedger, CallLedger.make())
        )
      )
      const count = (name: string) => sent.filter(({ operation }) => operation.name === name).length
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([count("DescribeVolumes"), count("DescribeSnapshots")], [50, 50])
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(count("DescribeVolumes"), 80)
      yield* Fiber.join(fiber)
    })
  )
})
