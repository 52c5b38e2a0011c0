/** Databases, queues and tables. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"
import { caching } from "./caching.ts"
import { relational } from "./relational.ts"
import { tables } from "./tables.ts"

const { data, logistics, marketing, payments, platform, web } = teams("production")

export const databases: Partial<Region> = {
  ...relational,
  ...caching,
  queues: [
    {
      name: "orders",
      created: "2021-02-08",
      sent: 61_000,
      deadLetters: "orders-dead-letters",
      key: "orders",
      tags: payments
    },
    // Healthy: it is meant to be empty.
    { name: "orders-dead-letters", created: "2021-02-08", sent: 0, key: "orders", tags: payments },
    // Healthy: it waits for what a subscription cannot deliver.
    { name: "order-events-undelivered", created: "2024-02-19", sent: 0, from: "sns", tags: web },
    { name: "email-outbox.fifo", created: "2022-05-16", sent: { weekdays: 38_000, weekends: 51_000 }, tags: marketing },
    // Waste, and free of charge: its producer went with the old warehouse.
    {
      name: "warehouse-events-2022",
      created: "2022-03-21",
      sent: { daily: 9_000, until: "2026-02-28" },
      tags: logistics
    },
    // Waste: nothing is sent, and a function polls all day.
    { name: "price-feed", created: "2023-10-09", sent: 0, emptyReceives: 251_000, tags: data },
    // Waste of another kind: messages arrive and nobody takes them, until they are too old to be kept.
    {
      name: "partner-returns",
      created: "2024-06-03",
      sent: 290,
      received: 0,
      waiting: 4_060,
      oldest: "2026-11-06T02:00:00Z",
      tags: logistics
    },
    // Too young to judge.
    { name: "gift-wrap", created: "2026-11-12T09:00:00Z", sent: 0, tags: web },
    // Unknown: CloudWatch does not answer for it.
    { name: "fraud-events", created: "2025-08-19", sent: "refused", tags: payments }
  ],
  tables: [
    ...tables,
    {
      name: "orders",
      created: "2021-02-08",
      gb: 410,
      items: 96_000_000,
      reads: 31_000_000,
      writes: 4_200_000,
      indexes: [{ name: "by-customer", gb: 120, items: 96_000_000, reads: 9_400_000, writes: 4_200_000 }],
      recovery: true,
      deletionProtection: true,
      stream: true,
      tags: payments
    },
    {
      name: "sessions",
      created: "2021-02-08",
      gb: 22,
      items: 4_100_000,
      provisioned: { reads: 400, writes: 250 },
      reads: 21_000_000,
      writes: 12_000_000,
      tags: web
    },
    // Healthy: nobody reads the table itself, and its index is asked all day.
    {
      name: "customer-preferences",
      created: "2022-06-13",
      gb: 8,
      items: 2_300_000,
      reads: 0,
      writes: 0,
      indexes: [{ name: "by-newsletter", gb: 3, items: 1_100_000, reads: 64_000, writes: 0 }],
      tags: marketing
    },
    // Healthy: sells here, and its copy in Ireland only takes what is written.
    {
      name: "catalog",
      created: "2023-01-16",
      gb: 14,
      items: 340_000,
      reads: 7_900_000,
      writes: 88_000,
      replicas: ["eu-west-1"],
      tags: web
    },
    // Waste: the loyalty programme ended, its capacity did not.
    {
      name: "loyalty-points-2021",
      created: "2021-09-27",
      gb: 46,
      items: 11_000_000,
      provisioned: { reads: 300, writes: 120 },
      reads: { daily: 1_900_000, until: "2026-03-31" },
      writes: { daily: 240_000, until: "2026-03-31" },
      indexes: [
        {
          name: "by-level",
          gb: 19,
          items: 11_000_000,
          provisioned: { reads: 100, writes: 120 },
          reads: { daily: 320_000, until: "2026-03-31" },
          writes: { daily: 240_000, until: "2026-03-31" }
        }
      ],
      recovery: true,
      tags: marketing
    },
    // Waste: on demand, so only what it stores is paid for.
    {
      name: "clickstream-2024",
      created: "2024-02-05",
      gb: 870,
      items: 640_000_000,
      infrequentAccess: true,
      reads: 0,
      writes: { daily: 2_600_000, until: "2025-01-31" },
      tags: data
    },
    // Waste of cents: Terraform locks nothing here any more.
    { name: "terraform-locks", created: "2020-10-12", gb: 0.000_001, items: 2, reads: 0, writes: 0, tags: platform },
    // Too young to judge.
    { name: "gift-cards", created: "2026-11-10T14:20:00Z", gb: 0.01, items: 120, reads: 0, writes: 0, tags: web },
    // Unknown: CloudWatch does not answer for it.
    {
      name: "fraud-scores",
      created: "2025-08-19",
      gb: 31,
      items: 8_000_000,
      reads: "refused",
      writes: "refused",
      tags: payments
    }
  ]
}
