import { sum } from "../../core/finding/savings.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { volumeTerms } from "../../core/pricing/volume.ts"
import { all } from "../../core/Reading.ts"
import { cents } from "../../core/round.ts"
import { daysBefore } from "../../core/time.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as cloudtrail from "../../datasets/aws/cloudtrail.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import type { Tags } from "../../datasets/aws/tags.ts"
import { ask, defineScan, money, need, Setting, tooYoung } from "../Scan.ts"

const claimOf = (tags: Tags): string | null => {
  const claim = tags["kubernetes.io/created-for/pvc/name"]
  const namespace = tags["kubernetes.io/created-for/pvc/namespace"]
  return claim === undefined ? null : namespace === undefined ? claim : `${namespace}/${claim}`
}

export default defineScan({
  title: "Unattached and parked EBS volumes",
  words: "unused disks, stopped instances, PVC",
  why: "EBS bills a volume for its provisioned size, IOPS and throughput, whether or not an instance uses it.",
  fix: "Snapshot the volume if its data may be needed, then delete it. For a Kubernetes volume delete the claim instead.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-deleting-volume.html",
  scope: "regional",
  settings: {
    minUnattachedDays: Setting.days(7, "Days a volume must be seen unattached before it is confirmed", {
      maximum: 200
    }),
    includeStoppedInstances: Setting.flag(true, "Also report volumes of instances that are stopped"),
    stoppedDays: Setting.days(30, "Days an instance must be stopped before its volumes are reported"),
    includeIdleAttached: Setting.flag(
      false,
      "Also report attached data volumes without I/O (one or two paid metrics each)"
    ),
    idleDays: Setting.days(30, "Days without I/O before an attached volume is reported", { maximum: 200 }),
    askCloudTrail: Setting.flag(
      false,
      "Ask CloudTrail when unattached volumes were detached, so that nights need not tell"
    )
  },
  reads: { volumes: ec2.volumes, instances: ec2.instances, snapshots: ec2.snapshots },
  subject: "volumes",
  probes: ({ idleDays, minUnattachedDays }) => ({
    attachedLately: ec2.volumeActivity(minUnattachedDays),
    writes: ec2.writesOfVolumes(idleDays),
    activity: ec2.volumeActivity(idleDays),
    warm: autoscaling.isWarm,
    detachments: cloudtrail.detachments
  }),
  reasons: {
    unattached: "No instance has the volume attached.",
    stopped_instance: "Every instance that has the volume attached is stopped, and EBS bills it in full.",
    idle_attached: "The volume is attached, and nothing was read from it or written to it."
  },

  judge: ({ instances, snapshots }, { now, price, scope, settings }) => {
    const instanceById = instances.by(({ id }) => id)
    const snapshotsOf = snapshots.by(({ volumeId }) => volumeId)

    const newestSnapshot = ({ id }: ec2.Volume): string | null => {
      const own = snapshotsOf.all(id)
      if (!own.known) return null
      const [newest] = own.value.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
      return newest === undefined ? "none" : `${newest.id} of ${newest.startedAt.toISOString()}`
    }

    return function* (volume) {
      if (volume.serviceManaged || volume.onOutpost) return
      const place = placeOf(scope.region, volume.availabilityZone)
      const there: PriceOf = (fact) => price(fact, place)
      const keepOne = there("ebs.snapshotGBMonth").usd
      const savings = sum("delete", volumeTerms(volume, there))
      const keptUsd = keepOne === null ? null : cents(volume.sizeGb * keepOne)
      const found = {
        savings,
        evidence: {
          volumeType: volume.type,
          sizeGb: volume.sizeGb,
          iops: volume.iops ?? null,
          createdAt: volume.createdAt.toISOString(),
          encrypted: volume.encrypted ?? null,
          lastInstances: volume.attachments.map(({ instanceId }) => instanceId),
          newestSnapshot: newestSnapshot(volume),
          keepOneSnapshotMonthlyUsd: keptUsd,
          lessOneSnapshotMonthlyUsd:
            keptUsd === null || savings.basis === "none" ? null : cents(savings.monthlyUsd - keptUsd),
          kubernetesClaim: claimOf(volume.tags)
        }
      } as const

      if (volume.state === "available") {
        // A volume that a job or a scaled-down set attaches every day is free only while the audit looks.
        const days = settings.minUnattachedDays
        if (volume.createdAt > daysBefore(now, days)) return tooYoung
        const series = yield* need(yield* ask(ec2.volumeActivity(days), volume))
        const lately = yield* need(all(ec2.volumeSeries(volume, days).map((spec) => series.lastDatapoint(spec))))
        if (lately.some((last) => last !== null && last > daysBefore(now, days))) return
        if (!settings.askCloudTrail) return money({ ...found, reason: "unattached", observe: { days } })
        // What CloudTrail does not tell our own history has to.
        const told = yield* ask(cloudtrail.detachments, undefined)
        const since = told.known ? told.value.get(volume.id) : undefined
        if (since !== undefined && since > daysBefore(now, days)) return
        return money({
          ...found,
          evidence: { ...found.evidence, detachedAt: since?.toISOString() ?? null },
          reason: "unattached",
          observe: { days, since }
        })
      }

      const users = yield* need(all(volume.attachments.map(({ instanceId }) => instanceById.get(instanceId))))
      if (users.length > 0 && users.every((instance) => instance?.state === "stopped")) {
        if (!settings.includeStoppedInstances) return
        const stops = users.map((instance) => instance?.stoppedAt?.getTime())
        // The last of them to stop parked the volume; without a date our own history has to tell.
        const since = stops.every((stop) => stop !== undefined) ? new Date(Math.max(...stops)) : undefined
        if (since !== undefined && since > daysBefore(now, settings.stoppedDays)) return
        if (volume.createdAt > daysBefore(now, settings.stoppedDays)) return tooYoung
        for (const instance of users) {
          if (instance !== undefined && (yield* need(yield* ask(autoscaling.isWarm, instance)))) return
        }
        return money({ ...found, reason: "stopped_instance", observe: { days: settings.stoppedDays, since } })
      }

      const isDataVolume = users.every((instance, at) => instance?.rootDevice !== volume.attachments[at]?.device)
      if (!settings.includeIdleAttached || users.length === 0 || !isDataVolume) return
      if (volume.createdAt > daysBefore(now, settings.idleDays)) return tooYoung
      const writes = yield* need(yield* ask(ec2.writesOfVolumes(settings.idleDays), volume))
      if ((yield* need(writes.total(ec2.volumeWrites(volume, settings.idleDays)))) > 0) return
      const series = yield* need(yield* ask(ec2.volumeActivity(settings.idleDays), volume))
      const totals = yield* need(all(ec2.volumeSeries(volume, settings.idleDays).map((spec) => series.total(spec))))
      if (totals.some((operations) => operations > 0)) return
      return money({ ...found, reason: "idle_attached", confidence: "medium" })
    }
  }
})
