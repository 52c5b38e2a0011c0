/** Load balancers and their targets. */
import type { Region } from "../../../estate.ts"
import { repeat, teams } from "../../../helpers.ts"

const { data, logistics, marketing, payments, platform, web } = teams("production")

export const balancers: Partial<Region> = {
  loadBalancers: [
    {
      name: "shop-web",
      kind: "application",
      zones: ["a", "b", "c"],
      created: "2023-02-08",
      groups: ["alb"],
      traffic: { weekdays: 2_400_000, weekends: 3_100_000 },
      tags: web
    },
    {
      name: "shop-containers",
      kind: "application",
      internal: true,
      zones: ["a", "b"],
      created: "2024-01-15",
      groups: ["alb"],
      traffic: 860_000,
      tags: web
    },
    {
      name: "pos-gateway",
      kind: "network",
      zones: ["a", "b"],
      created: "2024-04-03",
      traffic: 41_000,
      tags: logistics
    },
    // Healthy: it answers every request with a redirect and has no target.
    {
      name: "www-redirect",
      kind: "application",
      zones: ["a", "b"],
      created: "2023-05-22",
      groups: ["alb"],
      traffic: 0,
      redirects: 18_500,
      tags: web
    },
    // Healthy: partners are connected through PrivateLink and silent for now.
    {
      name: "partner-feed",
      kind: "network",
      internal: true,
      zones: ["a", "b"],
      created: "2024-07-01",
      groups: ["partner-api"],
      traffic: 0,
      tags: logistics
    },
    // Waste: a campaign that ended.
    {
      name: "campaign-summer-2025",
      kind: "application",
      zones: ["a", "b"],
      created: "2025-05-12",
      groups: ["alb"],
      traffic: { daily: 95_000, until: "2025-09-30" },
      tags: marketing
    },
    // Waste: Kubernetes made it, so its Ingress has to go. A monitor still asks it, and hears 503 each time.
    {
      name: "k8s-preview-ingress",
      kind: "application",
      internal: true,
      zones: ["a", "b"],
      created: "2026-02-03",
      groups: ["alb"],
      traffic: 0,
      errors: 2_880,
      tags: { "elbv2.k8s.aws/cluster": "shop", "ingress.k8s.aws/stack": "preview/web" }
    },
    // Waste: its last target was taken away three weeks ago, so it is not idle for long enough, but useless.
    {
      name: "ftp-drop",
      kind: "network",
      zones: ["a"],
      created: "2023-08-14",
      traffic: { daily: 310, until: "2026-10-28" },
      tags: logistics
    },
    // Too young to judge.
    {
      name: "checkout-v2",
      kind: "application",
      zones: ["a", "b", "c"],
      created: "2026-11-03",
      groups: ["alb"],
      traffic: 0,
      tags: payments
    },
    // Unknown: CloudWatch does not answer for it.
    {
      name: "internal-tools",
      kind: "application",
      internal: true,
      zones: ["a", "b"],
      created: "2024-09-30",
      groups: ["alb"],
      traffic: "refused",
      tags: platform
    }
  ],
  targetGroups: [
    {
      name: "shop-web",
      protocol: "HTTP",
      targetType: "instance",
      loadBalancer: "shop-web",
      targets: repeat(12, (n) => ({ id: `shop-web-${n}`, health: "healthy" as const })),
      requests: 2_400_000,
      errors: 1_900,
      seconds: { average: 0.09, p95: 0.24, maximum: 4 },
      tags: web
    },
    ...[
      // Slow: it asks the database for each article.
      { name: "cart", seconds: { average: 0.8, p95: 2.2, maximum: 9 } },
      // Failing: its index does not fit into the memory that it has.
      { name: "search-api", errors: 21_000, seconds: { average: 0.12, p95: 0.4, maximum: 5 } },
      { name: "checkout-blue", seconds: { average: 0.07, p95: 0.19, maximum: 2 } }
    ].map((own) => ({
      ...own,
      protocol: "HTTP" as const,
      targetType: "ip" as const,
      loadBalancer: "shop-containers",
      targets: [
        { id: "10.0.12.14", health: "healthy" as const },
        { id: "10.0.13.27", health: "healthy" as const }
      ],
      requests: 280_000,
      tags: web
    })),
    // Healthy: the idle colour of a blue/green deployment.
    {
      name: "checkout-green",
      protocol: "HTTP",
      targetType: "ip",
      loadBalancer: "shop-containers",
      targets: [],
      requests: 0,
      tags: payments
    },
    // Healthy: no load balancer publishes traffic by group for TCP.
    {
      name: "pos-gateway",
      protocol: "TCP",
      targetType: "instance",
      loadBalancer: "pos-gateway",
      targets: [],
      tags: logistics
    },
    {
      name: "partner-feed",
      protocol: "TCP",
      targetType: "ip",
      loadBalancer: "partner-feed",
      targets: [{ id: "10.0.12.80", health: "healthy" }],
      tags: logistics
    },
    // Waste: attached to nothing, and nothing refers to it.
    { name: "shop-web-2022", protocol: "HTTP", targetType: "instance", targets: [], tags: web },
    // Waste: attached, without a target.
    {
      name: "ftp-drop",
      protocol: "TCP",
      targetType: "instance",
      loadBalancer: "ftp-drop",
      targets: [],
      tags: logistics
    },
    // Waste: healthy targets that no listener rule reaches.
    {
      name: "recommend-beta",
      protocol: "HTTP",
      targetType: "ip",
      loadBalancer: "shop-web",
      targets: [{ id: "10.0.14.9", health: "healthy" }],
      requests: { daily: 900, until: "2026-08-01" },
      tags: data
    },
    {
      name: "campaign-summer-2025",
      protocol: "HTTP",
      targetType: "ip",
      loadBalancer: "campaign-summer-2025",
      targets: [{ id: "10.0.14.200", health: "unhealthy" }],
      requests: 0,
      tags: marketing
    },
    {
      name: "internal-tools",
      protocol: "HTTP",
      targetType: "ip",
      loadBalancer: "internal-tools",
      targets: [{ id: "10.0.14.60", health: "healthy" }],
      requests: "refused",
      tags: platform
    }
  ]
}
