/** Images and snapshots. */
import type { Region } from "../../../estate.ts"
import { teams } from "../../../helpers.ts"

const { data, logistics, marketing, payments, platform, web } = teams("production")

export const images: Partial<Region> = {
  images: [
    // In use by the launch template's default version, and the newest of its family.
    { name: "shop-web-2026-11-01", created: "2026-11-01", lastLaunched: "2026-11-18", disks: [30], tags: web },
    // Healthy: still young enough to go back to.
    { name: "shop-web-2026-09-15", created: "2026-09-15", lastLaunched: "2026-10-31", disks: [30], tags: web },
    // Waste: two more of the same series, superseded long ago.
    { name: "shop-web-2025-11-20", created: "2025-11-20", lastLaunched: "2026-01-12", disks: [30], tags: web },
    { name: "shop-web-2025-06-02", created: "2025-06-02", lastLaunched: "2025-11-19", disks: [30], tags: web },
    // In use by running instances.
    { name: "search-node-2025-07-20", created: "2025-07-20", lastLaunched: "2025-07-21", disks: [30], tags: web },
    // In use by an instance that is stopped.
    { name: "erp-legacy-2022", created: "2022-01-09", lastLaunched: "2022-01-10", disks: [100], tags: logistics },
    // In use by a launch configuration.
    { name: "pos-gateway-2024", created: "2024-04-02", lastLaunched: "2024-04-03", disks: [20], tags: logistics },
    // In use by nothing that runs, and named by a parameter that deployments read.
    {
      name: "golden-base-2026-01",
      created: "2026-01-15",
      lastLaunched: null,
      disks: [16],
      referencedBy: [
        { type: "ssm:Parameter", arn: "arn:aws:ssm:eu-central-1:444455556666:parameter/images/golden-base" }
      ],
      tags: platform
    },
    // Shared with the staging account.
    {
      name: "loadtest-agent-2025",
      created: "2025-02-11",
      lastLaunched: null,
      disks: [40],
      sharedWith: ["777788889999"],
      tags: platform
    },
    // Kept by AWS Backup.
    {
      name: "AwsBackup_i-0c1d2e3f4a5b60718_2026-02-01",
      created: "2026-02-01",
      lastLaunched: null,
      disks: [100],
      tags: { "aws:backup:source-resource": "i-0c1d2e3f4a5b60718" }
    },
    // Waste: two disks of a proof of concept.
    {
      name: "checkout-poc-2024-08",
      created: "2024-08-21",
      lastLaunched: "2024-09-02",
      disks: [60, 500],
      deprecated: "2026-08-21",
      tags: payments
    },
    // The newest of its series, which is kept.
    { name: "checkout-poc-2024-10", created: "2024-10-05", lastLaunched: "2024-12-20", disks: [60], tags: payments }
  ],
  snapshots: [
    // A chain on a live disk: the newest is kept, the older two are waste.
    { name: "search-2025-09", of: "search-1-disk1", gb: 600, started: "2025-09-01T03:00:00Z", tags: web },
    { name: "search-2026-03", of: "search-1-disk1", gb: 600, started: "2026-03-01T03:00:00Z", tags: web },
    { name: "search-2026-07", of: "search-1-disk1", gb: 600, started: "2026-07-01T03:00:00Z", tags: web },
    // The same by hand, until the plan that is new takes over.
    { name: "search-2-2026-10-28", of: "search-2-disk1", gb: 600, started: "2026-10-28T03:00:00Z", tags: web },
    { name: "search-2-2026-11-04", of: "search-2-disk1", gb: 600, started: "2026-11-04T03:00:00Z", tags: web },
    { name: "search-2-2026-11-11", of: "search-2-disk1", gb: 600, started: "2026-11-11T03:00:00Z", tags: web },
    // The only snapshot of a live disk.
    { name: "bastion-baseline", of: "bastion-root", gb: 8, started: "2026-03-20T03:00:00Z", tags: platform },
    // Waste: its volume is gone.
    { name: "crm-final-2024", of: "crm-data", gb: 800, started: "2024-06-30T22:00:00Z", tags: marketing },
    // Waste: the same in the archive tier, at a quarter of the price.
    {
      name: "crm-archive-2023",
      of: "crm-data",
      gb: 800,
      started: "2023-12-31T22:00:00Z",
      archived: true,
      tags: marketing
    },
    // Waste: its image was deregistered and left it behind.
    {
      name: "web-2021-leftover",
      unnamed: true,
      of: "web-2021-builder",
      gb: 120,
      started: "2021-10-11T12:00:00Z",
      description: "Created by CreateImage(i-0f1e2d3c4b5a69788) for ami-0123456789abcdef0"
    },
    // Waste, and the dearest: fast restore is billed by the hour and zone, used or not.
    {
      name: "catalog-seed",
      of: "catalog-seed",
      gb: 200,
      started: "2025-10-02T06:00:00Z",
      fastRestore: ["a", "b"],
      tags: web
    },
    // Healthy: named by a launch template.
    { name: "batch-reference-data", of: "batch-builder", gb: 300, started: "2026-01-20T06:00:00Z", tags: data },
    // Shared with the company's auditors.
    {
      name: "audit-2025",
      of: "ledger-2025",
      gb: 150,
      started: "2026-01-02T06:00:00Z",
      sharedWith: ["999999999999"],
      tags: payments
    },
    // Locked against deletion.
    {
      name: "ledger-2024",
      of: "ledger-2024",
      gb: 150,
      started: "2025-01-02T06:00:00Z",
      lockedUntil: "2035-01-02",
      tags: payments
    },
    // Kept by AWS Backup and by Data Lifecycle Manager.
    {
      name: "backup-orders",
      of: "orders-2024",
      gb: 500,
      started: "2026-06-01T01:00:00Z",
      description: "This snapshot is created by the AWS Backup service.",
      tags: { "aws:backup:source-resource": "vol-0a9b8c7d6e5f40312" }
    },
    {
      name: "dlm-weekly",
      of: "wiki-data",
      gb: 100,
      started: "2026-06-07T01:00:00Z",
      tags: { "aws:dlm:lifecycle-policy-id": "policy-0b1c2d3e4f5a60718" }
    },
    // Too young to judge.
    { name: "before-upgrade", of: "ticketing-data", gb: 250, started: "2026-10-25T09:00:00Z", tags: platform },
    // Suppressed by its tag.
    {
      name: "court-order-4711",
      of: "mail-archive",
      gb: 1200,
      started: "2024-03-05T09:00:00Z",
      tags: { ...platform, "finops:ignore": "" }
    }
  ],
  // Waste: the disks of the web team had a policy, which somebody switched off before a migration.
  snapshotPolicies: [
    { name: "web nightly", of: "volume", targetTags: { team: "web" }, disabled: true, tags: web },
    { name: "logistics nightly", of: "instance", targetTags: { team: "logistics" }, tags: logistics }
  ],
  backupPlans: [{ name: "search-indexes", created: "2026-11-18", volumes: ["search-2-disk1"], tags: web }],
  lastBackups: [{ name: "orders-2024", last: "2026-06-01T01:00:00Z" }]
}
