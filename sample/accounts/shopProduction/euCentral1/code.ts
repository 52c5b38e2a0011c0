/** Functions and logs. */
import type { Region } from "../../../estate.ts"
import { functionWithLogs, teams } from "../../../helpers.ts"
import { calledFunctions } from "./functions.ts"

const { data, marketing, payments, platform, web } = teams("production")

/** Functions whose calls wait for an environment more often than others, or longer. */
const starting: Readonly<Record<string, Partial<Region["functions"][number]>>> = {
  // Slow: every seventh customer waits for the fonts and the PDF engine.
  "invoice-render": { invocations: 10_250, coldStarts: { percent: 14, p95Ms: 6_200 } },
  // Healthy: it starts often, and at once.
  "image-resize": { coldStarts: { percent: 11, p95Ms: 320 } },
  // Healthy: it starts slowly, and hardly ever.
  "payment-reconcile": { coldStarts: { percent: 0.6, p95Ms: 2_900 } }
}

/** One function and its log group each, called all day and kept for a month. */
const functions = [
  "cart-add-item",
  "cart-remove-item",
  "cart-merge",
  "cart-expire",
  "catalog-search",
  "catalog-suggest",
  "catalog-import",
  "catalog-price-update",
  "catalog-stock-sync",
  "checkout-start",
  "checkout-address",
  "checkout-confirm",
  "checkout-webhook",
  "coupon-redeem",
  "customer-login",
  "customer-register",
  "customer-export",
  "customer-delete",
  "delivery-slots",
  "delivery-track",
  "email-order-confirmation",
  "email-shipping",
  "email-password",
  "image-resize",
  "image-watermark",
  "invoice-render",
  "invoice-archive",
  "order-create",
  "order-cancel",
  "order-refund",
  "order-split",
  "payment-authorize",
  "payment-capture",
  "payment-refund",
  "payment-reconcile",
  "recommend-similar",
  "recommend-home",
  "return-label",
  "return-receive",
  "review-moderate",
  "review-publish",
  "search-reindex",
  "session-cleanup",
  "sitemap-build",
  "stock-reserve",
  "stock-release",
  "tax-lookup",
  "warehouse-pick-list"
].map((name, index) =>
  functionWithLogs({
    name,
    runtime: index % 3 === 0 ? "python3.13" : "nodejs24.x",
    memoryMb: index % 4 === 0 ? 1024 : 512,
    arm: true,
    modified: "2026-06-15T09:30:00Z",
    invocations: { weekdays: 4_000 + index * 250, weekends: 2_500 },
    ...starting[name],
    tags: index % 2 === 0 ? web : platform
  })
)

export const code: Partial<Region> = {
  functions: [
    ...functions.map(([own]) => own),
    ...calledFunctions,
    // Healthy: a container image, which has no runtime of its own.
    {
      name: "recommend-train",
      container: true,
      memoryMb: 10_240,
      modified: "2026-04-08T09:30:00Z",
      invocations: { weekdays: 12, weekends: 0 },
      tags: data
    },
    // Waste with a price: provisioned concurrency that nobody invokes.
    {
      name: "flash-sale-queue",
      runtime: "nodejs20.x",
      memoryMb: 2048,
      modified: "2025-11-21T16:00:00Z",
      invocations: { daily: 1_200_000, until: "2025-11-30" },
      provisioned: { live: 25 },
      tags: marketing
    },
    // Waste without one: idle code is free.
    {
      name: "legacy-price-import",
      runtime: "python3.9",
      memoryMb: 256,
      modified: "2023-03-03T08:00:00Z",
      invocations: 0,
      inactive: true,
      tags: data
    },
    // Waste: a name made of HTML in its description and owner.
    {
      name: "wishlist-share",
      runtime: "nodejs18.x",
      memoryMb: 512,
      modified: "2024-05-30T08:00:00Z",
      invocations: { daily: 30, until: "2026-01-31" },
      description: "<b>Wish lists</b>",
      url: "public",
      tags: { ...web, Owner: "<script>alert(document.cookie)</script>" }
    },
    // Silent, and meant to be: a rotation that runs twice a year.
    {
      name: "SecretsManager-rotate-orders-db",
      runtime: "python3.12",
      memoryMb: 128,
      modified: "2024-10-08T08:00:00Z",
      invocations: 0,
      groups: ["vpc-functions"],
      inactive: true,
      description: "Rotates a Secrets Manager secret for Amazon RDS PostgreSQL",
      tags: payments
    },
    // Silent, and fed by a queue.
    {
      name: "dead-letter-replay",
      runtime: "nodejs22.x",
      memoryMb: 512,
      modified: "2025-04-14T08:00:00Z",
      invocations: 0,
      sources: ["orders-dead-letters"],
      tags: payments
    },
    // Too young to judge: deployed this month.
    {
      name: "gift-card-issue",
      runtime: "nodejs24.x",
      memoryMb: 512,
      arm: true,
      modified: "2026-11-10T14:20:00Z",
      invocations: 0,
      tags: web
    },
    // Unknown: CloudWatch does not answer for it.
    {
      name: "fraud-score",
      runtime: "python3.12",
      memoryMb: 3008,
      modified: "2025-08-19T10:00:00Z",
      invocations: "refused",
      provisioned: { live: 4 },
      tags: payments
    },
    // Suppressed by its tag.
    {
      name: "disaster-failover",
      runtime: "python3.12",
      memoryMb: 256,
      modified: "2025-01-17T10:00:00Z",
      invocations: 0,
      tags: { ...platform, "finops:ignore": "runs when Frankfurt does not" }
    }
  ],
  logGroups: [
    ...functions.map(([, logs]) => logs),
    {
      name: "/ecs/shop/cart",
      created: "2024-01-15",
      bytes: 18_000_000_000,
      retentionDays: 30,
      incoming: 620_000_000,
      lastWritten: "2026-11-20",
      tags: web
    },
    {
      name: "/ecs/shop/search-api",
      created: "2024-01-15",
      bytes: 9_500_000_000,
      retentionDays: 30,
      incoming: 310_000_000,
      lastWritten: "2026-11-20",
      tags: web
    },
    // Waste: kept for ever, and growing by the day.
    {
      name: "/shop/web/access",
      created: "2023-02-08",
      bytes: 4_200_000_000_000,
      incoming: { weekdays: 5_200_000_000, weekends: 6_100_000_000 },
      lastWritten: "2026-11-20",
      metricFilters: 3,
      tags: web
    },
    // Waste: nothing has been written for a year.
    {
      name: "/shop/web-2021/application",
      created: "2021-03-01",
      bytes: 730_000_000_000,
      incoming: { daily: 1_000_000_000, until: "2025-08-31" },
      lastWritten: "2025-08-31T21:10:00Z",
      tags: web
    },
    // Waste: the function is gone, its log group stayed.
    {
      name: "/aws/lambda/newsletter-send",
      created: "2022-09-12",
      bytes: 61_000_000_000,
      incoming: 0,
      lastWritten: "2024-12-24T06:00:00Z"
    },
    // Lower confidence: the function still exists.
    {
      name: "/aws/lambda/legacy-price-import",
      created: "2022-01-18",
      bytes: 3_100_000_000,
      retentionDays: 3653,
      incoming: 0,
      lastWritten: "2023-06-30T02:00:00Z",
      tags: data
    },
    // Waste: never had a stream.
    {
      name: "/aws/codebuild/loadtest",
      created: "2024-03-22",
      bytes: 0,
      incoming: 0,
      lastWritten: null,
      tags: platform
    },
    // Healthy: no bytes by the metric, and a stream that says otherwise.
    {
      name: "/shop/batch/nightly",
      created: "2024-11-04",
      bytes: 800_000_000,
      retentionDays: 90,
      infrequent: true,
      incoming: 0,
      lastWritten: "2026-10-02T03:00:00Z",
      tags: data
    },
    // Too young to judge.
    { name: "/aws/lambda/gift-card-issue", created: "2026-11-10", bytes: 0, incoming: 0, lastWritten: null, tags: web }
  ]
}
