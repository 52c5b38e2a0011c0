import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  explored,
  isOfType,
  partsOfArn,
  resources,
  type TaggedResource
} from "../../../datasets/aws/taggedResources.ts"
import { type Answers, awsFailure, daysAgo, paged, readDataset, valueOf } from "../harness.ts"

const tags = [{ Key: "Owner", Value: "web" }]

const noInventory: Answers = {
  "ec2:DescribeInstances": () => ({ Reservations: [] }),
  "ec2:DescribeVolumes": () => ({ Volumes: [] }),
  "ec2:DescribeSnapshots": () => ({ Snapshots: [] }),
  "ec2:DescribeAddresses": () => ({ Addresses: [] }),
  "ec2:DescribeImages": () => ({ Images: [] }),
  "ec2:DescribeNatGateways": () => ({ NatGateways: [] }),
  "ec2:DescribeVpcEndpoints": () => ({ VpcEndpoints: [] }),
  "ec2:DescribeInternetGateways": () => ({ InternetGateways: [] }),
  "ec2:DescribeEgressOnlyInternetGateways": () => ({ EgressOnlyInternetGateways: [] }),
  "ec2:DescribeSecurityGroups": () => ({ SecurityGroups: [] }),
  "ec2:DescribeLaunchTemplates": () => ({ LaunchTemplates: [] }),
  "autoscaling:DescribeAutoScalingGroups": () => ({ AutoScalingGroups: [] }),
  "rds:DescribeDBInstances": () => ({ DBInstances: [] }),
  "rds:DescribeDBClusters": () => ({ DBClusters: [] }),
  "ecs:ListClusters": () => ({ clusterArns: [] }),
  "eks:ListClusters": () => ({ clusters: [] }),
  "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [] }),
  "elasticloadbalancing:DescribeLoadBalancers": () => ({ LoadBalancers: [], LoadBalancerDescriptions: [] }),
  "elasticloadbalancing:DescribeTargetGroups": () => ({ TargetGroups: [] }),
  "s3:ListBuckets": () => ({ Buckets: [] }),
  "elasticache:DescribeCacheClusters": () => ({ CacheClusters: [] }),
  "elasticache:DescribeReplicationGroups": () => ({ ReplicationGroups: [] }),
  "cloudfront:ListDistributions": () => ({ DistributionList: { Items: [] } }),
  "lambda:ListFunctions": () => ({ Functions: [] }),
  "route53:ListHostedZones": () => ({ HostedZones: [] }),
  "logs:DescribeLogGroups": () => ({ logGroups: [] }),
  "sqs:ListQueues": () => ({ QueueUrls: [] }),
  "ecr:DescribeRepositories": () => ({ repositories: [] }),
  "events:ListEventBuses": () => ({ EventBuses: [{ Name: "default" }] }),
  "events:ListRules": () => ({ Rules: [] }),
  "dynamodb:ListTables": () => ({ TableNames: [] }),
  "sns:ListTopics": () => ({ Topics: [] })
}

const noExplorer: Answers = { "resource-explorer-2:ListViews": () => ({ Views: [] }) }

const explorer = (found: ReadonlyArray<object>): Answers => ({
  "resource-explorer-2:ListViews": () => ({ Views: ["arn:view"] }),
  "resource-explorer-2:GetView": () => ({ View: { IncludedProperties: [{ Name: "tags" }] } }),
  "resource-explorer-2:ListResources": () => ({ Resources: found })
})

const tagged = (arns: ReadonlyArray<string>): Answers => ({
  "tag:GetResources": paged(
    arns.map((ResourceARN) => ({ ResourceARN, Tags: tags })),
    "ResourceTagMappingList",
    { size: "ResourcesPerPage", input: "PaginationToken", output: "PaginationToken" }
  )
})

const volume = (id: string, more: object = {}) => ({
  VolumeId: id,
  VolumeType: "gp3",
  Size: 10,
  State: "available",
  CreateTime: daysAgo(10),
  ...more
})

const arns = (found: ReadonlyArray<TaggedResource>) => found.map(({ arn }) => arn)

const refusedVolumes = "ec2:DescribeVolumes in 111111111111/eu-west-1: denied by IAM: a permission is missing"

describe("taggedResources.partsOfArn", () => {
  it("keeps ids with colons and slashes whole", () => {
    const parts = (resource: string) => Object.values(partsOfArn(`arn:aws:${resource}`))
    assert.deepStrictEqual(parts("ec2:eu-west-1:1:volume/vol-1"), ["ec2:volume", "vol-1"])
    assert.deepStrictEqual(parts("logs:eu-west-1:1:log-group:/aws/lambda/cart"), ["logs:log-group", "/aws/lambda/cart"])
    assert.deepStrictEqual(parts("rds:eu-west-1:1:snapshot:rds:orders-2026"), ["rds:snapshot", "rds:orders-2026"])
    assert.deepStrictEqual(parts("apigateway:eu-west-1::/restapis/a1/stages/prod"), [
      "apigateway:restapis",
      "a1/stages/prod"
    ])
    assert.deepStrictEqual(parts("s3:::larkspur-images"), ["s3:bucket", "larkspur-images"])
    assert.deepStrictEqual(parts("sqs:eu-west-1:1:orders.fifo"), ["sqs:queue", "orders.fifo"])
    assert.deepStrictEqual(parts("s3:eu-west-1:1:accesspoint/web"), ["s3:accesspoint", "web"])
    assert.deepStrictEqual(parts("autoscaling:eu-west-1:1:autoScalingGroup:1-2:autoScalingGroupName/web"), [
      "autoscaling:autoscalinggroup",
      "1-2:autoScalingGroupName/web"
    ])
  })
})

describe("taggedResources.isOfType", () => {
  it("knows the kinds of a type, and no type that only begins like it", () => {
    assert.isTrue(isOfType("elasticloadbalancing:loadbalancer/app", "elasticloadbalancing:loadbalancer"))
    assert.isTrue(isOfType("ec2:vpc", "ec2:vpc"))
    assert.isFalse(isOfType("ec2:vpc-endpoint", "ec2:vpc"))
  })
})

describe("taggedResources.resources", () => {
  it.effect("takes Resource Explorer's list where it has one, and asks the tagging API for nothing", () =>
    Effect.gen(function* () {
      const found = [
        {
          Arn: "arn:aws:ec2:eu-west-1:111111111111:snapshot/snap-1",
          ResourceType: "ec2:snapshot",
          Properties: [{ Name: "tags", Data: tags }]
        },
        { Arn: "arn:aws:sqs:eu-west-1:111111111111:orders", ResourceType: "sqs:queue", Properties: [] }
      ]
      const { calls, read } = yield* readDataset(resources, {
        ...noInventory,
        ...explorer(found),
        // Younger than the index need be.
        "ec2:DescribeVolumes": () => ({ Volumes: [volume("vol-1", { CreateTime: new Date("2099-01-01") })] })
      })
      assert.isUndefined(calls["tag:GetResources"])
      assert.deepStrictEqual(valueOf(read), [
        {
          // As ec2.snapshots writes it.
          arn: "arn:aws:ec2:eu-west-1::snapshot/snap-1",
          id: "snap-1",
          type: "ec2:snapshot",
          tags: { Owner: "web" },
          name: "",
          createdAt: null,
          source: "Resource Explorer"
        },
        {
          arn: "arn:aws:sqs:eu-west-1:111111111111:orders",
          id: "orders",
          type: "sqs:queue",
          tags: {},
          name: "",
          createdAt: null,
          source: "Resource Explorer"
        }
      ])
    })
  )

  it.effect("believes an empty index only where nobody else tells of anything either", () =>
    Effect.gen(function* () {
      const isExplored = (answers: Answers) =>
        Effect.map(readDataset(explored, { ...noInventory, ...answers }), ({ read }) => valueOf(read))
      const queue = "arn:aws:sqs:eu-west-1:111111111111:orders"
      assert.isTrue(yield* isExplored({ ...explorer([]), ...tagged([]) }))
      assert.isFalse(yield* isExplored({ ...explorer([]), ...tagged([queue]) }))
      assert.isFalse(yield* isExplored({ ...noExplorer, ...tagged([]) }))
      const { read } = yield* readDataset(resources, { ...noInventory, ...explorer([]), ...tagged([queue]) })
      assert.deepStrictEqual(
        valueOf(read).map(({ arn, source }: TaggedResource) => [arn, source]),
        [[queue, "tagging API"]]
      )
    })
  )

  it.effect("has a gap while Resource Explorer's index lacks what EC2 lists, so that nothing is taken for gone", () =>
    Effect.gen(function* () {
      const old = ["vol-1", "vol-2"].map((id) => volume(id, { CreateTime: new Date("2020-01-01") }))
      const { read } = yield* readDataset(resources, {
        ...noInventory,
        ...explorer([
          { Arn: "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1", ResourceType: "ec2:volume", Properties: [] }
        ]),
        "ec2:DescribeVolumes": () => ({ Volumes: old })
      })
      assert.deepStrictEqual(read.ok ? read.gaps.map(({ reason }) => reason.message) : [], [
        "the index lacks 1 of 2 resources that EC2 lists; AWS takes up to 36 hours to fill it"
      ])
    })
  )

  it.effect("joins the tagging API's list, 100 a page, with the lists that come with tags, each resource once", () =>
    Effect.gen(function* () {
      const queues = Array.from({ length: 250 }, (_, index) => `arn:aws:sqs:eu-west-1:111111111111:queue-${index}`)
      const { calls, read } = yield* readDataset(resources, {
        ...noInventory,
        ...noExplorer,
        ...tagged([...queues, "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1"]),
        "ec2:DescribeVolumes": () => ({
          Volumes: [volume("vol-1", { Tags: [{ Key: "Owner", Value: "new" }] }), volume("vol-2")]
        })
      })
      assert.strictEqual(calls["tag:GetResources"], 3)
      const found: ReadonlyArray<TaggedResource> = valueOf(read)
      assert.strictEqual(found.length, 252)
      assert.deepStrictEqual(
        found.filter(({ type }) => type === "ec2:volume").map(({ id, source, tags }) => [id, tags, source]),
        [
          ["vol-1", { Owner: "new" }, "inventory"],
          ["vol-2", {}, "inventory"]
        ]
      )
    })
  )

  const topicArn = (name: string) => `arn:aws:sns:eu-west-1:111111111111:${name}`
  const topics: Answers = {
    "sns:ListTopics": () => ({ Topics: ["a", "b"].map((name) => ({ TopicArn: topicArn(name) })) })
  }

  it.effect("finds what never had a tag in the lists that come without tags", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(resources, {
        ...noInventory,
        ...noExplorer,
        ...topics,
        ...tagged([topicArn("a")])
      })
      assert.deepStrictEqual(
        valueOf(read).map(({ arn, name, source, tags, type }: TaggedResource) => [arn, type, name, tags, source]),
        [
          [topicArn("a"), "sns:topic", "a", { Owner: "web" }, "tagging API"],
          [topicArn("b"), "sns:topic", "b", {}, "inventory"]
        ]
      )
    })
  )

  it.effect("does not take for untagged what a page of the tagging API may have that was not read", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(resources, {
        ...noInventory,
        ...noExplorer,
        ...topics,
        "tag:GetResources": ({ PaginationToken }) => {
          if (PaginationToken !== undefined) throw awsFailure("AccessDeniedException", "no", 403)
          return { ResourceTagMappingList: [{ ResourceARN: topicArn("a"), Tags: tags }], PaginationToken: "2" }
        }
      })
      assert.deepStrictEqual(read.ok ? arns(read.value) : [], [topicArn("a")])
      assert.strictEqual(read.ok ? read.gaps.length : 0, 1)
    })
  )

  it.effect("has buckets in their region, and what belongs to no region in that which answers for it", () =>
    Effect.gen(function* () {
      const answers: Answers = {
        ...noInventory,
        ...noExplorer,
        ...tagged([]),
        "s3:ListBuckets": () => ({
          Buckets: ["eu-west-1", "us-east-1"].map((BucketRegion) => ({
            Name: `in-${BucketRegion}`,
            BucketRegion,
            CreationDate: daysAgo(100)
          }))
        }),
        "route53:ListHostedZones": () => ({
          HostedZones: [
            { Id: "/hostedzone/Z1", Name: "example.com." },
            {
              Id: "/hostedzone/Z2",
              Name: "local.",
              LinkedService: { ServicePrincipal: "servicediscovery.amazonaws.com" }
            }
          ]
        })
      }
      const inRegion = (region: string) =>
        Effect.map(readDataset(resources, answers, region), ({ read }) => arns(valueOf(read)))
      assert.deepStrictEqual(yield* inRegion("eu-west-1"), ["arn:aws:s3:::in-eu-west-1"])
      assert.deepStrictEqual(yield* inRegion("us-east-1"), [
        "arn:aws:s3:::in-us-east-1",
        "arn:aws:route53:::hostedzone/Z1"
      ])
    })
  )

  it.effect("leaves out what a service made and keeps, whoever tells of it", () =>
    Effect.gen(function* () {
      const arnOf = (id: string) => `arn:aws:ec2:eu-west-1:111111111111:volume/${id}`
      const lists: Answers = {
        ...noInventory,
        "ec2:DescribeVolumes": () => ({ Volumes: [volume("vol-1", { Operator: { Managed: true } }), volume("vol-2")] })
      }
      const index = ["vol-1", "vol-2"].map((id) => ({ Arn: arnOf(id), ResourceType: "ec2:volume", Properties: [] }))
      for (const answers of [
        { ...lists, ...explorer(index) },
        { ...lists, ...noExplorer, ...tagged([arnOf("vol-1")]) }
      ]) {
        const { read } = yield* readDataset(resources, answers)
        assert.deepStrictEqual(arns(valueOf(read)), [arnOf("vol-2")])
      }
    })
  )

  it.effect("does not know whose something is where the list that would tell it was not read", () =>
    Effect.gen(function* () {
      const denied = () => {
        throw awsFailure("AccessDeniedException", "no", 403)
      }
      const told = ["volume/vol-1", "vpc/vpc-1"].map((id) => `arn:aws:ec2:eu-west-1:111111111111:${id}`)
      const index = told.map((Arn) => ({
        Arn,
        ResourceType: Arn.includes("volume") ? "ec2:volume" : "ec2:vpc",
        Properties: []
      }))
      for (const answers of [explorer(index), { ...noExplorer, ...tagged(told) }]) {
        const { read } = yield* readDataset(resources, {
          ...noInventory,
          ...answers,
          "ec2:DescribeVolumes": denied,
          "route53:ListHostedZones": denied
        })
        assert.deepStrictEqual(read.ok ? arns(read.value) : [], [told[1]])
        // Hosted zones are told of elsewhere.
        assert.deepStrictEqual(read.ok ? read.gaps.map(({ message }) => message) : [], [refusedVolumes])
      }
    })
  )

  it.effect("leaves out what is gone or belongs to another account", () =>
    Effect.gen(function* () {
      const group = (id: string, OwnerId: string) => ({
        GroupId: id,
        GroupName: id,
        OwnerId,
        IpPermissions: [],
        IpPermissionsEgress: []
      })
      const { read } = yield* readDataset(resources, {
        ...noInventory,
        ...noExplorer,
        ...tagged([]),
        "ec2:DescribeInstances": () => ({
          Reservations: [
            {
              Instances: ["terminated", "running"].map((Name) => ({
                InstanceId: `i-${Name}`,
                State: { Name },
                LaunchTime: daysAgo(1)
              }))
            }
          ]
        }),
        "ec2:DescribeSecurityGroups": () => ({
          SecurityGroups: [group("sg-1", "111111111111"), group("sg-2", "222222222222")]
        })
      })
      assert.deepStrictEqual(arns(valueOf(read)), [
        "arn:aws:ec2:eu-west-1:111111111111:instance/i-running",
        "arn:aws:ec2:eu-west-1:111111111111:security-group/sg-1"
      ])
    })
  )

  it.effect("names the gap where Resource Explorer or a list is denied, and reads the rest", () =>
    Effect.gen(function* () {
      const denied = () => {
        throw awsFailure("AccessDeniedException", "no", 403)
      }
      const { read } = yield* readDataset(resources, {
        ...noInventory,
        ...tagged(["arn:aws:sqs:eu-west-1:111111111111:orders"]),
        "resource-explorer-2:ListViews": denied,
        "ec2:DescribeVolumes": denied
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(arns(read.value), ["arn:aws:sqs:eu-west-1:111111111111:orders"])
      assert.deepStrictEqual(
        read.gaps.map(({ operation }) => operation),
        ["resource-explorer-2:ListViews", "ec2:DescribeVolumes"]
      )
    })
  )

  it.effect("does not take a malformed answer of Resource Explorer for a region without it", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(resources, {
        ...noInventory,
        ...tagged([]),
        "resource-explorer-2:ListViews": () => ({})
      })
      assert.deepStrictEqual(read.ok ? read.gaps.map(({ reason }) => reason._tag) : [], ["Malformed"])
    })
  )

  it.effect("cannot be read where neither of the two answers", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(resources, {
        ...noInventory,
        ...noExplorer,
        "tag:GetResources": () => ({})
      })
      assert.match(read.ok ? "" : read.error.summary, /ResourceTagMappingList is missing/)
    })
  )

  it("says what bills each type, and where global resources are", () => {
    const described = (arn: string, type: string) =>
      resources.kind?.resourceOf({ arn, id: "", type, tags: {}, name: "", createdAt: null, source: "tagging API" })
    const { region, service } = described("arn:aws:cloudfront::1:distribution/E1", "cloudfront:distribution") ?? {}
    assert.deepStrictEqual([service, region], ["Amazon CloudFront", "global"])
    assert.isUndefined(described("arn:aws:s3:::images", "s3:bucket")?.region)
    const balancer = described(
      "arn:aws:elasticloadbalancing:e:1:loadbalancer/app/w/1",
      "elasticloadbalancing:loadbalancer/app"
    )
    assert.strictEqual(balancer?.service, "Amazon Elastic Load Balancing")
    assert.strictEqual(described("arn:aws:ec2:e:1:subnet/subnet-1", "ec2:subnet")?.service, "")
    const fileSystem = described("arn:aws:elasticfilesystem:e:1:file-system/fs-1", "elasticfilesystem:file-system")
    assert.strictEqual(fileSystem?.service, "Amazon Elastic File System")
  })
})
