/** Containers: clusters, services, and the images that they run. */
import type { Region } from "../../../estate.ts"
import { repeat, teams } from "../../../helpers.ts"
import { tableTargets } from "./tables.ts"

const { data, logistics, marketing, payments, platform, web } = teams("production")

/** An image a fortnight, the newest of them ten days before the night; each is pulled until the next one. */
const releases = (count: number, mb: number) =>
  repeat(count, (n) => {
    const dayOf = (age: number) => new Date(Date.UTC(2026, 10, 10 - 14 * age)).toISOString()
    return { tag: `v${n}`, mb, pushed: dayOf(count - n), pulled: dayOf(Math.max(0, count - n - 1)) }
  })

export const containers: Partial<Region> = {
  repositories: [
    // Healthy: its policy keeps a few releases.
    { name: "cart", created: "2023-06-12", images: releases(8, 240), expiresUntagged: 14, tags: web },
    // Waste: every model that was ever trained, in an image of six gigabytes each.
    { name: "recommendations-training", created: "2024-09-02", images: releases(41, 6_200), tags: data },
    // Too young to judge.
    { name: "gift-cards", created: "2026-11-12", images: releases(1, 180), tags: payments }
  ],
  ecsServices: [
    { name: "cart", cluster: "shop", tasks: 4, groups: ["containers"], targetGroups: ["cart"], tags: web },
    {
      name: "search-api",
      cluster: "shop",
      tasks: 3,
      groups: ["containers"],
      targetGroups: ["search-api"],
      tags: web,
      keepsRevisions: true
    },
    {
      name: "checkout",
      cluster: "shop",
      tasks: 4,
      groups: ["containers"],
      targetGroups: ["checkout-blue", "checkout-green"],
      tags: payments
    },
    // Waste: each of its tasks reserves twice the CPU and memory that all its pictures ever needed.
    {
      name: "product-images",
      cluster: "shop",
      tasks: 6,
      groups: ["containers"],
      targetGroups: [],
      vcpu: 2,
      gb: 8,
      cpu: { average: 9, p95: 14, maximum: 22 },
      memory: { average: 19, p95: 24, maximum: 27 },
      tags: web
    },
    // Waste of memory alone, and mostly on Spot.
    {
      name: "price-import",
      cluster: "shop",
      tasks: 4,
      spot: 3,
      groups: ["containers"],
      targetGroups: [],
      gb: 8,
      memory: { average: 17, p95: 21, maximum: 24 },
      tags: data
    },
    // Too young to judge.
    {
      name: "gift-cards",
      cluster: "shop",
      tasks: 2,
      groups: ["containers"],
      targetGroups: [],
      created: "2026-11-12T14:00:00Z",
      cpu: { average: 3, p95: 5, maximum: 11 },
      tags: payments
    },
    // Clutter: the first wish list, whose tasks were stopped two years ago.
    {
      name: "wishlist-v1",
      cluster: "shop",
      tasks: 0,
      groups: ["containers"],
      targetGroups: [],
      created: "2022-03-07T10:00:00Z",
      tags: web
    },
    // Broken: it is pinned to a platform that AWS has retired, so that no task of it can start.
    {
      name: "loyalty-sync",
      cluster: "shop",
      tasks: 0,
      desired: 2,
      groups: ["containers"],
      targetGroups: [],
      created: "2021-09-13T09:00:00Z",
      platform: "1.3.0",
      tags: marketing
    }
  ],
  ecsClusters: [
    // Clutter: what ran in it moved to Frankfurt's other cluster.
    { name: "campaign-2025", tags: marketing },
    // Waste: machines in the old warehouse that report to ECS, and run nothing.
    { name: "warehouse-edge", machines: 4, tags: logistics },
    // Healthy: a schedule starts its only task.
    { name: "nightly-jobs", tags: data }
  ],
  ecsTasks: [{ name: "stock-valuation", revisions: 3, tags: data }],
  schedules: [{ name: "stock-valuation", cluster: "nightly-jobs", task: "stock-valuation:3" }],
  // The services that their traffic scales.
  scalableTargets: [
    ...tableTargets,
    { name: "service/shop/cart", dimension: "ecs:service:DesiredCount", minimum: 2, maximum: 24 },
    { name: "service/shop/product-images", dimension: "ecs:service:DesiredCount", minimum: 6, maximum: 6 }
  ],
  eksClusters: [
    // Healthy: its version is supported until summer, and EKS upgrades it then.
    {
      name: "shop",
      version: "1.36",
      created: "2023-10-04T09:00:00Z",
      upgradedByEks: true,
      nodeGroups: [{ name: "system-nodes" }],
      tags: platform
    },
    // Waste: its version has cost six times as much since March, and its nodes hold the upgrade up.
    {
      name: "recommendations",
      version: "1.32",
      created: "2022-05-11T13:30:00Z",
      nodeGroups: [
        { name: "serving-nodes" },
        { name: "training-nodes", version: "1.28", template: "recommendations-nodes" }
      ],
      tags: data
    }
  ]
}
