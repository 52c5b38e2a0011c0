/** The account that pays for the others. Little runs in it, and what was forgotten there is forgotten for long. */
import type { Account, Region } from "../estate.ts"
import { functionWithLogs, teams } from "../helpers.ts"

const { platform } = teams("management")

const [costExport, costExportLogs] = functionWithLogs({
  name: "cost-export",
  runtime: "python3.13",
  memoryMb: 512,
  modified: "2026-02-12T08:00:00Z",
  invocations: 4,
  tags: platform
})

const usEast1: Partial<Region> = {
  vpcs: [{ name: "default", isDefault: true }],
  internetGateways: [{ name: "default", vpc: "default" }],
  securityGroups: [
    { name: "default", description: "default VPC security group" },
    { name: "rdp", inbound: [{ port: 3389, from: { cidr: "203.0.113.0/24" } }], tags: platform }
  ],
  addresses: [{ name: "finance-desktop", ip: "203.0.113.150", on: { instance: "finance-desktop" }, tags: platform }],
  instances: [
    // Waste: a desktop that its user left with the company.
    {
      name: "finance-desktop",
      type: "t3.xlarge",
      launched: "2023-06-05T08:00:00Z",
      stopped: "2026-03-31T17:00:00Z",
      disks: [{ type: "gp2", gb: 150 }],
      vpc: "default",
      groups: ["rdp"],
      tags: platform
    }
  ],
  functions: [costExport],
  logGroups: [
    costExportLogs,
    // Waste: kept for ever.
    {
      name: "aws-cloudtrail-logs-organization",
      created: "2020-05-04",
      bytes: 1_900_000_000_000,
      incoming: 2_300_000_000,
      lastWritten: "2026-11-20",
      tags: { ...platform, compliance: "audit trail" }
    }
  ]
}

/** The default network that every region of a new account has. */
const untouched: Partial<Region> = {
  vpcs: [{ name: "default", isDefault: true }],
  internetGateways: [{ name: "default", vpc: "default" }],
  securityGroups: [{ name: "default", description: "default VPC security group" }]
}

export const payer: Account = {
  id: "111122223333",
  name: "payer",
  regions: { "us-east-1": usEast1, "eu-central-1": untouched, "eu-west-1": untouched, "ap-southeast-2": untouched },
  publicAccessBlocks: ["all"],
  buckets: [
    {
      name: "larkspur-organization-trail",
      region: "us-east-1",
      created: "2020-05-04",
      gb: { StandardStorage: 2_900 },
      objects: 61_000_000,
      services: ["cloudtrail.amazonaws.com"],
      lifecycle: [{ id: "keep-seven-years", expireDays: 2557, toClass: { class: "GLACIER", days: 90 } }],
      tags: platform
    },
    {
      name: "larkspur-cost-and-usage",
      region: "us-east-1",
      created: "2021-01-11",
      gb: { StandardStorage: 86 },
      objects: 24_000,
      tags: platform
    }
  ],
  distributions: [],
  domains: [{ name: "larkspur-outdoor.example", registered: "2018-11-05" }],
  hostedZones: [{ name: "larkspur-outdoor.example", records: 61, queries: 2_400_000, tags: platform }]
}
