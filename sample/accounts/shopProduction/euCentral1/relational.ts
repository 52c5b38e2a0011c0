/** Relational databases. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { data, logistics, marketing, payments, web } = teams("production")

export const relational: Pick<Region, "databases" | "databaseClusters"> = {
  databases: [
    // Healthy, and busy.
    {
      name: "orders",
      engine: "postgres",
      version: "16.10",
      class: "db.r6g.xlarge",
      multiAz: true,
      storage: { gb: 500, maxGb: 1000 },
      insights: true,
      groups: ["orders-db"],
      use: {
        cpu: { average: 38, p95: 61, maximum: 84 },
        connections: { minimum: 40, average: 120, p95: 190, maximum: 240 },
        freeMemoryGb: { minimum: 6, average: 7, p95: 8, maximum: 8 },
        load: { average: 1.4, p95: 2.6, maximum: 4.1 },
        nonCpuLoad: { average: 0.3, p95: 0.8, maximum: 1.9 }
      },
      tags: payments
    },
    // Healthy: asked all day, and its minor version comes by itself.
    {
      name: "orders-replica",
      engine: "postgres",
      version: "16.10",
      class: "db.r6g.large",
      zone: "b",
      storage: { gb: 500, maxGb: 1000 },
      replicaOf: { name: "orders" },
      groups: ["orders-db"],
      use: { freeMemoryGb: { minimum: 2, average: 3, p95: 4, maximum: 4 } },
      tags: payments
    },
    // A risk and waste: an old version, stopped and charged all the same, and not encrypted.
    {
      name: "reporting",
      engine: "mysql",
      version: "5.7.44",
      class: "db.m6g.large",
      stopped: true,
      unencrypted: true,
      groups: ["reporting-db"],
      tags: data
    },
    // Waste: the CRM moved to a service two years ago.
    {
      name: "crm-2021",
      engine: "postgres",
      version: "16.10",
      class: "db.m6g.xlarge",
      created: "2021-05-17T08:00:00Z",
      storage: { gb: 200 },
      groups: ["orders-db"],
      use: { cpu: { average: 2, p95: 3, maximum: 9 }, connections: 0, freeMemoryGb: 13 },
      tags: marketing
    },
    // Waste: bought for a peak that never came.
    {
      name: "warehouse",
      engine: "postgres",
      version: "16.10",
      class: "db.m6g.2xlarge",
      multiAz: true,
      storage: { gb: 400, maxGb: 800 },
      groups: ["orders-db"],
      use: {
        cpu: { average: 6, p95: 11, maximum: 29 },
        freeMemoryGb: { minimum: 24, average: 26, p95: 27, maximum: 28 }
      },
      tags: logistics
    },
    // A risk: its storage is nearly full and does not grow, and it has run out of memory and CPU.
    {
      name: "search-history",
      engine: "mysql",
      version: "8.4.7",
      class: "db.m6g.large",
      storage: { gb: 300 },
      insights: true,
      ownUpgrades: true,
      groups: ["orders-db"],
      use: {
        cpu: { average: 71, p95: 93, maximum: 100 },
        freeMemoryGb: 0.9,
        freeStorageGb: { minimum: 11, average: 14, p95: 17, maximum: 17 },
        load: { average: 3.1, p95: 5.2, maximum: 9 },
        nonCpuLoad: { average: 2.2, p95: 3.9, maximum: 7 }
      },
      tags: web
    },
    // Too young to judge by its use.
    {
      name: "gift-cards",
      engine: "postgres",
      version: "16.10",
      class: "db.t4g.medium",
      created: "2026-11-12T10:00:00Z",
      groups: ["orders-db"],
      use: { cpu: 1, connections: 0 },
      tags: web
    },
    // Unknown: CloudWatch does not answer for it.
    {
      name: "fraud-cases",
      engine: "postgres",
      version: "16.10",
      class: "db.r6g.large",
      groups: ["orders-db"],
      use: { cpu: "refused" },
      tags: payments
    },
    {
      name: "checkout-1",
      engine: "aurora-postgresql",
      version: "16.8",
      class: "db.r6g.large",
      cluster: "checkout",
      writer: true,
      insights: true,
      groups: ["orders-db"],
      use: { load: { average: 0.5, p95: 0.9, maximum: 1.6 } },
      tags: payments
    },
    // Healthy: the only one that could take over, so that it may be idle.
    {
      name: "checkout-2",
      engine: "aurora-postgresql",
      version: "16.8",
      class: "db.r6g.large",
      zone: "b",
      cluster: "checkout",
      groups: ["orders-db"],
      tags: payments
    }
  ],
  databaseClusters: [
    { name: "checkout", engine: "aurora-postgresql", version: "16.8", groups: ["orders-db"], tags: payments }
  ]
}
