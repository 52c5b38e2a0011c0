import { snapshotGb } from "../../core/pricing/snapshotStorage.ts"
import { sum, term } from "../../core/finding/savings.ts"
import { atMost, severityOfSavings } from "../../core/finding/severity.ts"
import { all } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as backup from "../../datasets/aws/backup.ts"
import * as dlm from "../../datasets/aws/dlm.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ec2Images from "../../datasets/aws/ec2Images.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { ofAccounts } from "../../datasets/billing/usageTypes.ts"
import { lookupOf } from "../../datasets/engine/Evidence.ts"
import { askAll, consider, defineScan, hygiene, money, need, Setting } from "../Scan.ts"
import { coverOf } from "../shared/backupCover.ts"
import { newestFirst } from "../shared/newestFirst.ts"

/** A volume with the snapshots that were made of it by hand or by a script, the newest first. */
interface Chain {
  readonly volume: ec2.Volume
  readonly own: ReadonlyArray<ec2.Snapshot>
  /** Those that a service made of it. */
  readonly kept: ReadonlyArray<ec2.Snapshot>
}

const byAge = newestFirst(({ startedAt }: ec2.Snapshot) => startedAt)

/** Days by which the ages of snapshots are told: the exact ones would rewrite every finding every night. */
const bands = [30, 90, 365] as const

/** What the bill calls the storage of snapshots in the standard tier. */
const snapshotUsage = "EBS:SnapshotUsage"

const noMoneyNote =
  "Snapshots share blocks, and only the bill tells what they cost: without it, what deleting some of them saves is not known."

export default defineScan({
  title: "EBS snapshot retention by volume",
  words: "backup lifecycle, DLM policy, archive tier",
  why: "Snapshots that nobody ages out are billed every month, and those that nobody takes by a policy are forgotten.",
  fix: "Let a Data Lifecycle Manager policy or a backup plan take and expire the volume's snapshots. Then delete those beyond the retention.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-lifecycle.html",
  leavesOut: [
    "In the totals, the rest of a chain of which another finding claims a snapshot, such as one that is superseded: a claim counts as a whole or not at all, so that the sum may be too low by it and never too high. The finding stays visible with its money.",
    "Whether a policy or plan that is for a volume succeeds: it counts as cover while it is enabled. What a service has made or saved within the retention is cover as well, whoever started it.",
    "Products that AWS does not know of: a volume of which they take snapshots is one without a policy."
  ],
  scope: "regional",
  settings: {
    retentionDays: Setting.days(30, "Days that snapshots are kept"),
    keepMinimum: Setting.count(7, "Newest snapshots of a volume that stay whatever their age", { minimum: 1 }),
    minSnapshots: Setting.count(3, "Snapshots of a volume from which it should have a policy", { minimum: 1 }),
    suggestArchive: Setting.flag(
      false,
      "Also report only snapshots of a volume that the archive tier would keep for less"
    ),
    archiveAfterDays: Setting.days(90, "Days since its making before a snapshot is one for the archive tier", {
      minimum: 90
    })
  },
  reads: {
    volumes: ec2.volumes,
    snapshots: ec2.snapshots,
    instances: ec2.instances,
    images: ec2Images.images,
    launchSpecs: launchTemplates.launchSpecs,
    locked: ec2.lockedSnapshotIds,
    bill: ofAccounts
  },
  subject: "volumes",
  probes: {
    permissions: ec2.snapshotPermissions,
    policies: dlm.lifecyclePolicies,
    backups: backup.lastBackups,
    plans: backup.plans
  },
  reasons: {
    no_policy:
      "Its snapshots are made by hand or by a script: no policy of Data Lifecycle Manager and no plan of AWS Backup is for it.",
    beyond_retention: "It has snapshots that are older than the retention, and enough newer ones.",
    archive_candidate: "Its only snapshot is old, and the archive tier would keep it for less."
  },
  over: {
    items: ({ snapshots, volumes }): ReadonlyArray<Chain> => {
      const byVolume = Map.groupBy(snapshots.found, ({ volumeId }) => volumeId)
      return volumes.found.map((volume) => {
        const made = (byVolume.get(volume.id) ?? []).filter(
          ({ onOutpost, state }) => state === "completed" && !onOutpost
        )
        return {
          volume,
          own: made.filter(({ backupService }) => backupService === undefined).toSorted(byAge),
          kept: made.filter(({ backupService }) => backupService !== undefined)
        }
      })
    },
    // Its snapshots are billed apart from the volume, and saved apart.
    resource: ({ volume }) => {
      const resource = ec2.storedKind.resourceOf(volume)
      return { ...resource, arn: `${resource.arn}#snapshots` }
    }
  },

  judge: ({ bill, images, instances, launchSpecs, locked, snapshots }, { now, price, scope, settings }) => {
    const { archiveAfterDays, keepMinimum, minSnapshots, retentionDays, suggestArchive } = settings
    const instancesById = instances.by(({ id }) => id)
    const users = lookupOf([images, ({ snapshotIds }) => snapshotIds], [launchSpecs, ({ snapshotIds }) => snapshotIds])

    // A bill that has no snapshots is not taken for one on which they cost nothing.
    const billed = bill.found.filter(
      ({ account, name, region }) => account === scope.account && region === scope.region && name === snapshotUsage
    )
    const allGb = snapshots.found
      .filter(({ onOutpost, tier }) => tier === "standard" && !onOutpost)
      .reduce((sum, snapshot) => sum + snapshotGb(snapshot), 0)
    /** How much of a snapshot's size is billed, on average: the rest are blocks that it shares. */
    const billedShare =
      bill.gap !== undefined || billed.length === 0 || allGb === 0
        ? undefined
        : Math.min(1, billed.reduce((sum, { quantity }) => sum + quantity, 0) / allGb)

    return function* ({ kept, own, volume }) {
      if (volume.serviceManaged || volume.onOutpost) return
      // A page that is missing may hold newer ones, by which these would be old.
      if (own.length === 0 && snapshots.gap === undefined) return
      yield* need(snapshots.all)
      if (own.length === 0) return

      const lately = daysBefore(now, retentionDays)
      const isKept = kept.some(({ startedAt }) => startedAt >= lately)
      const mayHaveMany = own.length > keepMinimum || (!isKept && own.length >= minSnapshots)
      const [only, ...others] = own
      const isAlone =
        suggestArchive &&
        only !== undefined &&
        others.length === 0 &&
        kept.length === 0 &&
        only.tier === "standard" &&
        only.fullSizeBytes !== undefined &&
        only.startedAt <= daysBefore(now, archiveAfterDays)
      if (!mayHaveMany && !isAlone) return

      // What an image or a lock keeps is no clutter, and stays beside the newest ones rather than as one of them.
      const manual: Array<ec2.Snapshot> = []
      for (const snapshot of own) {
        if (yield* need(users.has(snapshot.id))) continue
        if (yield* need(locked.has(snapshot.id))) continue
        manual.push(snapshot)
      }
      const old = manual.slice(keepMinimum).filter(({ startedAt, tier }) => tier === "standard" && startedAt < lately)
      const archivable = isAlone ? manual[0] : undefined

      /** Those that nobody else may use. */
      const asked = archivable === undefined ? old : [archivable]
      const permissions = asked.length === 0 ? [] : yield* need(all(yield* askAll(ec2.snapshotPermissions, asked)))
      const free = asked.filter((_, at) => permissions[at]?.every((account) => account === scope.account) === true)

      // A service tags what it makes, or says so in its description. Only what nothing seems to manage is asked about.
      const cover = isKept || manual.length < minSnapshots ? undefined : yield* coverOf(volume, instancesById, lately)
      // Snapshots that are too many are that under any policy.
      const covered = cover === undefined ? undefined : free.length > 0 ? yield* consider(cover) : yield* need(cover)
      const [first, ...further] = [
        ...(covered?.by === null ? (["no_policy"] as const) : []),
        ...(archivable === undefined && free.length > 0 ? (["beyond_retention"] as const) : []),
        ...(archivable !== undefined && free.length > 0 ? (["archive_candidate"] as const) : [])
      ]
      if (first === undefined) return

      const gb = Math.round(free.reduce((sum, snapshot) => sum + snapshotGb(snapshot), 0) * 100) / 100
      const perGb = price("ebs.snapshotGBMonth").usd
      const older = (days: number) => own.filter(({ startedAt }) => startedAt < daysBefore(now, days)).length
      const [youngest, middle, oldest] = bands
      const evidence = {
        volumeId: volume.id,
        volumeSizeGb: volume.sizeGb,
        snapshots: own.length,
        [`olderThan${youngest}Days`]: older(youngest),
        [`olderThan${middle}Days`]: older(middle),
        [`olderThan${oldest}Days`]: older(oldest),
        oldest: own.at(-1)?.startedAt.toISOString() ?? null,
        madeByServices: kept.length,
        ...(cover === undefined ? {} : { coveredBy: covered === undefined ? "not known" : (covered.by ?? "nothing") }),
        ...(covered === undefined || covered.stopped.length === 0
          ? {}
          : { stoppedPolicies: covered.stopped.join(", ") }),
        beyondRetention: free.length,
        beyondRetentionGb: gb,
        atMostMonthlyUsd: perGb === null ? null : Math.round(gb * perGb * 100) / 100
      }
      const savings =
        free.length === 0
          ? undefined
          : archivable !== undefined
            ? sum(
                "lifecycle",
                [
                  term("standard snapshot storage", gb, "GB", price("ebs.snapshotGBMonth")),
                  term("archive snapshot storage instead", -gb, "GB", price("ebs.snapshotArchiveGBMonth"))
                ],
                {
                  basis: "estimate",
                  note: "The archive tier keeps a snapshot for 90 days at least, and restoring it takes days and is billed.",
                  covers: free.map(({ arn }) => arn)
                }
              )
            : billedShare !== undefined
              ? sum(
                  "lifecycle",
                  [term("standard snapshot storage", gb * billedShare, "GB", price("ebs.snapshotGBMonth"))],
                  {
                    basis: "upper_bound",
                    note: "At most their share of what the bill of the last month has for snapshots: blocks that others share stay billed.",
                    covers: free.map(({ arn }) => arn)
                  }
                )
              : undefined
      if (savings !== undefined) {
        return money({
          reason: [first, ...further],
          confidence: archivable === undefined ? "medium" : "high",
          severity: atMost(severityOfSavings(savings), "medium"),
          evidence,
          savings
        })
      }
      return hygiene({
        reason: [first, ...further],
        // Products that AWS does not know of also age out what they make.
        confidence: "medium",
        severity: first === "beyond_retention" || further.length > 0 ? "medium" : "low",
        note: noMoneyNote,
        evidence
      })
    }
  }
})
