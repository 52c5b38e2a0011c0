/** Virginia: the American shop, and what belongs to CloudFront. */
import type { Region } from "../../estate.ts"
import { functionWithLogs, repeat, teams } from "../../helpers.ts"

const { marketing, payments, platform, web } = teams("production")

const functions = ["us-tax-rates", "us-address-check", "us-carrier-labels", "us-newsletter", "us-returns"].map((name) =>
  functionWithLogs({
    name,
    runtime: "nodejs24.x",
    memoryMb: 512,
    modified: "2026-06-22T12:00:00Z",
    invocations: { weekdays: 9_000, weekends: 4_000 },
    tags: web
  })
)

export const usEast1: Partial<Region> = {
  vpcs: [
    { name: "main", tags: platform },
    { name: "default", isDefault: true }
  ],
  routeTables: [{ name: "public", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { internetGateway: "main" } }] }],
  internetGateways: [
    { name: "main", vpc: "main", tags: platform },
    { name: "default", vpc: "default" }
  ],
  securityGroups: [
    { name: "default", description: "default VPC security group" },
    { name: "web", inbound: [{ port: 443, from: { cidr: "0.0.0.0/0" } }], tags: web }
  ],
  // The internet is kept out of every VPC that somebody may have forgotten.
  internetBlocks: [{ name: "region", apartFrom: ["main"] }],
  addresses: [{ name: "us-mail", ip: "203.0.113.60", on: { instance: "us-mail" }, tags: marketing }],
  instances: [
    ...repeat(4, (n) => ({
      name: `us-web-${n}`,
      type: "m6i.large",
      launched: "2026-09-21T13:00:00Z",
      disks: [{ type: "gp3", gb: 30 }] as const,
      groups: ["web"],
      tags: web
    })),
    {
      name: "us-mail",
      type: "t3.small",
      launched: "2025-10-06T13:00:00Z",
      disks: [{ type: "gp3", gb: 20 }],
      groups: ["web"],
      tags: marketing
    }
  ],
  // A risk: what is made here is not encrypted unless somebody thinks of it.
  ebsSettings: [{ name: "encryption by default", on: false }],
  volumes: [
    // Waste, with a name that would recolour a terminal and ring its bell.
    {
      name: "\u001b[31mpayments-replica\u001b[0m\u0007",
      type: "gp2",
      gb: 750,
      created: "2024-11-29",
      tags: { ...payments, comment: "moved \u202Eot gpj.eruces\u202C" }
    },
    // Waste: the cheapest kind there is.
    { name: "us-web-logs-2020", type: "standard", gb: 40, created: "2020-08-30", tags: web },
    // Waste.
    { name: "us-analytics-scratch", type: "st1", gb: 3000, created: "2025-07-09", tags: marketing }
  ],
  snapshots: [
    { name: "us-mail-weekly", of: "us-mail-root", gb: 20, started: "2026-11-15T04:00:00Z", tags: marketing },
    // Waste: its volume is gone.
    { name: "us-launch-2022", of: "us-launch-db", gb: 350, started: "2022-04-01T04:00:00Z", tags: payments }
  ],
  loadBalancers: [
    {
      name: "us-web",
      kind: "application",
      zones: ["a", "b", "c"],
      created: "2022-04-01",
      groups: ["web"],
      traffic: { weekdays: 640_000, weekends: 790_000 },
      tags: web
    }
  ],
  classicLoadBalancers: [
    // Waste: the balancer from before the move, still there.
    {
      name: "us-web-classic",
      zones: ["a", "b"],
      created: "2018-02-20",
      instances: [],
      groups: ["web"],
      traffic: { daily: 50_000, until: "2022-04-30" },
      tags: web
    },
    {
      name: "us-mail-classic",
      zones: ["a"],
      created: "2019-06-11",
      instances: ["us-mail"],
      groups: ["web"],
      traffic: 12_000,
      tags: marketing
    }
  ],
  targetGroups: [
    {
      name: "us-web",
      protocol: "HTTPS",
      targetType: "instance",
      loadBalancer: "us-web",
      targets: repeat(4, (n) => ({ id: `us-web-${n}`, health: "healthy" as const })),
      requests: 640_000,
      tags: web
    }
  ],
  functions: [
    ...functions.map(([own]) => own),
    // Healthy: it runs at CloudFront's edges, which publish elsewhere, so its own series is empty by design.
    {
      name: "edge-security-headers",
      runtime: "nodejs20.x",
      memoryMb: 128,
      modified: "2024-02-02T12:00:00Z",
      invocations: 0,
      tags: web
    },
    // Waste without a price.
    {
      name: "us-black-friday-2024",
      runtime: "nodejs18.x",
      memoryMb: 1024,
      modified: "2024-11-20T12:00:00Z",
      invocations: { daily: 90_000, until: "2024-12-02" },
      tags: marketing
    }
  ],
  logGroups: [
    ...functions.map(([, logs]) => logs),
    // Waste: a tag that is a formula, for whoever opens the export.
    {
      name: "/aws/lambda/us-black-friday-2023",
      created: "2023-10-30",
      bytes: 205_000_000_000,
      incoming: { daily: 8_000_000_000, until: "2023-12-01" },
      lastWritten: "2023-12-01T08:00:00Z",
      tags: { ...marketing, Owner: "+49 30 1234567" }
    }
  ]
}
