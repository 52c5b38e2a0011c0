/** What is read from EC2, apart from the network (`vpc.ts`). */
import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { arn } from "../core/aws/arn.ts"
import { AwsTarget, list, required } from "../core/aws/Aws.ts"
import { operation } from "../core/aws/operation.ts"
import { dataset, readOf } from "./Dataset.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** EC2 describes 1,000 at a time, volumes 500. Source: shared/facts/aws-limits.md 2. */
const paging = (items: number) => ({ size: ["MaxResults", items], input: "NextToken", output: "NextToken" }) as const

const describeVolumes = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", { paging: paging(500) })

export interface Volume {
  readonly arn: string
  readonly id: string
  /** `gp2`, `gp3`, `io1`, `io2`, `st1`, `sc1` or `standard`. */
  readonly type: string
  readonly sizeGb: number
  /** Provisioned or implied by the type; absent for types that have none. */
  readonly iops: number | undefined
  readonly throughputMbPerSecond: number | undefined
  /** `available` when it is attached to nothing. */
  readonly state: string
  readonly createdAt: Date
  readonly encrypted: boolean
  readonly availabilityZone: string
  readonly snapshotId: string | undefined
  /** Ids of the instances that it is attached to, and as which device. */
  readonly attachments: ReadonlyArray<{ readonly instanceId: string; readonly device: string; readonly attachedAt: Date | undefined }>
  /** Whether a service such as EKS Auto Mode runs it for the customer. */
  readonly serviceManaged: boolean
  /** Billed with the Outpost and not by the gigabyte. */
  readonly onOutpost: boolean
  readonly tags: Tags
}

/** All volumes, 500 a page. */
export const volumes = dataset<ReadonlyArray<Volume>>({
  name: "ec2.volumes",
  scope: "regional",
  operations: [describeVolumes],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeVolumes, {}, (page) =>
        (page.Volumes ?? []).map((volume): Volume => {
          const id = required(volume.VolumeId, "Volumes[].VolumeId")
          return {
            arn: arn("ec2", region, account, `volume/${id}`),
            id,
            type: required(volume.VolumeType, "Volumes[].VolumeType"),
            sizeGb: required(volume.Size, "Volumes[].Size"),
            iops: volume.Iops,
            throughputMbPerSecond: volume.Throughput,
            state: required(volume.State, "Volumes[].State"),
            createdAt: required(volume.CreateTime, "Volumes[].CreateTime"),
            encrypted: volume.Encrypted ?? false,
            availabilityZone: volume.AvailabilityZone ?? "",
            snapshotId: volume.SnapshotId === "" ? undefined : volume.SnapshotId,
            attachments: (volume.Attachments ?? []).flatMap(({ AttachTime, Device, InstanceId }) =>
              InstanceId === undefined ? [] : [{ instanceId: InstanceId, device: Device ?? "", attachedAt: AttachTime }]
            ),
            serviceManaged: volume.Operator?.Managed ?? false,
            onOutpost: volume.OutpostArn !== undefined,
            tags: tagsOf(volume.Tags)
          }
        })
      )
    )
  })
})

const describeInstances = operation(EC2Client, DescribeInstancesCommand, "ec2:DescribeInstances", { paging: paging(1000) })

export interface Instance {
  readonly arn: string
  readonly id: string
  readonly type: string
  /** `running`, `stopped`, `terminated` and the states between. */
  readonly state: string
  readonly launchedAt: Date | undefined
  /** When it was stopped, read from the reason of the last state change; undefined when EC2 does not say. */
  readonly stoppedAt: Date | undefined
  readonly imageId: string | undefined
  readonly rootDevice: string | undefined
  readonly vpcId: string | undefined
  readonly serviceManaged: boolean
  readonly tags: Tags
}

/** All instances in every state, 1,000 a page. */
export const instances = dataset<ReadonlyArray<Instance>>({
  name: "ec2.instances",
  scope: "regional",
  operations: [describeInstances],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeInstances, {}, (page) =>
        (page.Reservations ?? [])
          .flatMap(({ Instances }) => Instances ?? [])
          .map((instance): Instance => {
            const id = required(instance.InstanceId, "Instances[].InstanceId")
            return {
              arn: arn("ec2", region, account, `instance/${id}`),
              id,
              type: instance.InstanceType ?? "",
              state: required(instance.State?.Name, "Instances[].State.Name"),
              launchedAt: instance.LaunchTime,
              stoppedAt: stoppedAt(instance.StateTransitionReason),
              imageId: instance.ImageId,
              rootDevice: instance.RootDeviceName,
              vpcId: instance.VpcId,
              serviceManaged: instance.Operator?.Managed ?? false,
              tags: tagsOf(instance.Tags)
            }
          })
      )
    )
  })
})

// "User initiated (2026-09-01 08:00:00 GMT)" is the only place where EC2 tells since when an instance is stopped.
const stoppedAt = (reason: string | undefined): Date | undefined => {
  const match = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)/.exec(reason ?? "")
  return match === null ? undefined : new Date(`${match[1]}T${match[2]}Z`)
}

const describeNetworkInterfaces = operation(EC2Client, DescribeNetworkInterfacesCommand, "ec2:DescribeNetworkInterfaces", {
  paging: paging(1000)
})

export interface NetworkInterface {
  readonly arn: string
  readonly id: string
  /** `in-use` or `available`. */
  readonly status: string
  /** `interface`, `nat_gateway`, `network_load_balancer`, `vpc_endpoint`, … */
  readonly type: string
  readonly description: string
  readonly vpcId: string | undefined
  readonly instanceId: string | undefined
  readonly publicIps: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
  /** Created by a service on the customer's behalf. */
  readonly requesterManaged: boolean
}

/** All network interfaces, 1,000 a page: whatever runs in a VPC has one. */
export const networkInterfaces = dataset<ReadonlyArray<NetworkInterface>>({
  name: "ec2.networkInterfaces",
  scope: "regional",
  operations: [describeNetworkInterfaces],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeNetworkInterfaces, {}, (page) =>
        (page.NetworkInterfaces ?? []).map((eni): NetworkInterface => {
          const id = required(eni.NetworkInterfaceId, "NetworkInterfaces[].NetworkInterfaceId")
          const addresses = eni.PrivateIpAddresses ?? []
          return {
            arn: arn("ec2", region, account, `network-interface/${id}`),
            id,
            status: required(eni.Status, "NetworkInterfaces[].Status"),
            type: eni.InterfaceType ?? "interface",
            description: eni.Description ?? "",
            vpcId: eni.VpcId,
            instanceId: eni.Attachment?.InstanceId,
            publicIps: [
              ...new Set(
                [eni.Association?.PublicIp, ...addresses.map(({ Association }) => Association?.PublicIp)].flatMap((ip) => ip ?? [])
              )
            ],
            securityGroupIds: (eni.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
            requesterManaged: eni.RequesterManaged ?? false
          }
        })
      )
    )
  })
})

const describeSnapshots = operation(EC2Client, DescribeSnapshotsCommand, "ec2:DescribeSnapshots", { paging: paging(1000) })

export interface Snapshot {
  readonly arn: string
  readonly id: string
  /** `vol-ffffffff` for copies. */
  readonly volumeId: string
  readonly sizeGb: number
  /** What a restore reads, in bytes; EC2 tells it for newer snapshots only. */
  readonly fullSizeBytes: number | undefined
  readonly startedAt: Date
  /** `completed`, `pending`, `error`, … */
  readonly state: string
  readonly description: string
  /** `standard` or `archive`. */
  readonly tier: string
  readonly encrypted: boolean
  readonly tags: Tags
}

/** The account's own snapshots, 1,000 a page. */
export const snapshots = dataset<ReadonlyArray<Snapshot>>({
  name: "ec2.snapshots",
  scope: "regional",
  operations: [describeSnapshots],
  read: Effect.fnUntraced(function* () {
    const { region } = yield* AwsTarget
    return readOf(
      yield* list(describeSnapshots, { OwnerIds: ["self"] }, (page) =>
        (page.Snapshots ?? []).map((snapshot): Snapshot => {
          const id = required(snapshot.SnapshotId, "Snapshots[].SnapshotId")
          return {
            // Snapshot ARNs leave the account out.
            arn: arn("ec2", region, "", `snapshot/${id}`),
            id,
            volumeId: snapshot.VolumeId ?? "",
            sizeGb: required(snapshot.VolumeSize, "Snapshots[].VolumeSize"),
            fullSizeBytes: snapshot.FullSnapshotSizeInBytes,
            startedAt: required(snapshot.StartTime, "Snapshots[].StartTime"),
            state: required(snapshot.State, "Snapshots[].State"),
            description: snapshot.Description ?? "",
            tier: snapshot.StorageTier ?? "standard",
            encrypted: snapshot.Encrypted ?? false,
            tags: tagsOf(snapshot.Tags)
          }
        })
      )
    )
  })
})
