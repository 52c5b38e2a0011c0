/** Where the shop is tried out. A service control policy keeps it out of Sydney, and its role is an old one. */
import type { Account, Region } from "../estate.ts"
import { functionWithLogs, repeat, requiredTags, teams } from "../helpers.ts"
import { containers } from "./shopStaging/containers.ts"

const { data, marketing, payments, platform, web } = teams("staging")

const functions = [
  "cart",
  "catalog",
  "checkout",
  "customer",
  "delivery",
  "invoice",
  "order",
  "payment",
  "return",
  "search"
].map((name) =>
  functionWithLogs({
    name: `staging-${name}`,
    runtime: "nodejs24.x",
    memoryMb: 512,
    arm: true,
    modified: "2026-11-16T17:45:00Z",
    invocations: { weekdays: 350, weekends: 0 },
    tags: web
  })
)

const euCentral1: Partial<Region> = {
  ...containers,
  vpcs: [{ name: "main", tags: platform }],
  routeTables: [
    { name: "public", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { internetGateway: "main" } }] },
    { name: "private", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat" } }] },
    { name: "private-b", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat-b" } }], tags: platform }
  ],
  internetGateways: [{ name: "main", vpc: "main", tags: platform }],
  natGateways: [
    // Waste: a gateway for a second zone, as in production, where one would do.
    {
      name: "nat-b",
      vpc: "main",
      zone: "b",
      created: "2024-03-11",
      bytes: { weekdays: 160_000_000, weekends: 0 },
      tags: platform
    },
    {
      name: "nat",
      vpc: "main",
      zone: "a",
      created: "2024-03-11",
      bytes: { weekdays: 2_100_000_000, weekends: 0 },
      tags: platform
    }
  ],
  vpcEndpoints: [
    {
      name: "s3",
      vpc: "main",
      service: "com.amazonaws.eu-central-1.s3",
      type: "Gateway",
      zones: [],
      routeTables: ["private"],
      created: "2024-03-11",
      bytes: 0
    },
    // Waste: copied from production with everything else, and never used.
    ...["secretsmanager", "ecr.api"].map((service) => ({
      name: service,
      vpc: "main",
      service: `com.amazonaws.eu-central-1.${service}`,
      zones: ["a", "b", "c"],
      created: "2024-03-11",
      bytes: 0,
      tags: platform
    }))
  ],
  securityGroups: [
    { name: "default", description: "default VPC security group" },
    { name: "web", inbound: [{ port: 8080, from: { cidr: "10.20.0.0/16" } }], tags: web },
    { name: "alb", inbound: [{ port: 443, from: { cidr: "203.0.113.0/24" } }], tags: web }
  ],
  addresses: [
    { name: "nat", ip: "203.0.113.110", on: { natGateway: "nat" }, tags: platform },
    { name: "nat-b", ip: "203.0.113.112", on: { natGateway: "nat-b" }, tags: platform },
    // Suppressed by its tag.
    {
      name: "partner-allow-list",
      ip: "203.0.113.111",
      tags: { ...payments, "finops:ignore": "the bank allows this number" }
    },
    // Waste.
    { name: "qa-phone-lab", ip: "203.0.113.112", tags: web }
  ],
  instances: [
    ...repeat(3, (n) => ({
      name: `staging-web-${n}`,
      type: "t3.medium",
      launched: "2026-10-05T06:00:00Z",
      disks: [{ type: "gp3", gb: 30 }] as const,
      groups: ["web"],
      tags: web
    })),
    // Waste: stopped after a load test.
    ...repeat(4, (n) => ({
      name: `loadtest-agent-${n}`,
      type: "c5.2xlarge",
      launched: "2026-05-18T06:00:00Z",
      stopped: "2026-08-14T19:22:30Z",
      disks: [{ type: "gp2", gb: 100 }] as const,
      groups: ["web"],
      tags: platform
    }))
  ],
  volumes: [
    // Waste: a restored copy for every release that was tested.
    ...repeat(6, (n) => ({
      name: `orders-restore-release-${n}`,
      type: "gp2" as const,
      gb: 500,
      created: `2026-0${n + 2}-12T15:00:00Z`,
      tags: payments
    }))
  ],
  images: [
    { name: "shop-web-rc-2026-10", created: "2026-10-04", lastLaunched: "2026-10-05", disks: [30], tags: web },
    // Waste.
    { name: "shop-web-rc-2026-02", created: "2026-02-02", lastLaunched: "2026-02-20", disks: [30], tags: web }
  ],
  loadBalancers: [
    {
      name: "staging-web",
      kind: "application",
      zones: ["a", "b"],
      created: "2024-03-11",
      groups: ["alb"],
      traffic: { weekdays: 5_400, weekends: 0 },
      tags: web
    },
    // Waste.
    {
      name: "staging-web-v1",
      kind: "application",
      zones: ["a", "b"],
      created: "2023-01-19",
      groups: ["alb"],
      traffic: 0,
      tags: web
    }
  ],
  targetGroups: [
    {
      name: "staging-web",
      protocol: "HTTP",
      targetType: "instance",
      loadBalancer: "staging-web",
      targets: repeat(3, (n) => ({ id: `staging-web-${n}`, health: "healthy" as const })),
      requests: { weekdays: 5_400, weekends: 0 },
      tags: web
    }
  ],
  functions: functions.map(([own]) => own),
  logGroups: [
    ...functions.map(([, logs]) => logs),
    // Waste: kept for ever.
    {
      name: "/staging/web/debug",
      created: "2024-03-11",
      bytes: 390_000_000_000,
      incoming: { weekdays: 900_000_000, weekends: 0 },
      lastWritten: "2026-11-19",
      tags: web
    }
  ],
  queues: [
    {
      name: "staging-orders",
      created: "2024-03-11",
      sent: { weekdays: 900, weekends: 0 },
      deadLetters: "staging-orders-dead-letters",
      tags: payments
    },
    { name: "staging-orders-dead-letters", created: "2024-03-11", sent: 0, tags: payments }
  ],
  databases: [
    // A risk and waste: an old version at a surcharge, and not encrypted.
    {
      name: "staging-orders",
      engine: "postgres",
      version: "13.20",
      class: "db.t4g.medium",
      unencrypted: true,
      groups: ["web"],
      tags: payments
    }
  ]
}

const euWest1: Partial<Region> = {
  vpcs: [{ name: "main", tags: platform }],
  routeTables: [{ name: "private", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat-regional" } }] }],
  internetGateways: [
    { name: "main", vpc: "main", tags: platform },
    // Waste.
    { name: "rehearsal", tags: platform }
  ],
  natGateways: [
    // Waste: one gateway that works, and is billed, in two zones.
    { name: "nat-regional", vpc: "main", zone: ["a", "b"], created: "2026-04-27", bytes: 0, tags: platform }
  ],
  securityGroups: [
    { name: "default", description: "default VPC security group" },
    { name: "web", inbound: [], tags: web }
  ],
  addresses: [
    { name: "nat-regional-a", ip: "203.0.113.120", on: { natGateway: "nat-regional" }, tags: platform },
    { name: "nat-regional-b", ip: "203.0.113.121", on: { natGateway: "nat-regional" }, tags: platform }
  ],
  volumes: [
    // Waste.
    { name: "rehearsal-orders", type: "io1", gb: 200, iops: 4000, created: "2026-04-28", tags: payments },
    { name: "rehearsal-search", type: "sc1", gb: 500, created: "2026-04-28", tags: web }
  ],
  snapshots: [
    // Waste.
    ...repeat(3, (n) => ({
      name: `rehearsal-${n}`,
      of: `rehearsal-${n}-source`,
      gb: 200,
      started: `2026-05-0${n}T02:00:00Z`,
      tags: payments
    }))
  ],
  logGroups: [
    {
      name: "/rehearsal/web",
      created: "2026-04-28",
      bytes: 7_200_000_000,
      retentionDays: 365,
      incoming: { daily: 300_000_000, until: "2026-05-31" },
      lastWritten: "2026-05-31T20:00:00Z",
      tags: web
    }
  ]
}

const usEast1: Partial<Region> = {
  vpcs: [{ name: "main", tags: platform }],
  internetGateways: [{ name: "main", vpc: "main", tags: platform }],
  securityGroups: [{ name: "default", description: "default VPC security group" }],
  functions: [
    // Healthy: it runs at CloudFront's edges.
    {
      name: "staging-edge-auth",
      runtime: "nodejs20.x",
      memoryMb: 128,
      modified: "2025-02-02T12:00:00Z",
      invocations: 0,
      tags: web
    }
  ],
  logGroups: [
    {
      name: "/aws/lambda/us-east-1.staging-edge-auth",
      created: "2025-02-02",
      bytes: 12_000_000,
      retentionDays: 14,
      incoming: 900_000,
      lastWritten: "2026-11-19",
      tags: web
    }
  ]
}

export const shopStaging: Account = {
  id: "777788889999",
  name: "shop-staging",
  refusals: [
    // The organisation does not let its staging account work in Sydney.
    { region: "ap-southeast-2", by: "service-control-policy" },
    // The role is from before ElastiCache was read.
    { operation: "elasticache:", by: "iam" }
  ],
  regions: { "eu-central-1": euCentral1, "eu-west-1": euWest1, "us-east-1": usEast1 },
  requiredTags,
  // Its view was made without the tags.
  explorerViews: [{ name: "all", region: "eu-central-1" }],
  buckets: [
    {
      name: "larkspur-staging-artifacts",
      region: "eu-central-1",
      created: "2024-03-11",
      gb: { StandardStorage: 42 },
      objects: 18_000,
      lifecycle: [{ id: "clean", expireDays: 30, abortUploadsDays: 7 }],
      tags: platform
    },
    // Waste: empty since it was made.
    {
      name: "larkspur-staging-import-test",
      region: "eu-west-1",
      created: "2025-10-20",
      gb: {},
      objects: 0,
      tags: data
    },
    // Too young to judge.
    {
      name: "larkspur-staging-christmas",
      region: "eu-central-1",
      created: "2026-11-13",
      gb: {},
      objects: 0,
      tags: marketing
    }
  ],
  distributions: [
    {
      name: "staging",
      modified: "2025-02-02T12:30:00Z",
      aliases: ["staging.larkspur-outdoor.example"],
      origin: "larkspur-staging-artifacts",
      edgeFunctions: ["staging-edge-auth"],
      requests: { weekdays: 8_000, weekends: 0 },
      tags: web
    }
  ],
  hostedZones: [
    { name: "staging.larkspur-outdoor.example", records: 24, queries: 31_000, tags: platform },
    // Waste: nobody asks, and nothing answers.
    { name: "preview-2024.larkspur-outdoor.example", records: 9, queries: 0, tags: web }
  ]
}
