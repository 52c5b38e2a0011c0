/** Caches, with nodes and serverless. */
import type { Region } from "../../../estate.ts"
import { repeat, teams } from "../../../helpers.ts"

const { logistics, marketing, payments, web } = teams("production")

export const caching: Pick<Region, "caches" | "serverlessCaches"> = {
  serverlessCaches: [
    // Healthy: asked all day, and far from what it may take.
    {
      name: "suggestions",
      engine: ["valkey", "8.1"],
      gb: 3,
      most: { gb: 10, ecpus: 5000 },
      ecpus: 40_000_000,
      connections: 30,
      tags: web
    },
    // Waste: nobody asks it, and it is billed for a gigabyte.
    { name: "quiz-preview", engine: ["redis", "7.1"], gb: 0.02, ecpus: 0, connections: 0, tags: marketing },
    // A risk: it takes as many ECPUs as it may, and refuses commands.
    {
      name: "price-lookups",
      engine: ["valkey", "8.1"],
      gb: 2,
      most: { gb: 10, ecpus: 1000 },
      ecpus: 85_000_000,
      throttled: 1200,
      connections: 80,
      tags: payments
    }
  ],
  caches: [
    // Healthy: asked all day, two thirds full and up to date.
    ...repeat(2, (n) => ({
      name: `sessions-00${n}`,
      nodeType: "cache.r7g.large",
      group: "sessions",
      groups: ["sessions-cache"],
      tags: web
    })),
    // Waste: a version out of support at a surcharge, and dearer than Valkey. A risk: it is full, and evicts carts.
    ...repeat(2, (n) => ({
      name: `cart-00${n}`,
      engine: ["redis", "5.0.6"] as const,
      nodeType: "cache.m6g.large",
      group: "cart",
      groups: ["sessions-cache"],
      use: { memory: { average: 91, p95: 96, maximum: 98 }, evictions: 5200 },
      tags: payments
    })),
    // A risk: a security update has waited for a month. Its minor version comes by itself.
    {
      name: "stock-001",
      engine: ["valkey", "8.0.1"],
      nodeType: "cache.t4g.medium",
      group: "stock",
      overdue: true,
      groups: ["sessions-cache"],
      tags: logistics
    },
    // Waste: nobody has asked it since the campaign.
    {
      name: "campaign-2025-001",
      nodeType: "cache.r7g.large",
      group: "campaign-2025",
      groups: ["sessions-cache"],
      use: { cpu: 1, memory: 3, connections: 4, gets: 0 },
      tags: marketing
    },
    // Waste: four times as large as what it holds.
    ...repeat(2, (n) => ({
      name: `product-pages-00${n}`,
      nodeType: "cache.r7g.2xlarge",
      group: "product-pages",
      groups: ["sessions-cache"],
      use: { cpu: { average: 5, p95: 9, maximum: 13 }, memory: { average: 17, p95: 20, maximum: 22 } },
      tags: web
    })),
    // Healthy: Memcached, and two thirds full.
    {
      name: "fragments",
      engine: ["memcached", "1.6.22"],
      nodeType: "cache.m6g.large",
      nodes: 2,
      groups: ["sessions-cache"],
      use: { cpu: { average: 20, p95: 44, maximum: 61 }, memory: 4_700_000_000 },
      tags: web
    }
  ]
}
