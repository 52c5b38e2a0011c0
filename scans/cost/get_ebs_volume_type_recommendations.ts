import { bytesPerMib } from "../../core/bytes.ts"
import type { Savings } from "../../core/finding/Finding.ts"
import type { BilledVolume } from "../../core/pricing/volume.ts"
import { placeOf } from "../../core/pricing/PricePlace.ts"
import { daysBefore } from "../../core/time.ts"
import * as ec2 from "../../datasets/aws/ec2.ts"
import { ask, consider, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"
import {
  gp3Holding,
  gp3LikeGp2,
  included,
  iopsFor,
  iopsHolding,
  retypeSavings,
  slowGp2Gib,
  targetEvidence,
  throughputHolding,
  type Peak,
  peakOf,
  useOf,
  usualDays,
  usualHeadroom
} from "../shared/volumeTypes.ts"

/** A tag with which an owner says that milliseconds matter. Source: shared/scans-amendments.md, more corrections. */
const latencyCritical = "finops:latency-critical"

/** Provisioned at least so many times the peak is far above it. Source: the same. */
const farAbove = 2

const changeNote =
  "A volume is changed while it is in use, at most four times in 24 hours, each after the one before is done."

const sameAsIo2Note = "io2 costs the same up to 32,000 IOPS, and is more durable."

/** Whole numbers: a fraction of an operation is no evidence. */
const peakEvidence = (iops: number | undefined, mbPerSecond: number | undefined) => ({
  peakIops: iops === undefined ? null : Math.round(iops),
  peakMbPerSecond: mbPerSecond === undefined ? null : Math.round(mbPerSecond * 10) / 10
})

export default defineScan({
  title: "Cheaper EBS volume types by use",
  words: "gp2 to gp3, provisioned IOPS, io1 io2 throughput",
  why: "Other types and settings of EBS hold the same load for less: gp3 costs less than gp2, and far less than provisioned IOPS.",
  fix: "Modify the volume to the settings proposed, which needs no downtime. Then change the launch template or code that makes such volumes.",
  docs: "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modify-volume.html",
  leavesOut: [
    "what Compute Optimizer recommends for volumes, which get_cost_optimization_ebs has, and magnetic volumes, which find_ebs_volumes_with_old_types has: gp3 costs more."
  ],
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(usualDays, "Days of use that are judged", { minimum: usualDays, maximum: 60 }),
    headroom: Setting.ratio(usualHeadroom, "How many times the peak a proposal has to hold", {
      minimum: 1,
      maximum: 10
    }),
    minSavingsUsd: Setting.usd(1, "Savings a month below which a volume is left alone"),
    allowIo2ToGp3: Setting.flag(true, "Also propose gp3 for io2, which is the more durable type")
  },
  reads: { volumes: ec2.volumes, modifying: ec2.modifyingVolumeIds },
  subject: "volumes",
  probes: ({ lookbackDays }) => ({ use: ec2.volumeUse(lookbackDays), bytes: ec2.volumeBytes(lookbackDays) }),
  reasons: {
    gp2_to_gp3: "A gp3 volume as fast as this one costs less.",
    io_to_gp3: "A gp3 volume holds everything that the volume did, with room to spare, for less.",
    io1_to_io2: "io2 has the same IOPS, is more durable and costs less above 32,000 of them.",
    gp3_overprovisioned: "The IOPS or the throughput that is paid for is at least twice what the volume ever did."
  },

  judge: ({ modifying }, { now, partition, price, scope, settings }) => {
    const { allowIo2ToGp3, headroom, lookbackDays, minSavingsUsd } = settings
    const isWorth = ({ basis, monthlyUsd }: Savings) => basis === "none" || monthlyUsd >= Math.max(minSavingsUsd, 0.01)

    return function* (volume) {
      const { attachments, iops, sizeGb, throughputMbPerSecond, type } = volume
      if (volume.serviceManaged || volume.onOutpost || volume.state !== "in-use") return
      const isProvisioned =
        type === "io1" ||
        type === "io2" ||
        (type === "gp3" && ((iops ?? 0) > included.iops || (throughputMbPerSecond ?? 0) > included.mbPerSecond))
      if (type !== "gp2" && !isProvisioned) return
      if (attachments.length === 0) return unknown("EC2 does not tell what it is attached to")
      if (volume.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      const place = placeOf(scope.region, volume.availabilityZone)
      if (place.apart !== undefined) return unknown(place.apart)
      if (yield* consider(modifying.has(volume.id))) return unknown("it is being modified")

      const savingsOf = (target: BilledVolume) => retypeSavings("rightsize", volume, target, price, place, changeNote)
      const evidence = {
        volumeType: type,
        sizeGb,
        iops: iops ?? null,
        mbPerSecond: throughputMbPerSecond ?? null,
        createdAt: volume.createdAt.toISOString(),
        instances: attachments.map(({ instanceId }) => instanceId)
      }

      if (type === "gp2") {
        const bytes = sizeGb <= slowGp2Gib ? undefined : yield* ask(ec2.volumeBytes(lookbackDays), volume)
        const read =
          bytes === undefined || !bytes.known
            ? bytes
            : peakOf(bytes.value, ec2.volumeUseSeries(volume, lookbackDays).bytes)
        const peak = read?.known === true ? read.value / bytesPerMib : undefined
        const target = gp3LikeGp2(volume, headroom, peak)
        const savings = savingsOf(target)
        // Without its use it is as fast as gp2 can be: what that saves is certain, and what it does not save is not.
        if (!isWorth(savings)) {
          if (read !== undefined) yield* need(read)
          return
        }
        return money({
          reason: "gp2_to_gp3",
          savings,
          evidence: {
            ...evidence,
            ...peakEvidence(undefined, peak),
            ...targetEvidence(target)
          }
        })
      }

      if (iops === undefined || (type === "gp3" && throughputMbPerSecond === undefined))
        return unknown("EC2 does not say what is provisioned")
      // What several instances share can be no gp3, and EC2 does not change its type.
      if (type !== "gp3" && volume.multiAttach) return
      const found = (target: BilledVolume, peak?: Peak) => ({
        savings: savingsOf(target),
        evidence: { ...evidence, ...peakEvidence(peak?.iops, peak?.mbPerSecond), ...targetEvidence(target) }
      })
      const toIo2 = (peak?: Peak) => {
        const { evidence, savings } = found({ type: "io2", sizeGb, iops, throughputMbPerSecond: undefined }, peak)
        if (isWorth(savings)) return money({ reason: "io1_to_io2", savings, evidence })
        return savings.monthlyUsd > 0
          ? undefined
          : hygiene({ reason: "io1_to_io2", severity: "info", note: sameAsIo2Note, evidence })
      }
      const mayBeGp3 = !Object.hasOwn(volume.tags, latencyCritical) && (type !== "io2" || allowIo2ToGp3)
      // io2 holds whatever io1 does, so its use decides nothing.
      if (type === "io1" && !mayBeGp3) return toIo2()
      if (type === "io2" && !mayBeGp3) return

      const series = yield* need(yield* ask(ec2.volumeUse(lookbackDays), volume))
      const peak = yield* need(useOf(series, ec2.volumeUseSeries(volume, lookbackDays)))
      const flag = (reason: "io_to_gp3" | "gp3_overprovisioned", target: BilledVolume) => {
        const lower = found(target, peak)
        return isWorth(lower.savings) ? money({ reason, confidence: "medium", ...lower }) : undefined
      }

      if (type === "gp3") {
        const throughput = throughputMbPerSecond ?? included.mbPerSecond
        const lowerThroughput =
          throughput >= farAbove * peak.mbPerSecond
            ? Math.min(throughput, throughputHolding(peak, headroom))
            : throughput
        const lowerIops =
          iops >= farAbove * peak.iops
            ? Math.min(iops, Math.max(iopsHolding(peak, headroom), iopsFor(lowerThroughput)))
            : iops
        if (lowerIops === iops && lowerThroughput === throughput) return
        return flag("gp3_overprovisioned", {
          type,
          sizeGb,
          iops: lowerIops,
          throughputMbPerSecond: lowerThroughput
        })
      }

      const gp3 = gp3Holding(peak, sizeGb, headroom, partition)
      return (gp3 && flag("io_to_gp3", gp3)) ?? (type === "io1" ? toIo2(peak) : undefined)
    }
  }
})
