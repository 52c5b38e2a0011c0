/**
 * One account and region with about so many resources as a team of a middling company has: what one sweep of all scans is measured
 * on. Most of it is healthy; one in ten of each kind is waste.
 */
import type { Account, Estate, Global, Region } from "../sample/estate.ts"
import "../sample/services/index.ts"
import { benchAccount, benchRegion } from "./benchNight.ts"

const times = <A>(count: number, make: (n: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, n) => make(n))

const old = "2025-01-01"
const isWaste = (n: number) => n % 10 === 0
const tags = { Owner: "bench", Environment: "production", CostCenter: "1" }

const region: Partial<Region> = {
  vpcs: [{ name: "main", tags }],
  internetGateways: [{ name: "main", vpc: "main", tags }],
  securityGroups: times(20, (n) => ({ name: `group-${n}`, tags })),
  instances: times(200, (n) => ({
    name: `instance-${n}`,
    type: isWaste(n) ? "m4.large" : "m7i.large",
    launched: old,
    disks: [{ type: "gp3" as const, gb: 50 }, ...(isWaste(n) ? [] : [{ type: "gp3" as const, gb: 100 }])],
    groups: [`group-${n % 20}`],
    vpc: "main",
    tags
  })),
  // With the instances' own there are 400.
  volumes: times(20, (n) => ({ name: `volume-${n}`, type: "gp2" as const, gb: 100, created: old, tags })),
  snapshots: times(300, (n) => ({
    name: `snapshot-${n}`,
    gb: 100,
    started: old,
    of: isWaste(n) ? `gone-${n}` : n < 200 ? `instance-${n}-disk1` : `instance-${n - 200}-root`,
    tags
  })),
  functions: times(100, (n) => ({
    name: `function-${n}`,
    runtime: isWaste(n) ? "nodejs18.x" : "nodejs24.x",
    memoryMb: 512,
    modified: old,
    invocations: isWaste(n) ? 0 : 10_000,
    tags
  })),
  logGroups: times(100, (n) => ({
    name: `/aws/lambda/function-${n}`,
    created: old,
    bytes: 5e9,
    incoming: isWaste(n) ? 0 : 1e7,
    lastWritten: isWaste(n) ? "2025-06-01" : "2026-11-19",
    tags
  })),
  databases: times(20, (n) => ({
    name: `database-${n}`,
    engine: "postgres",
    version: isWaste(n) ? "13.15" : "17.4",
    class: "db.m6g.large",
    groups: ["group-0"],
    tags
  })),
  tables: times(30, (n) => ({
    name: `table-${n}`,
    created: old,
    gb: 10,
    items: 1_000_000,
    reads: isWaste(n) ? 0 : 1e6,
    writes: isWaste(n) ? 0 : 1e5,
    tags
  })),
  queues: times(30, (n) => ({ name: `queue-${n}`, created: old, sent: isWaste(n) ? 0 : 1e5, tags })),
  topics: times(30, (n) => ({ name: `topic-${n}`, published: isWaste(n) ? 0 : 1e4, tags })),
  rules: times(20, (n) => ({
    name: `rule-${n}`,
    source: "shop.orders",
    targets: [`lambda:function:function-${n}`],
    invocations: isWaste(n) ? 0 : 1e4,
    tags
  })),
  alarms: times(30, (n) => ({
    name: `alarm-${n}`,
    metric: "AWS/SQS ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: isWaste(n) ? `gone-${n}` : `queue-${n}` },
    tells: `topic-${n}`,
    created: old,
    tags
  })),
  loadBalancers: times(10, (n) => ({
    name: `balancer-${n}`,
    kind: "application" as const,
    zones: ["a", "b"],
    created: old,
    traffic: isWaste(n) ? 0 : 1e6,
    tags
  })),
  targetGroups: times(10, (n) => ({
    name: `targets-${n}`,
    protocol: "HTTP" as const,
    targetType: "instance" as const,
    loadBalancer: `balancer-${n}`,
    targets: [{ id: `instance-${n}`, health: "healthy" as const }],
    requests: isWaste(n) ? 0 : 1e6,
    tags
  })),
  ecsServices: times(10, (n) => ({
    name: `service-${n}`,
    cluster: "main",
    tasks: 2,
    groups: ["group-1"],
    targetGroups: [],
    tags
  })),
  caches: times(10, (n) => ({ name: `cache-${n}`, nodeType: "cache.m6g.large", groups: ["group-2"], tags }))
}

const global: Partial<Global> = {
  buckets: times(30, (n) => ({
    name: `bench-bucket-${n}`,
    region: benchRegion,
    created: old,
    gb: isWaste(n) ? {} : { StandardStorage: 100 },
    objects: isWaste(n) ? 0 : 1000,
    tags
  }))
}

const account: Account = { id: benchAccount, name: "bench", regions: { [benchRegion]: region }, ...global }

/** Cost Explorer tells of nothing at all only where it is not to be believed. */
const billing = {
  spend: [{ service: "Amazon Elastic Compute Cloud - Compute", account: account.name, region: benchRegion, usd: 700 }]
}

export const sweepEstate: Estate = { payer: benchAccount, regions: [benchRegion], accounts: [account], billing }

/** The same account without anything in it. */
export const emptyEstate: Estate = { ...sweepEstate, accounts: [{ id: benchAccount, name: "bench", regions: {} }] }
