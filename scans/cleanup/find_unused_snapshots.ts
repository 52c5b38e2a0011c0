import { sum } from "../../core/finding/savings.ts"
import { fastRestoreTerms, snapshotGb, snapshotTerms } from "../../core/pricing/snapshotStorage.ts"
import { daysBefore } from "../../core/time.ts"
import { optional } from "../../datasets/engine/Dataset.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ec2Images from "../../datasets/aws/ec2Images.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { nameOf } from "../../datasets/aws/tags.ts"
import {
  type DataOf,
  defineScan,
  flag,
  type JudgeContext,
  Setting,
  type SettingsOf,
  tooYoung,
  unknown
} from "../Scan.ts"

const settings = {
  minAgeDays: Setting.days(90, "Days since a snapshot was made before it is reported"),
  keepLatestPerVolume: Setting.count(1, "Newest snapshots to keep of every volume that exists", { minimum: 1 }),
  includeArchiveTier: Setting.flag(true, "Also report snapshots in the archive tier")
}

const reads = {
  snapshots: ec2.snapshots,
  images: ec2Images.images,
  volumes: ec2.volumes,
  launchSpecs: launchTemplates.launchSpecs,
  locked: ec2.lockedSnapshotIds,
  fastRestores: optional(ec2.fastRestoreZones)
}

type Data = DataOf<typeof reads>
type Context = JudgeContext<SettingsOf<typeof settings>>

/** Why nothing needs a snapshot any more. */
type Orphan = "ami_deregistered" | "volume_deleted" | "superseded"

/** What EC2 writes into the description of a snapshot that it makes for an image. */
const imageOf = ({ description }: ec2.Snapshot): string | undefined =>
  /^(?:Created by CreateImage\(.*?\) for|Copied for DestinationAmi) (ami-[0-9a-f]+)/.exec(description)?.[1]

/** Copies and imports name no volume: they have vol-ffffffff instead. */
const volumeOf = ({ volumeId }: ec2.Snapshot): string | undefined =>
  volumeId === "" || /^vol-f+$/.test(volumeId) ? undefined : volumeId

/** What is known of every snapshot that no image, template or lock holds and no service manages. */
const judgeUse = (
  { fastRestores, images, launchSpecs, locked, snapshots, volumes }: Data,
  { now, settings }: Context
) => {
  const imageIds = new Set(images.map(({ id }) => id))
  const volumeIds = new Set(volumes.map(({ id }) => id))
  const used = new Set([...images, ...launchSpecs].flatMap(({ snapshotIds }) => snapshotIds))
  const completed = snapshots.filter(({ state }) => state === "completed")
  const chains = Map.groupBy(completed, volumeOf)
  const newer = new Map<string, number>()
  for (const chain of chains.values()) {
    chain
      .toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
      .forEach(({ id }, index) => newer.set(id, index))
  }

  const orphaned = (snapshot: ec2.Snapshot): Orphan | "copy" | undefined => {
    const image = imageOf(snapshot)
    const volume = volumeOf(snapshot)
    if (image !== undefined && !imageIds.has(image)) return "ami_deregistered"
    if (volume === undefined) return "copy"
    if (!volumeIds.has(volume)) return "volume_deleted"
    return (newer.get(snapshot.id) ?? 0) >= settings.keepLatestPerVolume ? "superseded" : undefined
  }

  return completed
    .filter(
      ({ backupService, id, onOutpost, tier }) =>
        backupService === undefined &&
        !onOutpost &&
        !used.has(id) &&
        !locked.has(id) &&
        (settings.includeArchiveTier || tier !== "archive")
    )
    .map((snapshot) => {
      const volume = volumeOf(snapshot)
      return {
        snapshot,
        young: snapshot.startedAt > daysBefore(now, settings.minAgeDays),
        orphan: orphaned(snapshot),
        zones: fastRestores?.get(snapshot.id) ?? [],
        volumeExists: volume === undefined ? null : volumeIds.has(volume),
        chainLength: volume === undefined ? null : (chains.get(volume)?.length ?? 1)
      }
    })
}

type Judged = ReturnType<typeof judgeUse>[number]

const isCandidate = ({ orphan, young, zones }: Judged): boolean =>
  !young && (zones.length > 0 || (orphan !== undefined && orphan !== "copy"))

const confidenceOf = { ami_deregistered: "high", volume_deleted: "medium", superseded: "medium" } as const

export default defineScan({
  title: "Orphaned EBS snapshots",
  why: "EBS bills every snapshot by the month, and fast snapshot restore by the hour in each zone, used or not.",
  fix: "Switch fast restore off; delete or archive the snapshot. It may be the only copy of a deleted volume.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-deleting-snapshot.html",
  scope: "regional",
  settings,
  reads,
  subjects: ["snapshots"],
  probes: { permissions: ec2.snapshotPermissions },
  // The probe has a cap, so what costs most is asked about first.
  candidates: (data, context) => ({
    permissions: judgeUse(data, context)
      .filter(isCandidate)
      .toSorted((a, b) => b.zones.length - a.zones.length || snapshotGb(b.snapshot) - snapshotGb(a.snapshot))
      .map(({ snapshot }) => snapshot)
  }),
  reasons: {
    fast_restore_enabled: "Fast snapshot restore is on for a snapshot that no image and no launch template uses.",
    ami_deregistered: "The snapshot was made for an image that no longer exists.",
    volume_deleted: "The volume that the snapshot was made of no longer exists.",
    superseded: "The volume has newer snapshots, as many as are to be kept."
  },

  judge: function* ({ permissions, ...data }, context) {
    const { price, scope } = context
    for (const judged of judgeUse(data, context)) {
      const { chainLength, orphan, snapshot, volumeExists, young, zones } = judged
      if (young) {
        yield tooYoung(snapshot.id)
        continue
      }
      if (!isCandidate(judged)) {
        if (orphan === "copy") yield unknown(snapshot.id, "a copy: EC2 does not tell of which volume")
        continue
      }
      const allowed = permissions.get(snapshot.id)
      if (!allowed.known) {
        yield unknown(snapshot.id, allowed.reason)
        continue
      }
      if (allowed.value.some((id) => id !== scope.account)) continue

      const restores = fastRestoreTerms(zones, price)
      const isOrphan = orphan !== undefined && orphan !== "copy"
      const savings = isOrphan
        ? sum("delete", [...snapshotTerms([snapshot], price), ...restores], {
            basis: "upper_bound",
            note: "Snapshots are incremental: blocks that this one shares with others stay billed."
          })
        : sum("stop", restores, { note: "Fast snapshot restore is switched off, and the snapshot stays." })
      const found = {
        resource: {
          type: "ec2:snapshot",
          id: snapshot.id,
          arn: snapshot.arn,
          name: nameOf(snapshot.tags),
          tags: snapshot.tags
        },
        savings,
        evidence: {
          description: snapshot.description,
          startedAt: snapshot.startedAt.toISOString(),
          sizeGb: snapshot.sizeGb,
          tier: snapshot.tier,
          encrypted: snapshot.encrypted,
          sourceVolume: volumeOf(snapshot) ?? null,
          sourceVolumeExists: volumeExists,
          sourceImage: imageOf(snapshot) ?? null,
          orphanedBy: isOrphan ? orphan : null,
          fastRestoreZones: data.fastRestores === undefined ? null : zones,
          // A volume gains a snapshot every night; the exact number would rewrite all findings of its chain with it.
          chainLengthAtLeast: chainLength === null ? null : 2 ** Math.floor(Math.log2(chainLength))
        }
      } as const
      if (zones.length > 0) {
        const severity = savings.monthlyUsd >= 1000 ? "critical" : "high"
        yield flag({ ...found, reason: "fast_restore_enabled", severity })
      } else if (isOrphan) yield flag({ ...found, reason: orphan, confidence: confidenceOf[orphan] })
    }
  }
})
