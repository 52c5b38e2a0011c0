/** What write events start: every call of the table as CloudTrail records it, what is no such call, bursts and repetitions. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { wholeCatalogue as catalogue } from "../../../audit/reads.ts"
import { AuditRequest } from "../../../core/config/AuditRequest.ts"
import { type Config, decodeConfig } from "../../../core/config/Config.ts"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import type { Started } from "../../../core/run/Started.ts"
import { layerMemory } from "../../../core/store/sqlite/sqlite.ts"
import { Store } from "../../../core/store/Store.ts"
import { microScans, rememberStarts } from "../../../workflows/microScan/microScans.ts"
import { aRun } from "../../core/store/fixtures.ts"
import { eventPattern, writeEventOf, writeEvents } from "../../../workflows/microScan/writeEvents.ts"
import * as commitments from "../../../datasets/billing/commitments.ts"
import { ofAccounts } from "../../../datasets/billing/usageTypes.ts"
import { withNeeds } from "../../../datasets/engine/Dataset.ts"
import {
  account,
  by,
  createVolume,
  database,
  databaseCluster,
  loadBalancer,
  natGateway,
  region,
  runInstances,
  trailEvent
} from "./events.ts"

const home = { account, region: "us-east-1" }

const configOf = (written: object): Effect.Effect<Config, unknown> =>
  decodeConfig({ accounts: { organization: true }, ...written }, catalogue)

/** A night over these accounts of the organisation; a micro-scan and a night over a list, which know none, come after it. */
const planned = Effect.fnUntraced(function* (accounts: ReadonlyArray<string>) {
  const store = yield* Store
  const { plan } = aRun()
  const listed = accounts.map((id) => ({ id, name: "" }))
  yield* store.putRun(
    aRun({ id: "20261118T020000Z-aaaaaa", plan: { ...plan, accounts: [], selected: "organization" } })
  )
  yield* store.putRun(
    aRun({ id: "20261119T020000Z-aaaaaa", plan: { ...plan, accounts: listed, selected: "organization" } })
  )
  yield* store.putRun(aRun({ id: "20261120T020000Z-aaaaaa", plan: { ...plan, full: false, selected: "organization" } }))
  yield* store.putRun(aRun({ id: "20261120T030000Z-aaaaaa", plan: { ...plan, selected: "list" } }))
})

const of = (events: ReadonlyArray<unknown>, written: object = {}) =>
  Effect.gen(function* () {
    yield* planned([account, "222222222222"])
    return yield* microScans(events, yield* configOf(written), home, catalogue)
  }).pipe(Effect.provide(layerMemory))

/** The one thing that an event starts. */
const startedBy = Effect.fnUntraced(function* (event: unknown) {
  const { left, scans } = yield* of([event])
  assert.deepStrictEqual(left, [])
  const [scan] = scans
  const [started] = scan?.request.started ?? []
  assert.isDefined(started)
  return { scan, started: started! }
})

/** USD for a GB-second of provisioned concurrency on Arm in eu-west-1. */
const armPerGbSecond = 0.0000037168

const dollars = (perHour: number): number => Math.round(perHour * 730 * 100) / 100

/** Each call of the table, what it names, and what it costs a month in eu-west-1 by the snapshot's prices an hour. */
const rows: ReadonlyArray<{
  readonly event: ReturnType<typeof trailEvent>
  readonly type: string
  readonly resources: ReadonlyArray<string>
  readonly what: RegExp
  /** Null where a price is not known. */
  readonly monthlyUsd: number | null
}> = [
  {
    event: natGateway("nat-0a1"),
    type: "ec2:nat-gateway",
    resources: ["nat-0a1"],
    what: /^NAT gateway in subnet-0a1$/,
    monthlyUsd: dollars(0.048)
  },
  {
    event: trailEvent(
      "ec2",
      "AllocateAddress",
      { domain: "vpc" },
      { publicIp: "203.0.113.9", allocationId: "eipalloc-0a1", domain: "vpc", publicIpv4Pool: "amazon" }
    ),
    type: "ec2:elastic-ip",
    resources: ["eipalloc-0a1"],
    what: /203\.0\.113\.9$/,
    monthlyUsd: dollars(0.005)
  },
  {
    event: createVolume("vol-0a1", {}),
    type: "ec2:volume",
    resources: ["vol-0a1"],
    what: /^io2 volume of 500 GB with 20,000 IOPS$/,
    monthlyUsd: 500 * 0.138 + 20_000 * 0.072
  },
  {
    event: trailEvent(
      "ec2",
      "ModifyVolume",
      { ModifyVolumeRequest: { VolumeId: "vol-0a2", VolumeType: "gp3", Iops: 16000, Throughput: 1000 } },
      {
        ModifyVolumeResponse: {
          volumeModification: {
            volumeId: "vol-0a2",
            modificationState: "modifying",
            originalVolumeType: "gp3",
            originalSize: 500,
            targetVolumeType: "gp3",
            targetSize: 500,
            targetIops: 16000,
            targetThroughput: 1000,
            progress: 0
          }
        }
      }
    ),
    type: "ec2:volume",
    resources: ["vol-0a2"],
    what: /^gp3 volume of 500 GB with 16,000 IOPS$/,
    monthlyUsd: 500 * 0.088 + 13_000 * 0.0055 + 875 * 0.044
  },
  {
    event: trailEvent(
      "ec2",
      "CreateVpcEndpoint",
      {
        CreateVpcEndpointRequest: {
          VpcId: "vpc-0a1",
          ServiceName: "com.amazonaws.eu-west-1.s3",
          VpcEndpointType: "Interface",
          SubnetId: [
            { tag: 1, content: "subnet-0a1" },
            { tag: 2, content: "subnet-0a2" }
          ]
        }
      },
      {
        CreateVpcEndpointResponse: {
          vpcEndpoint: {
            vpcEndpointId: "vpce-0a1",
            vpcEndpointType: "Interface",
            serviceName: "com.amazonaws.eu-west-1.s3",
            routeTableIdSet: "",
            subnetIdSet: { item: ["subnet-0a1", "subnet-0a2"] },
            state: "pending"
          }
        }
      }
    ),
    type: "ec2:vpc-endpoint",
    resources: ["vpce-0a1"],
    what: /^endpoint for com\.amazonaws\.eu-west-1\.s3 in 2 zones$/,
    monthlyUsd: dollars(2 * 0.011)
  },
  {
    event: trailEvent(
      "ec2",
      "EnableFastSnapshotRestores",
      {
        EnableFastSnapshotRestoresRequest: {
          AvailabilityZone: [
            { tag: 1, content: "eu-west-1a" },
            { tag: 2, content: "eu-west-1b" }
          ],
          SourceSnapshotId: { tag: 1, content: "snap-0a1" }
        }
      },
      {
        EnableFastSnapshotRestoresResponse: {
          successful: {
            item: [
              { snapshotId: "snap-0a1", availabilityZone: "eu-west-1a", state: "enabling" },
              { snapshotId: "snap-0a1", availabilityZone: "eu-west-1b", state: "enabling" }
            ]
          },
          unsuccessful: ""
        }
      }
    ),
    type: "ec2:snapshot",
    resources: ["snap-0a1"],
    what: /^fast restore of 2 pairs of snapshot and zone$/,
    monthlyUsd: dollars(2 * 0.825)
  },
  {
    event: runInstances([{}, {}]),
    type: "ec2:instance",
    resources: ["i-0a0", "i-0a1"],
    what: /^2 p4d\.24xlarge instances$/,
    monthlyUsd: 0
  },
  {
    event: loadBalancer("application"),
    type: "elbv2:load-balancer",
    resources: ["app/shop/813270f8ee6fa76a"],
    what: /^application load balancer shop$/,
    monthlyUsd: dollars(0.0252 + 2 * 0.005)
  },
  {
    event: loadBalancer("network", { scheme: "internal" }),
    type: "elbv2:load-balancer",
    resources: ["net/shop/813270f8ee6fa76a"],
    what: /^network load balancer shop$/,
    monthlyUsd: dollars(0.0252)
  },
  {
    event: trailEvent(
      "elasticloadbalancing",
      "CreateLoadBalancer",
      {
        subnets: ["subnet-0a1"],
        loadBalancerName: "old-shop",
        listeners: [{ protocol: "tcp", loadBalancerPort: 80, instanceProtocol: "tcp", instancePort: 32030 }]
      },
      { dNSName: "old-shop-1234567890.eu-west-1.elb.amazonaws.com" }
    ),
    type: "elb:load-balancer",
    resources: ["old-shop"],
    what: /^classic load balancer old-shop$/,
    monthlyUsd: dollars(0.028)
  },
  ...[
    "CreateDBInstance",
    "CreateDBInstanceReadReplica",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceFromS3",
    "RestoreDBInstanceToPointInTime"
  ].map((eventName) => ({
    event: database(eventName),
    type: "rds:db",
    resources: ["orders"],
    what: /^db\.m6g\.large database of mysql$/,
    monthlyUsd: Math.round((0.168 * 730 + 50 * 0.127) * 100) / 100
  })),
  ...["CreateDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime"].map((eventName) => ({
    event: databaseCluster(eventName, { dBClusterInstanceClass: "db.m6gd.large" }),
    type: "rds:cluster",
    resources: ["ledger"],
    what: /^Multi-AZ cluster of three db\.m6gd\.large with postgres$/,
    monthlyUsd: 0
  })),
  {
    event: trailEvent(
      "elasticache",
      "CreateCacheCluster",
      { cacheClusterId: "sessions", numCacheNodes: 2, cacheNodeType: "cache.m6g.large", engine: "memcached" },
      { cacheClusterId: "sessions", cacheNodeType: "cache.m6g.large", engine: "memcached", numCacheNodes: 2 }
    ),
    type: "elasticache:cluster",
    resources: ["sessions"],
    what: /^cache of 2 cache\.m6g\.large$/,
    monthlyUsd: 0
  },
  {
    event: trailEvent(
      "elasticache",
      "CreateReplicationGroup",
      {
        replicationGroupId: "carts",
        cacheNodeType: "cache.m6g.large",
        engine: "redis",
        numNodeGroups: 2,
        replicasPerNodeGroup: 1
      },
      { replicationGroupId: "carts", status: "creating", cacheNodeType: "cache.m6g.large" }
    ),
    type: "elasticache:replicationgroup",
    resources: ["carts"],
    what: /^cache of 4 cache\.m6g\.large$/,
    monthlyUsd: 0
  },
  {
    event: trailEvent(
      "lambda",
      "PutProvisionedConcurrencyConfig20190930",
      {
        functionName: `arn:aws:lambda:${region}:${account}:function:checkout`,
        qualifier: "live",
        provisionedConcurrentExecutions: 100
      },
      { requestedProvisionedConcurrentExecutions: 100, status: "IN_PROGRESS" }
    ),
    type: "lambda:function",
    resources: ["checkout"],
    what: /^provisioned concurrency of 100 for /,
    // 128 MB on Arm, in eu-west-1.
    monthlyUsd: Math.round(100 * 0.125 * 3600 * 730 * armPerGbSecond * 100) / 100
  },
  {
    event: trailEvent(
      "eks",
      "CreateCluster",
      { name: "blue", version: "1.29", roleArn: `arn:aws:iam::${account}:role/eks` },
      {
        cluster: {
          name: "blue",
          arn: `arn:aws:eks:${region}:${account}:cluster/blue`,
          version: "1.29",
          status: "CREATING"
        }
      }
    ),
    type: "eks:cluster",
    resources: ["blue"],
    what: /^EKS cluster with Kubernetes 1\.29$/,
    monthlyUsd: dollars(0.1)
  },
  {
    event: trailEvent(
      "dynamodb",
      "CreateTable",
      {
        tableName: "orders",
        billingMode: "PROVISIONED",
        provisionedThroughput: { readCapacityUnits: 1000, writeCapacityUnits: 500 },
        globalSecondaryIndexes: [
          { indexName: "by-day", provisionedThroughput: { readCapacityUnits: 100, writeCapacityUnits: 500 } }
        ]
      },
      { tableDescription: { tableName: "orders", tableStatus: "CREATING" } }
    ),
    type: "dynamodb:table",
    resources: ["orders"],
    what: /^table with 1,100 read and 1,000 write units$/,
    monthlyUsd: 0
  }
]

describe("a write event", () => {
  for (const { event, monthlyUsd, resources, type, what } of rows) {
    it.effect(`${event.detail.eventName} is read, priced and given to the scans of its kind: ${type}`, () =>
      Effect.gen(function* () {
        const { scan, started } = yield* startedBy(event)
        assert.deepStrictEqual([started.type, started.resources, started.by], [type, resources, by])
        assert.match(started.what, what)
        if (monthlyUsd === null) assert.deepStrictEqual([started.monthlyUsd, started.basis], [null, "none"])
        else if (monthlyUsd === 0) {
          assert.isAbove(started.monthlyUsd ?? 0, 20)
          for (const { price } of started.terms) assert.isNotNull(price.usd, price.source)
        } else assert.closeTo(started.monthlyUsd ?? 0, monthlyUsd, 0.011)
        assert.deepStrictEqual(scan?.request.accounts, [account])
        assert.deepStrictEqual(scan?.request.regions, [region])
        assert.deepStrictEqual(scan?.request.scans, writeEventOf(event.detail)?.scans.toSorted(asInCatalogue))
        assert.deepStrictEqual([scan?.request.trigger, scan?.request.full], ["event", false])
        // The machine takes it as it is.
        yield* Schema.decodeUnknownEffect(AuditRequest)(JSON.parse(JSON.stringify(scan?.request)))
      })
    )
  }

  it("of each row of the table is tried here", () =>
    assert.deepStrictEqual(
      new Set(rows.map(({ event }) => writeEventOf(event.detail)?.eventName)),
      new Set(writeEvents.map(({ eventName }) => eventName))
    ))

  const nothing: ReadonlyArray<readonly [event: unknown, why: RegExp]> = [
    [createVolume("vol-0a1", { volumeType: "gp3", iops: 3000, throughput: 125 }), /a gp3 without provisioned/],
    [createVolume("vol-0a1", { volumeType: "gp2" }), /a gp2 without provisioned/],
    [runInstances([{ instanceType: "t3.large" }]), /t3\.large is neither large/],
    [databaseCluster("CreateDBCluster", { engine: "aurora-postgresql", multiAZ: false }), /billed by its instances/],
    [
      trailEvent(
        "ec2",
        "CreateVpcEndpoint",
        {},
        {
          CreateVpcEndpointResponse: { vpcEndpoint: { vpcEndpointId: "vpce-0a1", vpcEndpointType: "Gateway" } }
        }
      ),
      /of the type Gateway are free/
    ],
    [
      trailEvent("dynamodb", "CreateTable", { tableName: "t", billingMode: "PAY_PER_REQUEST" }, {}),
      /without provisioned capacity/
    ],
    [
      trailEvent("ec2", "AllocateAddress", { publicIpv4Pool: "ipv4pool-ec2-0a1" }, { allocationId: "eipalloc-0a1" }),
      /does not bill addresses that the customer brought/
    ],
    [
      trailEvent("elasticache", "CreateCacheCluster", { replicationGroupId: "carts" }, { cacheClusterId: "carts-002" }),
      /a node of a replication group/
    ]
  ]
  for (const [event, why] of nothing) {
    it.effect(`that starts nothing dear is left out: ${why.source}`, () =>
      Effect.gen(function* () {
        const { left, scans } = yield* of([event])
        assert.deepStrictEqual(scans, [])
        assert.match(left[0]?.why ?? "", why)
      })
    )
  }
})

describe("a price of which not all is known", () => {
  const amountOf = ({ atLeast, monthlyUsd, unpriced }: Started) => [monthlyUsd, atLeast ?? false, unpriced ?? false]

  it.effect("of provisioned concurrency is that of the smallest function, and the note has the rest", () =>
    Effect.gen(function* () {
      const asked = { functionName: "checkout", qualifier: "live", provisionedConcurrentExecutions: 500 }
      const { started } = yield* startedBy(trailEvent("lambda", "PutProvisionedConcurrencyConfig20190930", asked, {}))
      assert.deepStrictEqual(amountOf(started), [610.48, true, false])
      assert.strictEqual(
        started.note,
        "The event does not say the function's memory: each GB of it costs $6,104.84 a month on x86."
      )
    })
  )

  it.effect("is what is known, and an expensive type without a price is marked, alone or beside what has one", () =>
    Effect.gen(function* () {
      const { started: alone } = yield* startedBy(runInstances([{ instanceType: "p5e.48xlarge" }]))
      assert.deepStrictEqual([...amountOf(alone), alone.basis], [null, false, true, "none"])
      assert.match(alone.terms[0]?.price.source ?? "", /no price was seen for p5e\.48xlarge in eu-west-1/)

      const zones = ["eu-west-1a", "eu-west-1-wl1-dub-wlz-1"]
      const placed = zones.map((availabilityZone) => ({ placement: { availabilityZone, tenancy: "default" } }))
      const { started: whole } = yield* startedBy(runInstances(placed.slice(0, 1)))
      const { started: half } = yield* startedBy(runInstances(placed))
      assert.isAbove(whole.monthlyUsd ?? 0, 1000)
      assert.deepStrictEqual(amountOf(half), [whole.monthlyUsd, true, true])

      const made = (instanceClass: string) =>
        startedBy(database("CreateDBInstance", { dBInstanceClass: instanceClass }, { dBInstanceClass: instanceClass }))
      const { started: large } = yield* made("db.x9z.32xlarge")
      assert.deepStrictEqual(amountOf(large), [6.35, true, true])
      const { started: small } = yield* made("db.x9z.large")
      // What has many families, such as x, is expensive in each of its sizes.
      assert.deepStrictEqual(amountOf(small), [6.35, true, true])
      const { started: plain } = yield* made("db.m99.large")
      assert.deepStrictEqual(amountOf(plain), [6.35, true, false])
    })
  )

  it.effect("of a database is without the storage that its event does not tell", () =>
    Effect.gen(function* () {
      const compute = dollars(0.168)
      const { started: noSize } = yield* startedBy(database("CreateDBInstance", { allocatedStorage: undefined }))
      assert.deepStrictEqual(amountOf(noSize), [compute, true, false])
      const { started: noIops } = yield* startedBy(database("CreateDBInstance", { storageType: "io1" }))
      assert.isTrue(noIops.atLeast)
      assert.match(noIops.terms.find(({ label }) => label === "provisioned IOPS")?.price.source ?? "", /how many/)
    })
  )

  it.effect(
    "of a member of a cluster is without a disk, of the service that bills it, and I/O-Optimized as at night",
    () =>
      Effect.gen(function* () {
        const member = (engine: string, storageType: string) =>
          startedBy(
            database("CreateDBInstance", {
              engine,
              dBClusterIdentifier: "ledger",
              dBInstanceClass: "db.r6g.large",
              allocatedStorage: 1,
              storageType
            })
          )
        const { started: standard } = yield* member("aurora-mysql", "aurora")
        const { started: optimized } = yield* member("aurora-mysql", "aurora-iopt1")
        // db.m6g.large has no Aurora price of its own, so a class that has is asked for.
        assert.closeTo(optimized.monthlyUsd ?? 0, (standard.monthlyUsd ?? 0) * 1.3, 0.02)
        for (const [engine, service] of [
          ["docdb", "Amazon DocumentDB (with MongoDB compatibility)"],
          ["neptune", "Amazon Neptune"],
          ["aurora-mysql", "Amazon Relational Database Service"]
        ] as const) {
          const { started } = yield* member(engine, "standard")
          assert.strictEqual(started.service, service)
          assert.deepStrictEqual(
            started.terms.map(({ label }) => label),
            [started.terms[0]?.label]
          )
        }
        const { started: cluster } = yield* startedBy(
          databaseCluster("CreateDBCluster", { dBClusterInstanceClass: "db.m6gd.large", engine: "docdb" })
        )
        assert.strictEqual(cluster.service, "Amazon DocumentDB (with MongoDB compatibility)")
      })
  )

  it.effect("of a volume is without the IOPS that its event does not tell", () =>
    Effect.gen(function* () {
      const { started } = yield* startedBy(createVolume("vol-0a1", { iops: undefined }))
      assert.deepStrictEqual(amountOf(started), [69, true, false])
    })
  )

  it.effect("is that of the region's own zones where an event tells no zone, of instances and of volumes alike", () =>
    Effect.gen(function* () {
      const said = "The event does not say in which zone: priced as in the region's own."
      const { started: told } = yield* startedBy(runInstances([{}]))
      const { started: instance } = yield* startedBy(runInstances([{ placement: { tenancy: "default" } }]))
      assert.deepStrictEqual([instance.monthlyUsd, instance.basis], [told.monthlyUsd, told.basis])
      assert.include(instance.note, said)
      assert.notInclude(told.note, said)
      const { started: volume } = yield* startedBy(createVolume("vol-0a1", { zone: undefined }))
      assert.deepStrictEqual([volume.monthlyUsd, volume.basis, volume.note], [1509, "estimate", said])
    })
  )
})

/** The order in which the catalogue has two scans. */
const asInCatalogue = (a: string, b: string): number =>
  catalogue.findIndex(({ name }) => name === a) - catalogue.findIndex(({ name }) => name === b)

describe("the table", () => {
  it("names regional scans that judge nothing by the bill, and EventBridge takes its pattern", () => {
    for (const { eventName, scans } of writeEvents) {
      assert.isAbove(scans.length, 0, eventName)
      for (const name of scans) {
        const entry = catalogue.find((one) => one.name === name)
        assert.strictEqual(entry?.scope, "regional", `${eventName}: ${name}`)
        // What only measures their amounts is not read for a micro-scan.
        const bill = entry?.datasets.flatMap(({ name, scope }) => (scope === "payer" ? name : [])) ?? []
        const measures = withNeeds([commitments.coverage, ofAccounts]).map(({ name }) => name)
        assert.deepStrictEqual(
          bill.filter((dataset) => !measures.includes(dataset)),
          [],
          `${eventName}: ${name}`
        )
      }
    }
    // Source: EventBridge user guide, quotas: event pattern, 2,048 characters.
    assert.isBelow(JSON.stringify(eventPattern).length, 2048)
    assert.deepStrictEqual(eventPattern.detail.errorCode, [{ exists: false }])
    assert.deepStrictEqual(eventPattern.detail.readOnly, [false])
  })
})

describe("what is not to be trusted", () => {
  const good = natGateway("nat-0a1")
  const withDetail = (more: object) => ({ ...good, detail: { ...good.detail, ...more } })
  // Stands for whatever is wrong with a row of the table.
  const unreadable = {
    get CreateNatGatewayResponse() {
      throw new RangeError("Invalid time value")
    }
  }
  const bad: ReadonlyArray<readonly [what: string, event: unknown, why: RegExp]> = [
    ["no event", null, /no event of a call/],
    ["a text", "CreateNatGateway", /no event of a call/],
    ["a list", [good], /no event of a call/],
    ["an event of another kind", { ...good, "detail-type": "EC2 Instance State-change Notification" }, /no event/],
    ["a forged source", { ...good, source: "custom.ec2" }, /did not come from aws\.ec2/],
    ["a source of another service", { ...good, source: "aws.rds" }, /did not come from aws\.ec2/],
    ["an account that is none", { ...good, account: "12" }, /no event/],
    ["another account than the recorded one", { ...good, account: "222222222222" }, /recorded for another account/],
    ["another region than the recorded one", { ...good, region: "us-east-1" }, /made in another region/],
    ["a region of another partition", natGateway("nat-0a1", { region: "cn-north-1" }), /no region of this partition/],
    ["a region that does not exist", natGateway("nat-0a1", { region: "moon-east-1" }), /no region of this partition/],
    ["a call that failed", withDetail({ errorCode: "Client.UnauthorizedOperation" }), /failed, or changed nothing/],
    ["a call that reads", withDetail({ readOnly: true }), /failed, or changed nothing/],
    ["a call that is not looked at", withDetail({ eventName: "DeleteNatGateway" }), /none of the calls/],
    ["a name with something behind it", withDetail({ eventName: "CreateNatGatewayAndMore" }), /none of the calls/],
    ["an id that is none", withDetail({ eventID: "a b\n" }), /no event/],
    ["a date that is none", withDetail({ eventTime: "yesterday" }), /no event/],
    ["a date in digits that is none", withDetail({ eventTime: "2026-99-99T99:99:99Z" }), /no event/],
    ["a day that no month has", withDetail({ eventTime: "2026-02-30T09:12:44Z" }), /no event/],
    ["an event that nobody thought of", withDetail({ responseElements: unreadable }), /cannot be read/],
    ["an answer without a resource", withDetail({ responseElements: null }), /names no resource/],
    [
      "an answer of another shape",
      withDetail({ responseElements: { CreateNatGatewayResponse: [1, 2] } }),
      /names no resource/
    ],
    ["a resource that is no text", natGateway(42 as any), /names no resource/],
    ["a volume without a size", createVolume("vol-0a1", { size: "many" }), /says no size/],
    ["a volume of an endless size", createVolume("vol-0a1", { size: 1e300 }), /says no size/]
  ]
  for (const [what, event, why] of bad) {
    it.effect(`${what} starts nothing, and is named`, () =>
      Effect.gen(function* () {
        const { left, scans } = yield* of([event])
        assert.deepStrictEqual([scans.length, left.length], [0, 1])
        assert.match(left[0]?.why ?? "", why)
      })
    )
  }

  it.effect("one of them keeps no other event from its scan", () =>
    Effect.gen(function* () {
      const { left, scans } = yield* of([...bad.map(([, event]) => event), good])
      assert.deepStrictEqual([scans.length, left.length], [1, bad.length])
      assert.deepStrictEqual(scans[0]?.events, [bad.length])
    })
  )

  it.effect("texts are bounded and without controls, also who it was", () =>
    Effect.gen(function* () {
      const { started } = yield* startedBy(natGateway(`nat-${"x".repeat(10_000)}\u001b[31m`, {}))
      assert.isAtMost(started.resources[0]?.length ?? Infinity, 256)
      const long = { ...good, detail: { ...good.detail, userIdentity: { arn: `arn:${"\u202ey".repeat(5000)}` } } }
      const { started: named } = yield* startedBy(long)
      assert.isAtMost(named.by.length, 200)
      assert.notInclude(named.by, "\u202e")
      const unnamed = yield* startedBy({ ...good, detail: { ...good.detail, userIdentity: "root" } })
      assert.strictEqual(unnamed.started.by, "")
    })
  )
})

describe("what the configuration leaves out", () => {
  const cases: ReadonlyArray<readonly [what: string, written: object, why: RegExp | undefined]> = [
    ["another account than one's own", { accounts: "self" }, /account 222222222222 is not audited/],
    ["an account that is not listed", { accounts: ["111111111111"] }, /account 222222222222 is not audited/],
    ["an account that is excluded", { accounts: { organization: true, exclude: ["222222222222"] } }, /is not audited/],
    ["a region that is not included", { regions: { include: ["us-east-1"] } }, /eu-west-1 is not audited/],
    ["a region that is excluded", { regions: { exclude: ["eu-west-1"] } }, /eu-west-1 is not audited/],
    [
      "the scans of the call",
      { scans: { exclude: ["find_unused_nat_gateways"] } },
      /leaves out find_unused_nat_gateways/
    ],
    ["nothing", {}, undefined]
  ]
  for (const [what, written, why] of cases) {
    it.effect(`${what} is left alone`, () =>
      Effect.gen(function* () {
        const { left, scans } = yield* of([natGateway("nat-0a1", { account: "222222222222" })], written)
        if (why === undefined) assert.deepStrictEqual([scans.length, left.length], [1, 0])
        else assert.match(left[0]?.why ?? "", why)
      })
    )
  }

  const foreign = natGateway("nat-0a1", { account: "999999999999" })
  it.effect("an account that the organisation's newest night was not planned for is left alone", () =>
    Effect.gen(function* () {
      for (const accounts of [
        { organization: true },
        { organization: true, organizationalUnits: ["ou-ab12-00000000"] },
        { organization: true, excludeOrganizationalUnits: ["ou-ab12-00000000"] }
      ]) {
        const { left, scans } = yield* of([foreign, natGateway("nat-0a1")], { accounts })
        assert.deepStrictEqual(left, [
          { event: 0, why: "account 999999999999 is not among those that the newest night was planned for" }
        ])
        assert.deepStrictEqual(scans[0]?.events, [1])
      }
      const { scans } = yield* of([foreign], { accounts: ["999999999999"] })
      assert.strictEqual(scans.length, 1, "a list says itself what is in it")
    })
  )

  it.effect("before the first night nobody knows the organisation's accounts, and that is said", () =>
    Effect.gen(function* () {
      const { left, scans } = yield* microScans([natGateway("nat-0a1")], yield* configOf({}), home, catalogue)
      assert.deepStrictEqual(scans, [])
      assert.match(left[0]?.why ?? "", /^no night has listed the accounts/)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("without a home, any account and region may be one's own", () =>
    Effect.gen(function* () {
      const events = [{}, natGateway("nat-0a1"), natGateway("nat-0a2", { account: "222222222222", id: "call-0002" })]
      const { left, scans } = yield* microScans(events, yield* configOf({ accounts: "self" }), undefined, catalogue)
      assert.deepStrictEqual(left, [{ event: 0, why: "it is no event of a call that CloudTrail recorded" }])
      assert.deepStrictEqual(
        scans.map(({ request }) => request.accounts),
        [[account], ["222222222222"]]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("its settings and suppressions go along", () =>
    Effect.gen(function* () {
      const { scans } = yield* of([natGateway("nat-0a1")], {
        settings: { find_unused_nat_gateways: { lookbackDays: 7 }, find_unused_volumes: { minUnattachedDays: 3 } },
        suppressTagKeys: ["keep"]
      })
      const { settings, suppressTagKeys } = scans[0]!.request
      assert.deepStrictEqual([settings, suppressTagKeys], [{ find_unused_nat_gateways: { lookbackDays: 7 } }, ["keep"]])
    })
  )
})

describe("a burst", () => {
  it.effect("of 200 volumes in two scopes is one micro-scan of each", () =>
    Effect.gen(function* () {
      const events = Array.from({ length: 200 }, (_, n) =>
        createVolume(
          `vol-${n}`,
          {},
          { id: `volume-${String(n).padStart(4, "0")}`, account: n % 2 === 0 ? account : "222222222222" }
        )
      )
      const { scans } = yield* of(events)
      assert.deepStrictEqual(
        scans.map(({ events, request }) => [request.accounts, events.length, request.started?.length]),
        [
          [[account], 100, 100],
          [["222222222222"], 100, 100]
        ]
      )
      for (const { name } of scans) assert.match(name, /^started-\d{12}-eu-west-1-[0-9a-f]{20}$/)
    })
  )

  it.effect("of 500 instances in one call is one thing that was started, with all of them in its price", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 500 }, (_, n) => ({ instanceId: `i-${n}` }))
      const { started } = yield* startedBy(runInstances(many))
      const { started: one } = yield* startedBy(runInstances([{}]))
      assert.strictEqual(started.resources.length, 500)
      assert.closeTo(started.monthlyUsd ?? 0, 500 * (one.monthlyUsd ?? 0), 3)
    })
  )

  it.effect(
    "whose answer CloudTrail leaves out is priced by what was asked for, though nobody knows which they are",
    () =>
      Effect.gen(function* () {
        const { started: one } = yield* startedBy(runInstances([{}]))
        const call = runInstances(Array.from({ length: 100 }, () => ({})))
        const asking = (instancesSet: object, more: object = {}) => ({
          ...call,
          detail: {
            ...call.detail,
            requestParameters: { instanceType: "p4d.24xlarge", availabilityZone: "eu-west-1a", instancesSet, ...more },
            responseElements: { omitted: true, originalSize: 231_407, reason: "responseElements too large" }
          }
        })
        const ofAtLeast = (minCount: number, more: object = {}) =>
          startedBy(asking({ items: [{ imageId: "ami-0a1", minCount, maxCount: 100 }] }, more))
        const { started: all } = yield* ofAtLeast(100)
        assert.deepStrictEqual(all.resources, [])
        assert.closeTo(all.monthlyUsd ?? 0, 100 * (one.monthlyUsd ?? 0), 1)
        assert.deepStrictEqual(
          [all.what, all.basis, all.atLeast, all.note],
          ["100 p4d.24xlarge instances", one.basis, undefined, one.note]
        )
        const { started: some } = yield* ofAtLeast(40)
        assert.closeTo(some.monthlyUsd ?? 0, 40 * (one.monthlyUsd ?? 0), 1)
        assert.deepStrictEqual([some.what, some.atLeast], ["at least 40 p4d.24xlarge instances", true])
        const spot = { instanceMarketOptions: { marketType: "spot" } }
        assert.deepStrictEqual((yield* ofAtLeast(100, spot)).started.basis, "upper_bound")
        const { started: unsure } = yield* ofAtLeast(40, spot)
        assert.deepStrictEqual([unsure.basis, unsure.atLeast], ["estimate", undefined])
        const { left } = yield* of([asking({})])
        assert.match(left[0]?.why ?? "", /names no resource/)
      })
  )

  it.effect("too large for one input is several, and no event is in none or two of them", () =>
    Effect.gen(function* () {
      const events = Array.from({ length: 1000 }, (_, n) =>
        createVolume(`vol-${n}`, {}, { id: `volume-${String(n).padStart(4, "0")}` })
      )
      const { scans } = yield* of(events)
      assert.isAbove(scans.length, 1)
      for (const { request } of scans) assert.isBelow(Buffer.byteLength(JSON.stringify(request)), 262_144 - 20_000)
      assert.deepStrictEqual(
        scans.flatMap(({ events }) => events).sort((a, b) => a - b),
        events.map((_, n) => n)
      )
      assert.strictEqual(new Set(scans.map(({ name }) => name)).size, scans.length)
    })
  )

  it.effect("that is delivered again, in another order and twice within, has the same name and is the same", () =>
    Effect.gen(function* () {
      const [a, b] = [natGateway("nat-0a1", { id: "event-000a" }), natGateway("nat-0a2", { id: "event-000b" })]
      const first = yield* of([a, b])
      const again = yield* of([b, a, b])
      assert.strictEqual(first.scans.length, 1)
      assert.deepStrictEqual(again.scans[0]?.request, first.scans[0]?.request)
      assert.strictEqual(again.scans[0]?.name, first.scans[0]?.name)
      assert.deepStrictEqual(again.scans[0]?.events.toSorted(), [0, 1, 2])
      const other = yield* of([a])
      assert.notStrictEqual(other.scans[0]?.name, first.scans[0]?.name)
    })
  )

  const [a, b, c] = ["a", "b", "c"].map((name) => natGateway(`nat-0a${name}`, { id: `event-000${name}` }))

  it.effect("that comes again after it has started a micro-scan starts none, alone or beside a new one", () =>
    Effect.gen(function* () {
      const config = yield* configOf({ accounts: [account] })
      const of = (events: ReadonlyArray<unknown>) => microScans(events, config, home, catalogue)
      yield* TestClock.setTime(Date.parse("2026-11-20T09:14:00Z"))
      const [first] = (yield* of([a, b])).scans
      assert.isDefined(first)
      // Until it is started nothing is kept: a start that failed is repeated.
      assert.strictEqual((yield* of([a])).scans.length, 1)
      yield* rememberStarts(first!)
      const again = yield* of([b, b])
      assert.deepStrictEqual(again.scans, [])
      assert.deepStrictEqual(
        again.left,
        [0, 1].map((event) => ({ event, why: `CreateNatGateway (event event-000b) was looked at by ${first?.name}` }))
      )
      const beside = yield* of([a, c])
      assert.deepStrictEqual(
        beside.scans.map(({ events, request }) => [events, request.started?.map(({ id }) => id)]),
        [[[1], ["event-000c"]]]
      )
      // As long as it may come at all.
      yield* TestClock.setTime(Date.parse("2026-11-21T11:12:00Z"))
      assert.deepStrictEqual((yield* of([a])).scans, [])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("that is older than a day and two hours starts nothing, and the reason names it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-21T11:12:44Z"))
      assert.strictEqual((yield* of([a])).scans.length, 1)
      yield* TestClock.setTime(Date.parse("2026-11-21T11:12:45Z"))
      const { left, scans } = yield* of([a])
      assert.deepStrictEqual(scans, [])
      assert.deepStrictEqual(left, [
        {
          event: 0,
          why: "CreateNatGateway of 2026-11-20T09:12:44.000Z in 111111111111/eu-west-1 (event event-000a) is 26 h old, and after 26 h it is the night's to judge"
        }
      ])
    })
  )
})
