import { sum } from "../../core/finding/savings.ts"
import { fastRestoreTerms, snapshotTerms } from "../../core/pricing/snapshotStorage.ts"
import { daysBefore } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as ec2Images from "../../datasets/aws/ec2Images.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { lookupOf } from "../../datasets/engine/Evidence.ts"
import { ask, defineScan, money, need, Setting, tooYoung, unknown } from "../Scan.ts"
import { newestFirst } from "../shared/newestFirst.ts"

/** What EC2 writes into the description of a snapshot that it makes for an image. */
const imageOf = ({ description }: ec2.Snapshot): string | undefined =>
  /^(?:Created by CreateImage\(.*?\) for|Copied for DestinationAmi) (ami-[0-9a-f]+)/.exec(description)?.[1]

/**
 * Copies and imports name no volume: the id that they have, mostly vol-ffffffff, "should not be used for any purpose". Source: EC2 API
 * reference, CopySnapshot. The console's description names the snapshot that was copied.
 */
const volumeOf = ({ description, isCopy, volumeId }: ec2.Snapshot): string | undefined =>
  volumeId === "" || /^vol-f+$/.test(volumeId) || isCopy || /^\[Copied snap-[0-9a-f]+ from /.test(description)
    ? undefined
    : volumeId

const byAge = newestFirst(({ startedAt }: ec2.Snapshot) => startedAt)

const confidenceOf = { ami_deregistered: "high", volume_deleted: "medium", superseded: "medium" } as const

export default defineScan({
  title: "Orphaned EBS snapshots",
  words: "old backups, deleted volumes, FSR",
  why: "EBS bills every snapshot by the month, and fast snapshot restore by the hour in each zone, used or not.",
  fix: "Switch fast restore off; delete or archive the snapshot. It may be the only copy of a deleted volume.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-deleting-snapshot.html",
  leavesOut: [
    "Copies: EC2 does not tell of which volume they are. They are unknown unless fast restore is on for them, or they were made for an image that is gone; a copy whose description and volume id say nothing of it is taken for a snapshot of a deleted volume."
  ],
  scope: "regional",
  settings: {
    minAgeDays: Setting.days(90, "Days since a snapshot was made before it is reported"),
    keepLatestPerVolume: Setting.count(1, "Newest snapshots to keep of every volume that exists", { minimum: 1 }),
    includeArchiveTier: Setting.flag(true, "Also report snapshots in the archive tier")
  },
  reads: {
    snapshots: ec2.snapshots,
    images: ec2Images.images,
    volumes: ec2.volumes,
    launchSpecs: launchTemplates.launchSpecs,
    locked: ec2.lockedSnapshotIds,
    fastRestores: ec2.fastRestoreZones
  },
  subject: "snapshots",
  probes: { permissions: ec2.snapshotPermissions },
  reasons: {
    fast_restore_enabled: "Fast snapshot restore is on for a snapshot that no image and no launch template uses.",
    ami_deregistered: "The snapshot was made for an image that no longer exists.",
    volume_deleted: "The volume that the snapshot was made of no longer exists.",
    superseded: "The volume has newer snapshots, as many as are to be kept."
  },

  judge: ({ fastRestores, images, launchSpecs, locked, snapshots, volumes }, { now, price, scope, settings }) => {
    const imageById = images.by(({ id }) => id)
    const volumeById = volumes.by(({ id }) => id)
    const users = lookupOf([images, ({ snapshotIds }) => snapshotIds], [launchSpecs, ({ snapshotIds }) => snapshotIds])
    const completed = snapshots.filter(({ state }) => state === "completed")
    const chains = completed.by(volumeOf)
    const newer = new Map<string, number>()
    for (const chain of Map.groupBy(completed.found, volumeOf).values()) {
      chain.toSorted(byAge).forEach(({ id }, index) => newer.set(id, index))
    }

    /** Why nothing needs a snapshot any more. */
    function* orphanedBy(snapshot: ec2.Snapshot) {
      const image = imageOf(snapshot)
      if (image !== undefined && !(yield* need(imageById.has(image)))) return "ami_deregistered"
      const volume = volumeOf(snapshot)
      if (volume === undefined) return "copy"
      if (!(yield* need(volumeById.has(volume)))) return "volume_deleted"
      if ((newer.get(snapshot.id) ?? 0) >= settings.keepLatestPerVolume) return "superseded"
      // With all of the chain read, this is one of its newest.
      yield* need(chains.all(volume))
      return undefined
    }

    return function* (snapshot) {
      const { backupService, id, onOutpost, startedAt, state, tier } = snapshot
      if (state !== "completed" || backupService !== undefined || onOutpost) return
      if (tier === "archive" && !settings.includeArchiveTier) return
      if (yield* need(users.has(id))) return
      if (yield* need(locked.has(id))) return
      if (startedAt > daysBefore(now, settings.minAgeDays)) return tooYoung

      const orphaned = yield* orphanedBy(snapshot)
      const orphan = orphaned === "copy" ? undefined : orphaned
      const restored = fastRestores.get(id)
      // Without fast restore only an orphan is waste, so for the others it has to be known.
      const zones =
        orphan === undefined ? ((yield* need(restored)) ?? []) : restored.known ? (restored.value ?? []) : []
      if (orphan === undefined && zones.length === 0) {
        return orphaned === "copy" ? unknown("a copy: EC2 does not tell of which volume") : undefined
      }

      const restores = fastRestoreTerms(zones.length, price)
      const savings =
        orphan === undefined
          ? sum("stop", restores, { note: "Fast snapshot restore is switched off, and the snapshot stays." })
          : sum("delete", [...snapshotTerms([snapshot], price), ...restores], {
              basis: "upper_bound",
              note: "Snapshots are incremental: blocks that this one shares with others stay billed."
            })
      // A snapshot of an empty volume costs nothing, and is not worth a question.
      if (savings.basis !== "none" && savings.monthlyUsd === 0) return
      const allowed = yield* need(yield* ask(ec2.snapshotPermissions, snapshot))
      if (allowed.some((account) => account !== scope.account)) return

      const volume = volumeOf(snapshot)
      const volumeExists = volume === undefined ? null : volumeById.has(volume)
      const chain = volume === undefined ? null : chains.all(volume)
      const found = {
        savings,
        evidence: {
          description: snapshot.description,
          startedAt: startedAt.toISOString(),
          sizeGb: snapshot.sizeGb,
          tier,
          encrypted: snapshot.encrypted ?? null,
          sourceVolume: volume ?? null,
          sourceVolumeExists: volumeExists?.known === true ? volumeExists.value : null,
          sourceImage: imageOf(snapshot) ?? "none",
          orphanedBy: orphan ?? "none",
          fastRestoreZones: restored.known ? zones : null,
          // A volume gains a snapshot every night; the exact number would rewrite all findings of its chain with it.
          chainLengthAtLeast: chain?.known === true ? 2 ** Math.floor(Math.log2(chain.value.length)) : null
        }
      } as const
      if (orphan === undefined || zones.length > 0) {
        return money({
          ...found,
          reason: orphan === undefined ? "fast_restore_enabled" : ["fast_restore_enabled", orphan],
          severity: savings.monthlyUsd >= 1000 ? "critical" : "high"
        })
      }
      return money({ ...found, reason: orphan, confidence: confidenceOf[orphan] })
    }
  }
})
