/** Where the shop sells. */
import type { Account } from "../estate.ts"
import { requiredTags, teams } from "../helpers.ts"
import { apSoutheast2 } from "./shopProduction/apSoutheast2.ts"
import { dashboards } from "./shopProduction/dashboards.ts"
import { euCentral1 } from "./shopProduction/euCentral1.ts"
import { euWest1 } from "./shopProduction/euWest1.ts"
import { usEast1 } from "./shopProduction/usEast1.ts"

const { data, logistics, marketing, payments, platform, web } = teams("production")

export const shopProduction: Account = {
  id: "444455556666",
  name: "shop-production",
  // AWS asks to slow down once, and then answers.
  refusals: [{ region: "eu-west-1", operation: "logs:DescribeLogGroups", by: "throttled-once" }],
  regions: { "eu-central-1": euCentral1, "eu-west-1": euWest1, "us-east-1": usEast1, "ap-southeast-2": apSoutheast2 },

  requiredTags,
  dashboards,
  // Nobody switched it on in Sydney.
  explorerViews: ["eu-central-1", "eu-west-1", "us-east-1"].map((region) => ({
    name: "all",
    region,
    tags: true as const
  })),
  buckets: [
    // Waste, without a price: old versions of pictures that no rule ever deletes. What is read so much stays in Standard.
    {
      name: "larkspur-product-images",
      region: "eu-central-1",
      created: "2019-03-18",
      gb: { StandardStorage: 38_500 },
      objects: 92_000_000,
      requests: 14_000_000,
      versioned: true,
      tags: web
    },
    // Healthy: tiered by AWS.
    {
      name: "larkspur-customer-uploads",
      region: "eu-central-1",
      created: "2021-07-05",
      gb: { IntelligentTieringFAStorage: 2_100, IntelligentTieringIAStorage: 7_800 },
      objects: 6_400_000,
      intelligentTiering: true,
      lifecycle: [{ id: "tier", toClass: { class: "INTELLIGENT_TIERING", days: 0 }, abortUploadsDays: 7 }],
      encryption: { key: "uploads", bucketKey: true },
      tags: web
    },
    // Healthy: its own rules move it to colder classes.
    {
      name: "larkspur-order-archive",
      region: "eu-central-1",
      created: "2019-03-18",
      gb: { StandardStorage: 310, GlacierInstantRetrievalStorage: 4_900 },
      objects: 21_000_000,
      lifecycle: [{ id: "archive", toClass: { class: "GLACIER_IR", days: 90 }, abortUploadsDays: 3 }],
      // A risk of its own: every request for an object is one to KMS as well.
      encryption: { key: "orders" },
      tags: payments
    },
    // Waste: versions of nightly exports that nobody ever removes.
    {
      name: "larkspur-data-lake",
      region: "eu-west-1",
      created: "2022-09-01",
      gb: { StandardStorage: 61_000 },
      objects: 4_800_000,
      versioned: true,
      unfinishedUploads: 14,
      // Switched off, so it does nothing.
      lifecycle: [
        { id: "to-glacier", disabled: true, toClass: { class: "GLACIER", days: 180 }, expireNoncurrentDays: 30 }
      ],
      replicatesTo: "larkspur-data-lake-copy",
      tags: data
    },
    // Not waste: nobody reads it, because it is the copy of another bucket.
    {
      name: "larkspur-data-lake-copy",
      region: "eu-central-1",
      created: "2024-08-01",
      gb: { DeepArchiveStorage: 61_000 },
      objects: 4_800_000,
      requests: 0,
      versioned: true,
      lifecycle: [{ id: "noncurrent", expireNoncurrentDays: 365, abortUploadsDays: 7 }],
      // A risk of its own: its key is about to be deleted.
      encryption: { key: "data-lake-2022", bucketKey: true },
      tags: data
    },
    // Empty and meant to be: its website redirects the old address of the shop.
    {
      name: "larkspur-tents.example",
      region: "eu-west-1",
      created: "2020-04-02",
      gb: {},
      objects: 0,
      website: true,
      // Public, as a website is.
      unblocked: true,
      publicPolicy: true,
      tags: web
    },
    // Waste, claimed by two scans: nobody asks for the pictures any more, so delete it, or else let it get colder.
    {
      name: "larkspur-photo-contest",
      region: "us-east-1",
      created: "2023-05-08",
      gb: { StandardStorage: 4_300 },
      objects: 2_900_000,
      requests: { daily: 2_600, until: "2026-07-31" },
      lifecycle: [{ id: "uploads", abortUploadsDays: 7 }],
      // Public since its visitors could see each other's pictures.
      unblocked: true,
      publicList: true,
      tags: { ...marketing, Owner: "<img src=x onerror=alert(1)>" }
    },
    // Not waste: nothing is ever read, and every night a till's journal is put into it.
    {
      name: "larkspur-till-journals",
      region: "eu-west-1",
      created: "2023-11-13",
      gb: { GlacierInstantRetrievalStorage: 260 },
      objects: 52_000,
      requests: 0,
      uploads: 48,
      lifecycle: [{ id: "cold", toClass: { class: "GLACIER_IR", days: 0 }, abortUploadsDays: 7 }],
      tags: logistics
    },
    // Waste: read so rarely that a colder class would pay.
    {
      name: "larkspur-manuals",
      region: "ap-southeast-2",
      created: "2025-01-06",
      gb: { StandardStorage: 720 },
      objects: 310_000,
      requests: { weekdays: 120, weekends: 40 },
      lifecycle: [{ id: "uploads", abortUploadsDays: 7 }],
      // Not public, and nothing would keep it from becoming so.
      unblocked: true,
      tags: web
    },
    // Not waste: silent, and the origin of a distribution. Without its viewers it could still be smaller.
    {
      name: "larkspur-campaign-2024",
      region: "us-east-1",
      created: "2024-01-29",
      gb: { StandardStorage: 640 },
      objects: 1_100_000,
      requests: 0,
      lifecycle: [{ id: "uploads", abortUploadsDays: 7 }],
      tags: { ...marketing, Owner: '=HYPERLINK("http://203.0.113.99/","Budget 2024")' }
    },
    // Waste: empty.
    { name: "larkspur-au-assets", region: "ap-southeast-2", created: "2025-01-06", gb: {}, objects: 0, tags: web },
    // Empty and meant to be: access logs arrive here.
    {
      name: "larkspur-access-logs",
      region: "eu-central-1",
      created: "2019-03-18",
      gb: {},
      objects: 0,
      logsOf: ["larkspur-product-images"],
      tags: platform
    },
    // Empty, with an upload that was never finished.
    {
      name: "larkspur-video-ingest",
      region: "eu-central-1",
      created: "2024-06-17",
      gb: {},
      objects: 0,
      unfinishedUploads: 3,
      tags: marketing
    },
    // CloudFormation's own.
    {
      name: "cdk-hnb659fds-assets-444455556666-eu-central-1",
      region: "eu-central-1",
      created: "2023-02-06",
      gb: { StandardStorage: 3 },
      objects: 410
    },
    // Terraform's own.
    {
      name: "larkspur-terraform-state",
      region: "eu-central-1",
      created: "2020-10-12",
      gb: { StandardStorage: 0.4 },
      objects: 1_900,
      versioned: true,
      tags: platform
    },
    // Unknown: its own policy keeps the auditor out.
    {
      name: "larkspur-payment-vault",
      region: "eu-central-1",
      created: "2021-11-02",
      gb: { StandardStorage: 55 },
      objects: 200_000,
      closed: true,
      tags: payments
    },
    // Unknown: nothing tells whether anyone reads it.
    {
      name: "larkspur-warehouse-scans",
      region: "eu-west-1",
      created: "2023-04-24",
      gb: { StandardStorage: 95, StandardIAStorage: 410 },
      objects: 2_700_000,
      lifecycle: [{ id: "ia", toClass: { class: "STANDARD_IA", days: 30 } }],
      tags: logistics
    },
    // Suppressed by its tag.
    {
      name: "larkspur-legal-hold",
      region: "eu-west-1",
      created: "2022-02-08",
      gb: { StandardStorage: 830 },
      objects: 120_000,
      tags: { ...platform, "finops:ignore": "court order 4711" }
    }
  ],

  accessPoints: [{ name: "manuals-for-dealers", bucket: "larkspur-manuals", region: "ap-southeast-2" }],

  distributions: [
    {
      name: "shop",
      modified: "2026-08-11T10:00:00Z",
      aliases: ["www.larkspur-outdoor.example"],
      origin: "larkspur-product-images",
      edgeFunctions: ["edge-security-headers"],
      requests: { weekdays: 21_000_000, weekends: 27_000_000 },
      hitRate: 93,
      tags: web
    },
    // Caches badly: its key has every query string in it, those of campaigns too.
    {
      name: "product-feed",
      modified: "2026-03-02T10:00:00Z",
      aliases: ["feed.larkspur-outdoor.example"],
      origin: "feed-origin.larkspur-outdoor.example",
      requests: 310_000,
      hitRate: 38,
      tags: marketing
    },
    // Busy, and nobody measures how often its cache answers.
    {
      name: "press-photos",
      modified: "2025-09-15T10:00:00Z",
      aliases: ["press.larkspur-outdoor.example"],
      origin: "press-origin.larkspur-outdoor.example",
      requests: 24_000,
      tags: marketing
    },
    // Not meant to cache.
    {
      name: "api",
      modified: "2026-01-20T10:00:00Z",
      aliases: ["api.larkspur-outdoor.example"],
      origin: "api-origin.larkspur-outdoor.example",
      requests: 5_200_000,
      uncached: true,
      tags: web
    },
    // Waste: no viewer, and a certificate on dedicated addresses, which costs $600 a month.
    {
      name: "legacy-checkout",
      modified: "2021-04-20T10:00:00Z",
      aliases: ["pay-legacy.larkspur-outdoor.example"],
      origin: "pay.larkspur-outdoor.example",
      dedicatedIp: true,
      requests: { daily: 400, until: "2026-05-31" },
      tags: payments
    },
    // Waste without a price.
    {
      name: "campaign-2024",
      modified: "2024-12-20T10:00:00Z",
      aliases: ["2024.larkspur-outdoor.example"],
      origin: "larkspur-campaign-2024",
      requests: 0,
      tags: marketing
    },
    // Waste without a price: switched off and kept.
    {
      name: "blog-2019",
      disabled: true,
      modified: "2022-06-01T10:00:00Z",
      aliases: ["blog.larkspur-outdoor.example"],
      origin: "blog.larkspur-outdoor.example",
      requests: 0,
      tags: marketing
    },
    // A copy for a continuous deployment has no traffic of its own.
    {
      name: "shop-next",
      staging: true,
      modified: "2026-02-17T10:00:00Z",
      aliases: [],
      origin: "larkspur-product-images",
      requests: 0,
      tags: web
    },
    // Too young to judge.
    {
      name: "gift-guide",
      modified: "2026-11-06T10:00:00Z",
      aliases: ["gifts.larkspur-outdoor.example"],
      origin: "larkspur-product-images",
      requests: 0,
      tags: marketing
    }
  ],

  domains: [
    { name: "larkspur-shop.example", registered: "2019-01-14" },
    { name: "larkspur-camping.example", registered: "2025-02-03" },
    { name: "larkspur-boots.example", registered: "2020-06-22" }
  ],

  hostedZones: [
    { name: "larkspur-shop.example", records: 48, queries: 5_200_000, tags: platform },
    // Waste: a domain that was bought and never used.
    { name: "larkspur-camping.example", records: 2, comment: "Bought for spring 2025", queries: 0, tags: marketing },
    // Not waste, although nobody asks: a registered domain is delegated to it, for the mail that may still come.
    { name: "larkspur-boots.example", records: 5, queries: 0, tags: marketing },
    // Waste: nobody asks.
    { name: "summer-2023.larkspur-outdoor.example", records: 6, queries: 0, tags: marketing },
    { name: "shop.internal", records: 37, private: ["main"], queries: 0, tags: platform },
    // Waste: private, and nothing but its own two records.
    { name: "migration.internal", records: 2, private: ["migration"], queries: 0, tags: platform },
    // Cloud Map's own.
    { name: "shop.local", records: 14, private: ["main"], linkedService: "servicediscovery.amazonaws.com", queries: 0 }
  ]
}
