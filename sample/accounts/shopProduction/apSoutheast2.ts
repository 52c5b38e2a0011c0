/** Sydney, where the Australian shop was tried out and mostly taken down again. */
import type { Region } from "../../estate.ts"
import { functionWithLogs, teams } from "../../helpers.ts"

const { marketing, platform, web } = teams("production")

const [shippingQuote, shippingQuoteLogs] = functionWithLogs({
  name: "au-shipping-quote",
  runtime: "nodejs24.x",
  memoryMb: 512,
  arm: true,
  modified: "2026-03-11T01:00:00Z",
  invocations: 2_100,
  tags: web
})

export const apSoutheast2: Partial<Region> = {
  vpcs: [{ name: "main", tags: platform }],
  routeTables: [{ name: "private", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat-a" } }] }],
  internetGateways: [{ name: "main", vpc: "main", tags: platform }],
  // Waste: routed, in the dearest of the four regions.
  natGateways: [{ name: "nat-a", vpc: "main", zone: "a", created: "2025-01-06", bytes: 0, tags: platform }],
  securityGroups: [
    { name: "default", description: "default VPC security group" },
    { name: "web", inbound: [{ port: 443, from: { cidr: "0.0.0.0/0" } }], tags: web }
  ],
  addresses: [
    { name: "nat-a", ip: "203.0.113.70", on: { natGateway: "nat-a" }, tags: platform },
    // Waste.
    { name: "au-launch", ip: "203.0.113.71", tags: marketing }
  ],
  instances: [
    {
      name: "au-web-1",
      type: "t3.medium",
      launched: "2026-03-11T01:00:00Z",
      disks: [{ type: "gp3", gb: 30 }],
      groups: ["web"],
      tags: web
    }
  ],
  volumes: [
    // Waste.
    { name: "au-catalog-copy", type: "gp3", gb: 300, created: "2025-03-20", tags: web }
  ],
  functions: [shippingQuote],
  logGroups: [shippingQuoteLogs]
}
