import { sum } from "../../core/finding/savings.ts"
import { volumeTerms } from "../../core/pricing/volume.ts"
import { map } from "../../core/Reading.ts"
import { daysBefore } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { metricsOf } from "../../datasets/metrics/metrics.ts"
import { nameOf, type Tags } from "../../datasets/aws/tags.ts"
import { defineScan, flag, Setting, tooYoung, unknown } from "../Scan.ts"

/** Reads and writes of a volume, for the option that judges attached ones. */
const operations = (volume: ec2.Volume, days: number) =>
  (["VolumeReadOps", "VolumeWriteOps"] as const).map((metric) => ({
    namespace: "AWS/EBS",
    metric,
    dimensions: { VolumeId: volume.id },
    statistic: "Sum" as const,
    days
  }))

/** Attached volumes without an instance to boot from them. */
const isDataVolume = (volume: ec2.Volume, instances: ReadonlyMap<string, ec2.Instance>) =>
  volume.attachments.length > 0 &&
  volume.attachments.every(({ device, instanceId }) => instances.get(instanceId)?.rootDevice !== device)

const claimOf = (tags: Tags): string | null => {
  const claim = tags["kubernetes.io/created-for/pvc/name"]
  const namespace = tags["kubernetes.io/created-for/pvc/namespace"]
  return claim === undefined ? null : namespace === undefined ? claim : `${namespace}/${claim}`
}

export default defineScan({
  title: "Unattached and parked EBS volumes",
  why: "EBS bills a volume for its provisioned size, IOPS and throughput, whether or not an instance uses it.",
  fix: "Snapshot the volume if its data may be needed, then delete it. For a Kubernetes volume delete the claim instead.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-deleting-volume.html",
  scope: "regional",
  settings: {
    minUnattachedDays: Setting.days(7, "Days a volume must be seen unattached before it is confirmed"),
    includeStoppedInstances: Setting.flag(true, "Also report volumes of instances that are stopped"),
    stoppedDays: Setting.days(30, "Days an instance must be stopped before its volumes are reported"),
    includeIdleAttached: Setting.flag(false, "Also report attached data volumes without I/O (two paid metrics each)"),
    idleDays: Setting.days(30, "Days without I/O before an attached volume is reported")
  },
  reads: ({ idleDays, includeIdleAttached }) => ({
    volumes: ec2.volumes,
    instances: ec2.instances,
    snapshots: ec2.snapshots,
    activity: metricsOf(
      `ec2.volumeActivity(${includeIdleAttached ? idleDays : 0}d)`,
      "regional",
      { volumes: ec2.volumes, instances: ec2.instances },
      ({ instances, volumes }) => {
        if (!includeIdleAttached) return []
        const byId = new Map(instances.map((instance) => [instance.id, instance]))
        return volumes.filter((volume) => isDataVolume(volume, byId)).flatMap((volume) => operations(volume, idleDays))
      }
    )
  }),
  subjects: ["volumes"],
  reasons: {
    unattached: "No instance has the volume attached.",
    stopped_instance: "Every instance that has the volume attached is stopped, and EBS bills it in full.",
    idle_attached: "The volume is attached, and nothing was read from it or written to it."
  },

  judge: function* ({ activity, instances, snapshots, volumes }, { now, price, settings }) {
    const byId = new Map(instances.map((instance) => [instance.id, instance]))
    const newestSnapshot = new Map<string, ec2.Snapshot>()
    for (const snapshot of snapshots) {
      const newest = newestSnapshot.get(snapshot.volumeId)
      if (newest === undefined || newest.startedAt < snapshot.startedAt) newestSnapshot.set(snapshot.volumeId, snapshot)
    }

    for (const volume of volumes) {
      if (volume.serviceManaged || volume.onOutpost) continue
      const terms = volumeTerms(volume, price)
      const keepOne = price("ebs.snapshotGBMonth").usd
      const snapshot = newestSnapshot.get(volume.id)
      const found = {
        resource: { type: "ec2:volume", id: volume.id, arn: volume.arn, name: nameOf(volume.tags), tags: volume.tags },
        savings: sum("delete", terms),
        evidence: {
          volumeType: volume.type,
          sizeGb: volume.sizeGb,
          iops: volume.iops ?? null,
          createdAt: volume.createdAt.toISOString(),
          encrypted: volume.encrypted,
          lastInstances: volume.attachments.map(({ instanceId }) => instanceId),
          newestSnapshot: snapshot === undefined ? null : `${snapshot.id} of ${snapshot.startedAt.toISOString()}`,
          keepOneSnapshotMonthlyUsd: keepOne === null ? null : Math.round(volume.sizeGb * keepOne * 100) / 100,
          kubernetesClaim: claimOf(volume.tags)
        }
      } as const

      if (volume.state === "available") {
        yield flag({ ...found, reason: "unattached", observe: { days: settings.minUnattachedDays } })
        continue
      }
      const users = volume.attachments.map(({ instanceId }) => byId.get(instanceId))
      if (users.length > 0 && users.every((instance) => instance?.state === "stopped")) {
        if (!settings.includeStoppedInstances) continue
        const stops = users.map((instance) => instance?.stoppedAt?.getTime())
        // The last of them to stop parked the volume; without a date our own history has to tell.
        const since = stops.every((stop) => stop !== undefined) ? new Date(Math.max(...stops)) : undefined
        if (since !== undefined && since > daysBefore(now, settings.stoppedDays)) continue
        yield flag({ ...found, reason: "stopped_instance", observe: { days: settings.stoppedDays, since } })
        continue
      }
      if (!settings.includeIdleAttached || !isDataVolume(volume, byId)) continue
      if (volume.createdAt > daysBefore(now, settings.idleDays)) {
        yield tooYoung(volume.id)
        continue
      }
      const [reads, writes] = operations(volume, settings.idleDays).map((spec) => activity.total(spec))
      const total = reads?.known === true && writes !== undefined ? map(writes, (count) => count + reads.value) : reads
      if (total === undefined || !total.known) yield unknown(volume.id, total?.reason ?? "no I/O metric")
      else if (total.value === 0) yield flag({ ...found, reason: "idle_attached", confidence: "medium" })
    }
  }
})
