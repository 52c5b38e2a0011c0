import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import type { SeriesNamed } from "../../../datasets/aws/cloudwatchAlarms.ts"
import {
  aboutOf,
  isForsaken,
  logGroupNamed,
  namedByAlarms,
  referenceKey,
  shownByDashboards
} from "../../../datasets/aws/metricTargets.ts"
import { account, type Answers, awsFailure, daysAgo, readDataset, readProbe, valueOf } from "../harness.ts"

const series = (namespace: string, dimensions: Readonly<Record<string, string>>): SeriesNamed => ({
  namespace,
  metric: "Any",
  dimensions,
  account: undefined
})

const namesOf = (...asked: Parameters<typeof series>) => {
  const about = aboutOf(series(...asked), account)
  return about.about === "resources" ? about.references.map(referenceKey) : about.about
}

describe("aboutOf", () => {
  it("knows what the dimensions of a service name", () => {
    const expected: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, ReadonlyArray<string>]> = [
      ["AWS/EC2", { InstanceId: "i-1" }, ["instances i-1"]],
      ["AWS/EC2", { AutoScalingGroupName: "web" }, ["autoScalingGroups web"]],
      ["AWS/EBS", { VolumeId: "vol-1" }, ["volumes vol-1"]],
      [
        "AWS/ApplicationELB",
        { LoadBalancer: "app/a/1", TargetGroup: "targetgroup/b/2", AvailabilityZone: "eu-west-1a" },
        ["loadBalancers app/a/1", "targetGroups targetgroup/b/2"]
      ],
      ["AWS/ELB", { LoadBalancerName: "old" }, ["classicLoadBalancers old"]],
      ["AWS/RDS", { DBInstanceIdentifier: "orders" }, ["databases orders"]],
      ["AWS/DocDB", { DBClusterIdentifier: "docs", Role: "WRITER" }, ["databaseClusters docs"]],
      ["AWS/ElastiCache", { CacheClusterId: "a-001", CacheNodeId: "0001" }, ["cacheClusters a-001"]],
      ["AWS/DynamoDB", { TableName: "t", GlobalSecondaryIndexName: "i" }, ["tables t", "tableIndexes t/i"]],
      ["AWS/Lambda", { FunctionName: "f", Resource: "f:live" }, ["functions f", "functionQualifiers f:live"]],
      [
        "AWS/Lambda",
        { FunctionName: "f", Resource: "f:live", ExecutedVersion: "7" },
        ["functions f", "functionQualifiers f:live", "functionQualifiers f:7"]
      ],
      ["AWS/Lambda", { FunctionName: "f", Resource: "f" }, ["functions f"]],
      ["AWS/Lambda", { FunctionName: "f", Resource: "f:$LATEST" }, ["functions f"]],
      ["AWS/ApiGateway", { ApiName: "shop", Stage: "prod" }, ["restApis shop", "restStages shop/prod"]],
      ["AWS/ApiGateway", { ApiName: "shop" }, ["restApis shop"]],
      // What a stage is called is no proof: websockets have the same dimensions, and their stages are not listed.
      ["AWS/ApiGateway", { ApiId: "a1", Stage: "prod" }, ["newerApis a1"]],
      ["AWS/States", { StateMachineArn: "arn:machine" }, ["stateMachines arn:machine"]],
      ["AWS/ECR", { RepositoryName: "shop" }, ["repositories shop"]],
      ["AWS/EKS", { ClusterName: "k" }, ["eksClusters k"]],
      ["AWS/SQS", { QueueName: "q" }, ["queues q"]],
      ["AWS/SNS", { TopicName: "t" }, ["topics t"]],
      ["AWS/ECS", { ClusterName: "c", ServiceName: "s" }, ["ecsClusters c", "ecsServices c/s"]],
      ["ECS/ContainerInsights", { ClusterName: "c" }, ["ecsClusters c"]],
      ["AWS/NATGateway", { NatGatewayId: "nat-1" }, ["natGateways nat-1"]],
      ["AWS/PrivateLinkEndpoints", { "VPC Endpoint Id": "vpce-1", "VPC Id": "vpc-1" }, ["vpcEndpoints vpce-1"]],
      ["AWS/S3", { BucketName: "b", StorageType: "AllStorageTypes" }, ["buckets b"]],
      ["AWS/ElastiCache", { clusterId: "pages" }, ["serverlessCaches pages"]],
      ["AWS/Events", { RuleName: "r" }, ["rules default/r"]],
      ["AWS/Events", { RuleName: "r", EventBusName: "orders" }, ["rules orders/r"]],
      ["AWS/Logs", { LogGroupName: "/a" }, ["logGroups /a"]],
      ["AWS/CloudFront", { DistributionId: "E1", Region: "Global" }, ["distributions E1"]],
      ["AWS/Route53", { HealthCheckId: "h" }, ["healthChecks h"]],
      ["AWS/Route53", { HostedZoneId: "Z1" }, ["hostedZones Z1"]]
    ]
    for (const [namespace, dimensions, references] of expected) {
      assert.deepStrictEqual(namesOf(namespace, dimensions), [...references], namespace)
    }
  })

  it("tells sums of a service from what nobody lists", () => {
    assert.strictEqual(namesOf("AWS/Lambda", {}), "nothing")
    assert.strictEqual(namesOf("AWS/EC2", { InstanceType: "m6i.large" }), "nothing")
    const why = (...asked: Parameters<typeof series>) => {
      const about = aboutOf(series(...asked), account)
      return about.about === "unknown" ? about.why : about.about
    }
    assert.strictEqual(why("AWS/Kafka", { Topic: "a" }), "what has metrics in AWS/Kafka is not listed")
    assert.strictEqual(
      why("AWS/ElastiCache", { CacheNodeId: "0001" }),
      "what CacheNodeId of AWS/ElastiCache names is not listed"
    )
    const foreign = { ...series("AWS/SQS", { QueueName: "q" }), account: "222222222222" }
    const about = aboutOf(foreign, account)
    assert.match(about.about === "unknown" ? about.why : "", /account 222222222222/)
    assert.strictEqual(aboutOf({ ...foreign, account }, account).about, "resources")
  })

  it("takes log groups by name or ARN, of the own account alone", () => {
    const group = { list: "logGroups", id: "/a" } as const
    assert.deepStrictEqual(logGroupNamed("/a", account), group)
    assert.deepStrictEqual(logGroupNamed(`arn:aws:logs:eu-west-1:${account}:log-group:/a:*`, account), group)
    assert.isUndefined(logGroupNamed("arn:aws:logs:eu-west-1:222222222222:log-group:/a", account))
  })
})

const alarm = (Namespace: string, Dimensions: Readonly<Record<string, string>>, name = "cpu") => ({
  AlarmName: name,
  AlarmArn: `arn:aws:cloudwatch:eu-west-1:${account}:alarm:${name}`,
  ActionsEnabled: true,
  StateValue: "OK",
  StateUpdatedTimestamp: daysAgo(1),
  AlarmConfigurationUpdatedTimestamp: daysAgo(1),
  Namespace,
  MetricName: "Any",
  Dimensions: Object.entries(Dimensions).map(([Name, Value]) => ({ Name, Value }))
})

const queues: Answers = {
  "sqs:ListQueues": () => ({ QueueUrls: [`https://sqs.eu-west-1.amazonaws.com/${account}/orders`] })
}

const alarmsOn = (...MetricAlarms: ReadonlyArray<object>): Answers => ({
  "cloudwatch:DescribeAlarms": () => ({ MetricAlarms })
})

describe("metricTargets.namedByAlarms", () => {
  it.effect("reads no list that no alarm names", () =>
    Effect.gen(function* () {
      const none = yield* readDataset(
        namedByAlarms,
        alarmsOn(
          alarm("AWS/Kafka", { Topic: "a" }),
          alarm("AWS/SQS", { QueueName: "orders" }, "TargetTracking-table/orders")
        )
      )
      assert.deepStrictEqual(none.calls, { "cloudwatch:DescribeAlarms": 1 })
      assert.deepStrictEqual(valueOf(none.read), new Map())
    })
  )

  it.effect("says of each whether it is there", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(namedByAlarms, {
        ...queues,
        ...alarmsOn(alarm("AWS/SQS", { QueueName: "orders" }), alarm("AWS/SQS", { QueueName: "gone" }, "b"))
      })
      assert.deepStrictEqual(calls, { "cloudwatch:DescribeAlarms": 1, "sqs:ListQueues": 1 })
      assert.deepStrictEqual(
        valueOf(read),
        new Map([
          ["queues orders", known(true)],
          ["queues gone", known(false)]
        ])
      )
    })
  )

  it.effect("says of indexes, APIs, stages and state machines whether they are there", () =>
    Effect.gen(function* () {
      const described = {
        TableStatus: "ACTIVE",
        CreationDateTime: daysAgo(9),
        TableSizeBytes: 1,
        BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
        GlobalSecondaryIndexes: [{ IndexName: "by-day", IndexSizeBytes: 1 }]
      }
      const machine = (name: string) => `arn:aws:states:eu-west-1:${account}:stateMachine:${name}`
      const { calls, read } = yield* readDataset(namedByAlarms, {
        "dynamodb:ListTables": () => ({ TableNames: ["orders", "locked"] }),
        "dynamodb:DescribeTable": ({ TableName }: any) => {
          if (TableName === "locked") throw awsFailure("AccessDeniedException", "no", 400)
          return { Table: described }
        },
        "apigateway:GetRestApis": () => ({
          items: [
            { id: "r1", name: "Bücher" },
            { id: "r2", name: "本" }
          ]
        }),
        "apigateway:GetStages": () => ({ item: [{ stageName: "prod", createdDate: daysAgo(9) }] }),
        "apigateway:GetApis": () => ({ Items: [{ ApiId: "w1", Name: "chat", ProtocolType: "WEBSOCKET" }] }),
        "states:ListStateMachines": () => ({ stateMachines: [{ stateMachineArn: machine("refunds") }] }),
        ...alarmsOn(
          ...[
            ["AWS/DynamoDB", { TableName: "orders", GlobalSecondaryIndexName: "by-day" }],
            ["AWS/DynamoDB", { TableName: "locked", GlobalSecondaryIndexName: "by-week" }],
            ["AWS/ApiGateway", { ApiName: "Bcher", Stage: "prod" }],
            ["AWS/ApiGateway", { ApiName: "Bcher", Stage: "test" }],
            ["AWS/ApiGateway", { ApiName: "r2" }],
            ["AWS/ApiGateway", { ApiId: "w1", Stage: "live" }],
            ["AWS/ApiGateway", { ApiId: "h1" }],
            ["AWS/States", { StateMachineArn: machine("refunds") }],
            ["AWS/States", { StateMachineArn: machine("gone") }]
          ].map(([namespace, dimensions], at) => alarm(namespace as string, dimensions as never, `a${at}`))
        )
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      const told: ReadonlyMap<string, any> = read.value
      assert.deepStrictEqual(
        Object.fromEntries([...told].map(([key, one]) => [key, one.known ? one.value : "unknown"])),
        {
          "tables orders": true,
          "tables locked": true,
          "tableIndexes orders/by-day": true,
          // Its table was not described, so that nobody knows its indexes.
          "tableIndexes locked/by-week": "unknown",
          "restApis Bcher": true,
          "restApis r2": true,
          "restStages Bcher/prod": true,
          "restStages Bcher/test": false,
          "newerApis w1": true,
          "newerApis h1": false,
          [`stateMachines ${machine("refunds")}`]: true,
          [`stateMachines ${machine("gone")}`]: false
        }
      )
      assert.strictEqual(calls["states:ListStateMachines"], 1)
    })
  )

  it.effect("asks for the aliases and versions of functions that alarms name, and of no others", () =>
    Effect.gen(function* () {
      const qualified = (FunctionName: string, Resource: string, ExecutedVersion?: string) =>
        alarm(
          "AWS/Lambda",
          { FunctionName, Resource: `${FunctionName}:${Resource}`, ...(ExecutedVersion ? { ExecutedVersion } : {}) },
          `${FunctionName}-${Resource}`
        )
      const { calls, read } = yield* readDataset(namedByAlarms, {
        "lambda:ListFunctions": () => ({
          Functions: ["orders", "mail", "locked"].map((FunctionName) => ({
            FunctionName,
            FunctionArn: `arn:aws:lambda:eu-west-1:${account}:function:${FunctionName}`,
            MemorySize: 128,
            LastModified: daysAgo(9).toISOString()
          }))
        }),
        "lambda:ListAliases": ({ FunctionName }: any) => {
          if (FunctionName === "locked") throw awsFailure("AccessDeniedException", "no", 403)
          if (FunctionName === "gone") throw awsFailure("ResourceNotFoundException", "no", 404)
          return { Aliases: [{ Name: "live", FunctionVersion: "7" }] }
        },
        "lambda:ListVersionsByFunction": () => ({ Versions: [{ Version: "$LATEST" }, { Version: "7" }] }),
        ...alarmsOn(
          qualified("orders", "live", "7"),
          qualified("orders", "blue", "6"),
          qualified("mail", "live"),
          qualified("locked", "live"),
          qualified("gone", "live")
        )
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      const told: ReadonlyMap<string, any> = read.value
      assert.deepStrictEqual(
        [...told]
          .filter(([key]) => key.startsWith("functionQualifiers"))
          .map(([key, one]) => `${key.split(" ")[1]} ${one.known ? one.value : "unknown"}`)
          .sort(),
        [
          "gone:live false",
          "locked:live unknown",
          "mail:live true",
          "orders:6 false",
          "orders:7 true",
          "orders:blue false",
          "orders:live true"
        ]
      )
      assert.deepStrictEqual(
        read.gaps.map(({ operation }) => operation),
        ["lambda:ListAliases"]
      )
      assert.deepStrictEqual([calls["lambda:ListAliases"], calls["lambda:ListVersionsByFunction"]], [4, 1])
    })
  )

  it.effect("takes a terminated instance for gone", () =>
    Effect.gen(function* () {
      const instanceOf = (InstanceId: string, Name: string) => ({
        InstanceId,
        InstanceType: "t3.micro",
        State: { Name },
        LaunchTime: daysAgo(9),
        Architecture: "x86_64",
        BlockDeviceMappings: [],
        SecurityGroups: [],
        NetworkInterfaces: []
      })
      const { read } = yield* readDataset(namedByAlarms, {
        "ec2:DescribeInstances": () => ({
          Reservations: [{ Instances: [instanceOf("i-1", "running"), instanceOf("i-2", "terminated")] }]
        }),
        ...alarmsOn(alarm("AWS/EC2", { InstanceId: "i-1" }), alarm("AWS/EC2", { InstanceId: "i-2" }, "b"))
      })
      const value = valueOf(read)
      assert.deepStrictEqual([value.get("instances i-1"), value.get("instances i-2")], [known(true), known(false)])
    })
  )

  it.effect("does not know what is not in a list that was refused, and has a gap", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(namedByAlarms, {
        "sqs:ListQueues": () => {
          throw awsFailure("AccessDenied", "no", 403)
        },
        ...alarmsOn(alarm("AWS/SQS", { QueueName: "orders" }))
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.isFalse(read.value.get("queues orders").known)
      assert.deepStrictEqual(
        read.gaps.map(({ message }) => message),
        [`sqs:ListQueues in ${account}/eu-west-1: denied by IAM: a permission is missing`]
      )
    })
  )

  it.effect("fails where the alarms could not be read", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(namedByAlarms, { "cloudwatch:DescribeAlarms": () => ({}) })
      assert.deepStrictEqual([read.ok, calls], [false, { "cloudwatch:DescribeAlarms": 1 }])
    })
  )
})

describe("metricTargets.shownByDashboards", () => {
  const widget = (region: string, ...row: ReadonlyArray<string>) => ({
    type: "metric",
    properties: { region, metrics: [row] }
  })

  const showing = (...widgets: ReadonlyArray<object>): Answers => ({
    "cloudwatch:ListDashboards": () => ({
      DashboardEntries: [{ DashboardName: "shop", DashboardArn: `arn:aws:cloudwatch::${account}:dashboard/shop` }]
    }),
    "cloudwatch:GetDashboard": () => ({ DashboardBody: JSON.stringify({ widgets }) })
  })

  it.effect("reads a list once in each region that is shown, and no other list", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(
        shownByDashboards,
        {
          ...queues,
          ...showing(
            widget("eu-west-1", "AWS/SQS", "Sent", "QueueName", "orders"),
            widget("eu-west-1", "AWS/SQS", "Received", "QueueName", "gone"),
            widget("us-east-1", "AWS/SQS", "Sent", "QueueName", "orders"),
            widget("eu-west-1", "Shop", "Orders", "Store", "main")
          )
        },
        "global"
      )
      assert.deepStrictEqual(calls, {
        "cloudwatch:ListDashboards": 1,
        "cloudwatch:GetDashboard": 1,
        "sqs:ListQueues": 2
      })
      const asked = sent.filter(({ operation }) => operation.name === "ListQueues")
      assert.sameMembers(
        asked.map(({ destination }) => destination.region),
        ["eu-west-1", "us-east-1"]
      )
      assert.deepStrictEqual(
        new Map([...valueOf(read)].sort()),
        new Map([
          ["eu-west-1 queues gone", known(false)],
          ["eu-west-1 queues orders", known(true)],
          ["us-east-1 queues orders", known(true)]
        ])
      )
    })
  )

  it.effect("looks up what a list needs another for, what belongs to no region, and alarms", () =>
    Effect.gen(function* () {
      const arn = `arn:aws:cloudwatch:eu-west-1:${account}:alarm:cpu`
      const { read } = yield* readDataset(
        shownByDashboards,
        {
          ...alarmsOn(alarm("AWS/EC2", {})),
          "events:ListEventBuses": () => ({ EventBuses: [{ Name: "default" }] }),
          "events:ListRules": () => ({ Rules: [{ Name: "nightly", Arn: "arn:rule", State: "ENABLED" }] }),
          "route53:ListHealthChecks": () => ({ HealthChecks: [{ Id: "h-1" }] }),
          ...showing(
            { type: "alarm", properties: { alarms: [arn, `${arn}-2`] } },
            widget("eu-west-1", "AWS/Events", "Invocations", "RuleName", "nightly"),
            widget("us-east-1", "AWS/Route53", "HealthCheckStatus", "HealthCheckId", "h-2")
          )
        },
        "global"
      )
      assert.deepStrictEqual(
        new Map([...valueOf(read)].sort()),
        new Map([
          ["eu-west-1 alarms cpu", known(true)],
          ["eu-west-1 alarms cpu-2", known(false)],
          ["eu-west-1 rules default/nightly", known(true)],
          ["us-east-1 healthChecks h-2", known(false)]
        ])
      )
    })
  )

  it.effect("does not know what is in a region that refuses, and knows the other", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(
        shownByDashboards,
        {
          "sqs:ListQueues": (input, destination) => {
            if (destination.region === "us-east-1") throw awsFailure("AccessDenied", "no", 403)
            return queues["sqs:ListQueues"]?.(input, destination)
          },
          ...showing(
            widget("eu-west-1", "AWS/SQS", "Sent", "QueueName", "orders"),
            widget("us-east-1", "AWS/SQS", "Sent", "QueueName", "orders")
          )
        },
        "global"
      )
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(read.value.get("eu-west-1 queues orders"), known(true))
      assert.isFalse(read.value.get("us-east-1 queues orders").known)
      assert.strictEqual(read.gaps.length, 1)
    })
  )
})

describe("isForsaken", () => {
  it.effect("asks CloudWatch for the series, and for metric filters only where nobody but the account publishes", () =>
    Effect.gen(function* () {
      const asked = ["AWS/States", "Shop/Alive", "Shop/Counted", "Shop/Gone"].map((namespace) =>
        series(namespace, { Name: "a" })
      )
      const { calls, readings, sent } = yield* readProbe(isForsaken, asked, {
        "cloudwatch:ListMetrics": ({ Namespace }) => ({
          Metrics: Namespace === "Shop/Alive" ? [{ Namespace, MetricName: "Any" }] : []
        }),
        "logs:DescribeMetricFilters": ({ metricNamespace }) => ({
          metricFilters: metricNamespace === "Shop/Counted" ? [{ filterName: "errors" }] : []
        })
      })
      assert.deepStrictEqual(readings, [known(true), known(false), known(false), known(true)])
      assert.deepStrictEqual(calls, { "cloudwatch:ListMetrics": 4, "logs:DescribeMetricFilters": 2 })
      assert.deepInclude(sent[0]?.input, { MetricName: "Any", Dimensions: [{ Name: "Name", Value: "a" }] })
    })
  )

  it.effect("is not known where the metric filters are denied", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(isForsaken, [series("Shop/Gone", {})], {
        "cloudwatch:ListMetrics": () => ({ Metrics: [] }),
        "logs:DescribeMetricFilters": () => {
          throw awsFailure("AccessDeniedException", "no", 403)
        }
      })
      assert.deepStrictEqual(
        readings.map((reading) => reading.known),
        [false]
      )
    })
  )
})
