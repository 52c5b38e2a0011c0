/** Ireland, where the shop's copy stands ready and the analysts work. */
import type { Region } from "../../estate.ts"
import { functionWithLogs, repeat, teams } from "../../helpers.ts"

const { data, payments, platform, web } = teams("production")

const functions = ["replica-lag-check", "failover-dns", "report-daily", "report-weekly", "report-tax"].map((name) =>
  functionWithLogs({
    name,
    runtime: "python3.13",
    memoryMb: 512,
    arm: true,
    modified: "2026-05-04T08:00:00Z",
    invocations: { weekdays: 1_440, weekends: 1_440 },
    tags: data
  })
)

export const euWest1: Partial<Region> = {
  vpcs: [{ name: "main", tags: platform }],
  routeTables: [
    { name: "public", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { internetGateway: "main" } }] },
    { name: "private", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat-a" } }] }
  ],
  internetGateways: [{ name: "main", vpc: "main", tags: platform }],
  natGateways: [
    { name: "nat-a", vpc: "main", zone: "a", created: "2023-11-20", bytes: 6_300_000_000, tags: platform },
    // Waste: no route leads to it any more.
    {
      name: "nat-b",
      vpc: "main",
      zone: "b",
      created: "2023-11-20",
      bytes: { daily: 800_000, until: "2026-03-31" },
      tags: platform
    }
  ],
  vpcEndpoints: [
    {
      name: "s3",
      vpc: "main",
      service: "com.amazonaws.eu-west-1.s3",
      type: "Gateway",
      zones: [],
      routeTables: ["private"],
      created: "2023-11-20",
      bytes: 0
    },
    {
      name: "athena",
      vpc: "main",
      service: "com.amazonaws.eu-west-1.athena",
      zones: ["a", "b"],
      created: "2024-02-12",
      bytes: { weekdays: 740_000_000, weekends: 0 },
      tags: data
    },
    // Waste: a training project of last year.
    {
      name: "sagemaker",
      vpc: "main",
      service: "com.amazonaws.eu-west-1.sagemaker.api",
      zones: ["a", "b"],
      created: "2025-03-03",
      bytes: 0,
      tags: data
    }
  ],
  securityGroups: [
    { name: "default", description: "default VPC security group" },
    {
      name: "analysts",
      inbound: [
        { port: 8888, from: { cidr: "10.8.0.0/16" } },
        { port: 22, from: { prefixList: "offices" } }
      ],
      tags: data
    },
    { name: "orders-db", inbound: [{ port: 5432, from: { group: "analysts" } }], tags: payments },
    // Waste.
    { name: "rdp-vendor", inbound: [{ port: 3389, from: { cidr: "0.0.0.0/0" } }], tags: data }
  ],
  prefixLists: [{ name: "offices", cidrs: ["203.0.113.0/24", "198.51.100.0/24"], tags: platform }],
  addresses: [
    { name: "nat-a", ip: "203.0.113.40", on: { natGateway: "nat-a" }, tags: platform },
    { name: "nat-b", ip: "203.0.113.41", on: { natGateway: "nat-b" }, tags: platform },
    // Waste: kept from a load test.
    ...repeat(3, (n) => ({ name: `loadtest-${n}`, ip: `203.0.113.${41 + n}`, tags: platform }))
  ],
  instances: [
    ...repeat(4, (n) => ({
      name: `notebook-${n}`,
      type: "r6i.xlarge",
      launched: "2026-08-03T07:00:00Z",
      disks: [{ type: "gp3", gb: 100 }] as const,
      groups: ["analysts"],
      tags: data
    })),
    // Waste: parked with a large disk.
    {
      name: "forecast-training",
      type: "g5.4xlarge",
      launched: "2026-04-20T07:00:00Z",
      image: "forecast-2026-04",
      stopped: "2026-09-11T16:30:45Z",
      disks: [
        { type: "gp3", gb: 100 },
        { type: "gp3", gb: 4000, iops: 12_000, mbPerSecond: 600 }
      ],
      groups: ["analysts"],
      tags: data
    }
  ],
  images: [
    // Waste: alone, so there is no series of which it would be the newest.
    { name: "notebook-2025-02", created: "2025-02-10", lastLaunched: "2025-03-01", disks: [100], tags: data },
    // In use by an instance that is stopped; its predecessor is waste.
    { name: "forecast-2026-04", created: "2026-04-19", lastLaunched: "2026-04-20", disks: [100, 200], tags: data },
    { name: "forecast-2026-01", created: "2026-01-11", lastLaunched: "2026-01-12", disks: [100, 200], tags: data }
  ],
  snapshots: [
    // Unknown: copies for an old recovery plan. EC2 does not tell of which volume, so nothing tells whether it is gone.
    ...repeat(12, (n) => ({
      name: `dr-copy-${String(n).padStart(2, "0")}`,
      of: "copy",
      gb: 500,
      started: `2025-${String(n).padStart(2, "0")}-01T02:00:00Z`,
      description: "[Copied snap-0a1b2c3d4e5f60718 from eu-central-1] orders",
      tags: payments
    })),
    // Healthy: the copies of the new plan are young.
    ...repeat(8, (n) => ({
      name: `dr-2026-10-${String(n).padStart(2, "0")}`,
      of: "copy",
      gb: 500,
      started: `2026-10-${String(n).padStart(2, "0")}T02:00:00Z`,
      tags: payments
    }))
  ],
  loadBalancers: [
    // Healthy: it stands by, and health checks of the domain name reach it.
    {
      name: "shop-web-standby",
      kind: "application",
      zones: ["a", "b"],
      created: "2023-11-20",
      groups: ["default"],
      traffic: 2_880,
      tags: web
    }
  ],
  targetGroups: [
    {
      name: "shop-web-standby",
      protocol: "HTTP",
      targetType: "ip",
      loadBalancer: "shop-web-standby",
      targets: [{ id: "10.1.12.14", health: "healthy" }],
      requests: 2_880,
      tags: web
    }
  ],
  functions: functions.map(([own]) => own),
  logGroups: [
    ...functions.map(([, logs]) => logs),
    // Waste.
    {
      name: "/aws/sagemaker/TrainingJobs",
      created: "2025-03-03",
      bytes: 44_000_000_000,
      incoming: { daily: 600_000_000, until: "2025-12-12" },
      lastWritten: "2025-12-12T19:00:00Z",
      tags: data
    }
  ],
  databases: [
    // Healthy: it stands by for Frankfurt, so that nobody connects to it.
    {
      name: "orders-dr",
      engine: "postgres",
      version: "16.10",
      class: "db.r6g.large",
      storage: { gb: 500, maxGb: 1000 },
      replicaOf: { name: "orders", region: "eu-central-1" },
      groups: ["orders-db"],
      use: { cpu: { average: 3, p95: 5, maximum: 12 }, connections: 0, freeMemoryGb: 11 },
      tags: payments
    }
  ],
  tables: [
    {
      name: "catalog",
      created: "2023-01-16",
      gb: 14,
      items: 340_000,
      reads: 0,
      // What is written in Frankfurt.
      writes: 88_000,
      replicas: ["eu-central-1"],
      tags: web
    }
  ]
}
