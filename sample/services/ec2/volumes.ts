import type {
  DescribeVolumesCommandInput,
  DescribeVolumesCommandOutput,
  DescribeVolumesModificationsCommandOutput,
  GetEbsEncryptionByDefaultCommandOutput,
  Volume as AwsVolume
} from "@aws-sdk/client-ec2"
import type { Tagged, Tags, When } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, dateOf, defineService, type Here, namedTags, pageOf, pairs, type Series } from "../../Service.ts"
import type { Instance } from "./instances.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly volumes: ReadonlyArray<Volume>
    readonly ebsSettings: ReadonlyArray<EbsSetting>
  }
}

export interface Disk {
  readonly type: "gp2" | "gp3" | "io1" | "io2" | "st1" | "sc1" | "standard"
  readonly gb: number
  readonly iops?: number
  readonly mbPerSecond?: number
  /** Default: encrypted. */
  readonly plain?: true
  /** What is read and written of it a second while its instance runs. Default: little. */
  readonly use?: { readonly operations: number; readonly mb: number }
}

/** A volume that is attached to nothing. */
export interface Volume extends Tagged, Disk {
  readonly created: When
  /** When somebody detached it, where CloudTrail still has that. */
  readonly detached?: When
  /** Run by a service for the customer, such as EKS Auto Mode. */
  readonly managed?: true
}

/** A setting of EBS in the region that is not as the estate has it elsewhere: there, new volumes are encrypted. */
export interface EbsSetting {
  readonly name: "encryption by default"
  readonly on: boolean
}

/** The devices of an instance's disks, the root first. */
export const deviceNames = ["/dev/xvda", "/dev/sdf", "/dev/sdg", "/dev/sdh"]

/** The name by which the estate calls the disk of an instance, the root first. */
export const diskName = (instance: Instance, index: number) =>
  `${instance.name}-${index === 0 ? "root" : `disk${index}`}`

// A type's own IOPS where the estate names none. Source: EBS user guide, "volume types".
const iopsOf = ({ gb, iops, type }: Disk) =>
  iops ?? (type === "gp3" ? 3000 : type === "gp2" ? Math.min(16_000, Math.max(100, gb * 3)) : undefined)

interface Attached {
  readonly instance: Instance
  readonly device: string
}

/** A volume as the estate has it, on its own or as the disk of an instance. */
interface AnyVolume {
  readonly disk: Disk
  readonly name: string
  readonly created: When
  readonly managed: boolean
  readonly on?: Attached
  readonly tags: Tags | undefined
}

const volumesOf = ({ has }: Here): ReadonlyArray<AnyVolume> => [
  ...has.volumes.map((volume) => ({
    disk: volume,
    name: volume.name,
    created: volume.created,
    managed: volume.managed === true,
    tags: namedTags(volume)
  })),
  ...has.instances.flatMap((instance) =>
    instance.disks.map((disk, index) => ({
      disk,
      name: diskName(instance, index),
      created: instance.launched,
      managed: instance.managed === true,
      on: { instance, device: deviceNames[index] as string },
      tags: { Name: diskName(instance, index), ...instance.tags }
    }))
  )
]

const shown = (here: Here, { created, disk, managed, name, on, tags }: AnyVolume): AwsVolume => ({
  VolumeId: idOf("vol", here, name),
  VolumeType: disk.type,
  Size: disk.gb,
  Iops: iopsOf(disk),
  Throughput: disk.mbPerSecond ?? (disk.type === "gp3" ? 125 : undefined),
  Encrypted: disk.plain !== true,
  AvailabilityZone: `${here.region}a`,
  State: on === undefined ? "available" : "in-use",
  CreateTime: dateOf(created),
  Attachments:
    on === undefined
      ? []
      : [
          {
            InstanceId: idOf("i", here, on.instance.name),
            Device: on.device,
            AttachTime: dateOf(on.instance.launched),
            State: "attached"
          }
        ],
  Operator: { Managed: managed },
  Tags: pairs(tags)
})

const littleUse = { operations: 25, mb: 0.8 }

const secondsPerDay = 86_400

/** EBS tells of a volume while an instance that runs has it attached. Two thirds of what is done are reads. */
const seriesOf = (here: Here, { disk, name, on }: AnyVolume): ReadonlyArray<Series> => {
  if (on === undefined || on.instance.stopped === "undated") return []
  const { launched, stopped } = on.instance
  const { mb, operations } = disk.use ?? littleUse
  const perDay = (perSecond: number, share: number) => perSecond * secondsPerDay * share
  return [
    {
      namespace: "AWS/EBS",
      dimensions: { VolumeId: idOf("vol", here, name) },
      since: launched,
      ...(stopped === undefined ? {} : { until: stopped }),
      idle: "zero",
      sums: {
        VolumeReadOps: perDay(operations, 2 / 3),
        VolumeWriteOps: perDay(operations, 1 / 3),
        VolumeReadBytes: perDay(mb * 2 ** 20, 2 / 3),
        VolumeWriteBytes: perDay(mb * 2 ** 20, 1 / 3)
      }
    }
  ]
}

export default defineService({
  region: { volumes: [], ebsSettings: [] },
  answers: {
    "ec2:GetEbsEncryptionByDefault": ({ has }): Answer<GetEbsEncryptionByDefaultCommandOutput> => ({
      EbsEncryptionByDefault: has.ebsSettings.every(({ on }) => on)
    }),

    "ec2:DescribeVolumesModifications": (): Answer<DescribeVolumesModificationsCommandOutput> => ({
      VolumesModifications: []
    }),

    "ec2:DescribeVolumes": (here, input: DescribeVolumesCommandInput): Answer<DescribeVolumesCommandOutput> => {
      const { items, next } = pageOf(volumesOf(here), input.NextToken, input.MaxResults, 500)
      return { Volumes: items.map((volume) => shown(here, volume)), NextToken: next }
    }
  },
  series: (here) => volumesOf(here).flatMap((volume) => seriesOf(here, volume)),
  resources: (here) =>
    volumesOf(here).map(({ name, tags }) => ({
      type: "ec2:volume",
      arn: arnOf("ec2", here, `volume/${idOf("vol", here, name)}`),
      tags
    }))
})
