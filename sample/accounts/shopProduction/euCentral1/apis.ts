/** What programs of partners and of the shop's own app ask. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { logistics, marketing, payments, web } = teams("production")

export const apis: Partial<Region> = {
  apis: [
    // Healthy: its cache answers most of what is asked.
    {
      name: "catalogue",
      kind: "REST",
      stages: [
        {
          name: "prod",
          created: "2024-03-11",
          updated: "2026-09-30",
          requests: 640_000,
          errors: 700,
          milliseconds: { average: 35, p95: 120, maximum: 2_400 },
          cache: { gb: "1.6", hits: 410_000, misses: 230_000 }
        },
        // Waste: a cache for a stage that nobody asks.
        {
          name: "load-test",
          created: "2024-03-11",
          updated: "2025-02-03",
          requests: 0,
          milliseconds: 0,
          cache: { gb: "6.1", hits: 0, misses: 0 }
        }
      ],
      tags: web
    },
    // Failing, and its cache keys have the session in them, so it never hits.
    {
      name: "stock",
      kind: "REST",
      stages: [
        {
          name: "prod",
          created: "2023-06-05",
          updated: "2026-04-14",
          requests: 52_000,
          errors: 1_350,
          milliseconds: { average: 90, p95: 310, maximum: 9_000 },
          behind: { average: 85, p95: 290, maximum: 8_900 },
          cache: { gb: "0.5", hits: 300, misses: 51_700 }
        }
      ],
      tags: logistics
    },
    // Could be an HTTP API, which is said where that is asked for.
    {
      name: "addresses",
      kind: "REST",
      stages: [{ name: "prod", created: "2023-09-18", updated: "2026-05-06", requests: 210_000, milliseconds: 45 }],
      tags: logistics
    },
    // Could not: its callers have keys.
    {
      name: "partners",
      kind: "REST",
      keyed: true,
      stages: [{ name: "prod", created: "2022-11-02", updated: "2026-02-19", requests: 95_000, milliseconds: 70 }],
      tags: marketing
    },
    // Slow: what stands behind it is.
    {
      name: "reviews",
      kind: "HTTP",
      stages: [
        {
          name: "$default",
          created: "2025-01-20",
          updated: "2026-07-02",
          requests: 18_000,
          milliseconds: { average: 700, p95: 1_900, maximum: 12_000 },
          behind: { average: 690, p95: 1_880, maximum: 11_900 }
        }
      ],
      tags: marketing
    },
    // Unknown: CloudWatch counts both under their name.
    ...["payments-blue", "payments-green"].map((name) => ({
      name,
      called: "payments",
      kind: "REST" as const,
      stages: [{ name: "prod", created: "2025-05-12", updated: "2026-08-01", requests: 30_000, milliseconds: 60 }],
      tags: payments
    })),
    // Too young to judge.
    {
      name: "gift-cards",
      kind: "HTTP",
      stages: [{ name: "$default", created: "2026-11-16", updated: "2026-11-18", requests: 2_400, milliseconds: 80 }],
      tags: payments
    }
  ]
}
