import type { BilledVolume } from "../../core/pricing/volume.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import * as autoscaling from "../../datasets/aws/autoscaling.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import * as launchTemplates from "../../datasets/aws/launchTemplates.ts"
import { ask, defineScan, hygiene, money, Setting, unknown } from "../Scan.ts"
import { groupOf, launchSpecsOf } from "../shared/launches.ts"
import {
  gp3LikeGp2,
  included,
  peakOf,
  retypeSavings,
  slowGp2Gib,
  targetEvidence,
  usualDays,
  usualHeadroom
} from "../shared/volumeTypes.ts"

const oldTypes = ["gp2", "io1", "standard"] as const
type OldType = (typeof oldTypes)[number]

const reasonOf = { gp2: "gp2_to_gp3", io1: "io1_to_io2", standard: "standard_to_gp3" } as const

/** Why the newer type saves nothing. */
const noteOf: { readonly [type in OldType]: string } = {
  gp2: "gp3 with the throughput that gp2 can reach costs no less at this size.",
  io1: "io2 costs the same up to 32,000 IOPS, and is more durable.",
  standard: "gp3 costs more for each gigabyte and nothing for operations, so it is faster rather than cheaper."
}

const isOld = (type: string, wanted: ReadonlyArray<string>): type is OldType =>
  oldTypes.some((old) => old === type) && wanted.includes(type)

export default defineScan({
  title: "EBS volumes on superseded types",
  words: "gp2, io1, magnetic standard disks",
  why: "AWS replaced these volume types by newer ones that are faster or more durable, for the same money or less.",
  fix: "Modify the volume to the newer type, which needs no downtime. Change the launch template or code that makes such volumes first.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html",
  scope: "regional",
  settings: {
    types: Setting.list(oldTypes, "The types that are reported: gp2, io1 and standard"),
    includeUnattached: Setting.flag(false, "Also report volumes that are attached to nothing")
  },
  reads: {
    volumes: ec2.volumes,
    instances: ec2.instances,
    groups: autoscaling.groups,
    versions: launchTemplates.versions,
    pinnedVersions: launchTemplates.pinnedVersions,
    launchConfigurations: autoscaling.launchConfigurations
  },
  subject: "volumes",
  probes: { bytes: ec2.volumeBytes(usualDays) },
  reasons: {
    gp2_to_gp3: "gp3 is the successor of gp2.",
    io1_to_io2: "io2 is the successor of io1.",
    standard_to_gp3:
      "Magnetic volumes are of the previous generation; gp3 is the smallest and cheapest of the current one."
  },

  judge: ({ groups, instances, launchConfigurations, pinnedVersions, versions }, { price, scope, settings }) => {
    const instanceById = instances.by(({ id }) => id)
    const groupByName = groups.by(({ name }) => name)
    const specsOf = launchSpecsOf({ launchConfigurations, pinnedVersions, versions })

    /** What would make such a volume again with the next instance. */
    const madeBy = ({ attachments, type }: ec2.Volume): ReadonlyArray<string> => [
      ...new Set(
        attachments
          .flatMap(({ instanceId }) => instanceById.found(instanceId))
          .flatMap((instance) => groupByName.found(groupOf(instance)))
          .flatMap((group) => specsOf(group).found)
          .flatMap(({ source, volumeTypes }) => (volumeTypes?.includes(type) === true ? source : []))
      )
    ]

    return function* (volume) {
      const { attachments, iops, sizeGb, type } = volume
      if (!isOld(type, settings.types) || volume.serviceManaged || volume.onOutpost) return
      if (attachments.length === 0 && volume.state === "in-use")
        return unknown("EC2 does not tell what it is attached to")
      if (attachments.length === 0 && !settings.includeUnattached) return
      // EC2 does not change the type of a volume that several instances share.
      if (volume.multiAttach) return
      const place = placeOf(scope.region, volume.availabilityZone)
      if (place.apart !== undefined) return unknown(place.apart)
      if (type === "io1" && iops === undefined) return unknown("EC2 does not say what is provisioned")

      let peak: number | undefined
      if (type === "gp2" && sizeGb > slowGp2Gib && attachments.length > 0) {
        // Unread, it is as fast as gp2 can be, and the saving is the smaller one.
        const bytes = yield* ask(ec2.volumeBytes(usualDays), volume)
        const read = bytes.known ? peakOf(bytes.value, ec2.volumeUseSeries(volume, usualDays).bytes) : bytes
        peak = read.known ? read.value / 2 ** 20 : undefined
      }
      const target: BilledVolume =
        type === "gp2"
          ? gp3LikeGp2(volume, usualHeadroom, peak)
          : type === "io1"
            ? { type: "io2", sizeGb, iops, throughputMbPerSecond: undefined }
            : { type: "gp3", sizeGb, iops: included.iops, throughputMbPerSecond: included.mbPerSecond }
      const savings = retypeSavings(
        "modernise",
        volume,
        target,
        price,
        place,
        "The new type is as fast as the old one; what the volume needs in fact is not judged here."
      )
      const found = {
        reason: reasonOf[type],
        evidence: {
          volumeType: type,
          sizeGb,
          iops: iops ?? null,
          createdAt: volume.createdAt.toISOString(),
          instances: attachments.map(({ instanceId }) => instanceId),
          ...targetEvidence(target),
          madeBy: madeBy(volume)
        }
      } as const
      return type !== "standard" && (savings.basis === "none" || savings.monthlyUsd > 0)
        ? money({ ...found, savings })
        : hygiene({ ...found, severity: "info", note: noteOf[type] })
    }
  }
})
