/** EC2's instances, network interfaces, addresses, volumes and snapshots. */
import {
  DescribeAddressesCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstancesCommand,
  DescribeIpamPoolsCommand,
  DescribeLockedSnapshotsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  EC2Client,
  GetEbsEncryptionByDefaultCommand
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { arn } from "../../core/aws/arn.ts"
import { AwsTarget, complete, list, required, send } from "../../core/aws/Aws.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { dataset, derived, family, readOf, whole } from "../engine/Dataset.ts"
import { onceProbe, probe, seriesProbe } from "../engine/Probe.ts"
import { billedBy, type ResourceKind, resourceKind } from "../engine/ResourceKind.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** EC2 describes 1,000 at a time, volumes 500. Source: shared/facts/aws-limits.md 2. */
export const paging = (items: number) =>
  ({ size: ["MaxResults", items], input: "NextToken", output: "NextToken" }) as const

/** An account can hide what AWS services run for it, and what is hidden would make whatever it uses look unused. */
export const withManaged = { IncludeManagedResources: true } as const

// What has nothing may have an empty id.
const present = (id: string | undefined): string | undefined => (id === "" ? undefined : id)

const describeVolumes = listOperation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", "Volumes", {
  paging: paging(500)
})

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
  /** Undefined where EC2 does not say. */
  readonly encrypted: boolean | undefined
  /** Whether several instances may have it attached at once. */
  readonly multiAttach: boolean
  readonly availabilityZone: string
  readonly snapshotId: string | undefined
  /** Ids of the instances that it is attached to, and as which device. */
  readonly attachments: ReadonlyArray<{
    readonly instanceId: string
    readonly device: string
    readonly attachedAt: Date | undefined
  }>
  /** Whether a service such as EKS Auto Mode runs it for the customer. */
  readonly serviceManaged: boolean
  /** Billed with the Outpost and not by the gigabyte. */
  readonly onOutpost: boolean
  readonly tags: Tags
}

const volumeKind = resourceKind<Volume>({ type: "ec2:volume", service: billedBy.ec2Other, id: ({ id }) => id })

/** All volumes, 500 a page. */
export const volumes = dataset<ReadonlyArray<Volume>>("ec2.volumes", {
  kind: volumeKind,
  scope: "regional",
  operations: [describeVolumes],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeVolumes, withManaged, (volumes) =>
        volumes.map((volume): Volume => {
          const id = required(volume.VolumeId, "Volumes[].VolumeId")
          return {
            arn: arn("ec2", region, account, `volume/${id}`),
            id,
            type: required(volume.VolumeType, "Volumes[].VolumeType").toLowerCase(),
            sizeGb: required(volume.Size, "Volumes[].Size"),
            iops: volume.Iops,
            throughputMbPerSecond: volume.Throughput,
            state: required(volume.State, "Volumes[].State").toLowerCase(),
            createdAt: required(volume.CreateTime, "Volumes[].CreateTime"),
            encrypted: volume.Encrypted,
            multiAttach: volume.MultiAttachEnabled ?? false,
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

/** Reads and writes of a volume. EBS publishes them only while the volume is attached, so a datapoint also proves that. */
export const volumeSeries = ({ id }: Volume, days: number): ReadonlyArray<SeriesSpec> =>
  (["VolumeReadOps", "VolumeWriteOps"] as const).map((metric) => ({
    namespace: "AWS/EBS",
    metric,
    dimensions: { VolumeId: id },
    statistic: "Sum",
    days
  }))

/** Reads and writes of single volumes, of so many days. */
export const volumeActivity = family("ec2.volumeActivity", (name, days: number) =>
  seriesProbe<Volume>({
    name,
    costNote: "Two paid metrics for each volume that may be unused.",
    metrics: volumeSeries({ id: "" } as Volume, days),
    key: ({ id }) => id,
    series: (volume) => volumeSeries(volume, days)
  })
)

/** Writes to a volume, which most that are in use have. */
export const volumeWrites = (volume: Volume, days: number): SeriesSpec => volumeSeries(volume, days)[1] as SeriesSpec

/** Writes to single volumes, of so many days: what shows use most often. */
export const writesOfVolumes = family("ec2.writesOfVolumes", (name, days: number) =>
  seriesProbe<Volume>({
    name,
    costNote: "One paid metric for each attached data volume, where these are judged.",
    metrics: [volumeWrites({ id: "" } as Volume, days)],
    key: ({ id }) => id,
    series: (volume) => [volumeWrites(volume, days)]
  })
)

/** The period over which the use of a volume is a mean: the finest that CloudWatch keeps for weeks. */
export const useSeconds = 300

/** What is read and written of a volume in each five minutes: an hourly mean hides its peaks, and costs the same. */
export const volumeUseSeries = ({ id }: Pick<Volume, "id">, days: number) => {
  const spec = (metric: string): SeriesSpec => ({
    namespace: "AWS/EBS",
    metric,
    dimensions: { VolumeId: id },
    statistic: "Sum",
    days,
    period: useSeconds
  })
  return {
    operations: [spec("VolumeReadOps"), spec("VolumeWriteOps")],
    bytes: [spec("VolumeReadBytes"), spec("VolumeWriteBytes")]
  } as const
}

/** Operations and bytes of volumes whose provisioned IOPS or throughput may be more than they use. */
export const volumeUse = family("ec2.volumeUse", (name, days: number) =>
  seriesProbe<Volume>({
    name,
    costNote: "Four paid metrics for each volume with provisioned IOPS or throughput.",
    metrics: Object.values(volumeUseSeries({ id: "" }, days)).flat(),
    key: ({ id }) => id,
    series: (volume) => Object.values(volumeUseSeries(volume, days)).flat()
  })
)

/** Bytes of gp2 volumes that are large enough to be faster than gp3 is without an extra charge. */
export const volumeBytes = family("ec2.volumeBytes", (name, days: number) =>
  seriesProbe<Volume>({
    name,
    costNote: "Two paid metrics for each gp2 volume above 170 GiB.",
    metrics: volumeUseSeries({ id: "" }, days).bytes,
    key: ({ id }) => id,
    series: (volume) => volumeUseSeries(volume, days).bytes
  })
)

const describeVolumesModifications = listOperation(
  EC2Client,
  DescribeVolumesModificationsCommand,
  "ec2:DescribeVolumesModifications",
  "VolumesModifications",
  { paging: paging(500) }
)

/** Ids of the volumes whose type or settings are being changed, which cannot be changed again until that is done; 500 a page. */
export const modifyingVolumeIds = dataset<ReadonlySet<string>>("ec2.modifyingVolumeIds", {
  shape: "set",
  scope: "regional",
  operations: [describeVolumesModifications],
  read: () =>
    Effect.map(
      list(
        describeVolumesModifications,
        { Filters: [{ Name: "modification-state", Values: ["modifying", "optimizing"] }] },
        (modifications) => modifications.map(({ VolumeId }) => required(VolumeId, "VolumesModifications[].VolumeId"))
      ),
      ({ gaps, items }) => ({ value: new Set(items), gaps })
    )
})

const describeInstances = listOperation(EC2Client, DescribeInstancesCommand, "ec2:DescribeInstances", "Reservations", {
  paging: paging(1000)
})

export interface Instance {
  readonly arn: string
  readonly id: string
  readonly type: string
  /** `running`, `stopped`, `terminated` and the states between. */
  readonly state: string
  readonly launchedAt: Date | undefined
  /** When it was stopped, read from the reason of the last state change; undefined when EC2 does not say. */
  readonly stoppedAt: Date | undefined
  /** How it was bought: `on-demand`, `spot`, `capacity-block`, `interruptible-capacity-reservation` or `scheduled`. */
  readonly lifecycle: string
  /** `default`, `dedicated` or `host`. */
  readonly tenancy: string
  /** Empty where EC2 does not tell. */
  readonly availabilityZone: string
  /** The reservation of capacity that it runs in, which is billed with and without it. */
  readonly capacityReservationId: string | undefined
  /** What is billed for its operating system, such as `RunInstances:0002` for Windows. */
  readonly usageOperation: string | undefined
  /** The same in words: `Linux/UNIX`. */
  readonly platformDetails: string | undefined
  readonly imageId: string | undefined
  readonly rootDevice: string | undefined
  readonly vpcId: string | undefined
  readonly serviceManaged: boolean
  /** Billed with the Outpost and not by the hour. */
  readonly onOutpost: boolean
  readonly tags: Tags
}

const instanceKind = resourceKind<Instance>({
  type: "ec2:instance",
  service: billedBy.ec2,
  id: ({ id }) => id,
  createdAt: ({ launchedAt }) => launchedAt
})

/** All instances in every state, 1,000 a page. */
export const instances = dataset<ReadonlyArray<Instance>>("ec2.instances", {
  kind: instanceKind,
  scope: "regional",
  operations: [describeInstances],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeInstances, withManaged, (reservations) =>
        reservations
          .flatMap(({ Instances }) => required(Instances, "Reservations[].Instances"))
          .map((instance): Instance => {
            const id = required(instance.InstanceId, "Instances[].InstanceId")
            return {
              arn: arn("ec2", region, account, `instance/${id}`),
              id,
              type: instance.InstanceType ?? "",
              state: required(instance.State?.Name, "Instances[].State.Name").toLowerCase(),
              launchedAt: instance.LaunchTime,
              stoppedAt: stoppedAt(instance.StateTransitionReason),
              lifecycle: instance.InstanceLifecycle?.toLowerCase() ?? "on-demand",
              tenancy: instance.Placement?.Tenancy?.toLowerCase() ?? "default",
              availabilityZone: instance.Placement?.AvailabilityZone ?? "",
              capacityReservationId: present(instance.CapacityReservationId),
              usageOperation: instance.UsageOperation,
              platformDetails: instance.PlatformDetails,
              imageId: instance.ImageId,
              rootDevice: instance.RootDeviceName,
              vpcId: instance.VpcId,
              serviceManaged: instance.Operator?.Managed ?? false,
              onOutpost: instance.OutpostArn !== undefined,
              tags: tagsOf(instance.Tags)
            }
          })
      )
    )
  })
})

const describeInstanceCreditSpecifications = listOperation(
  EC2Client,
  DescribeInstanceCreditSpecificationsCommand,
  "ec2:DescribeInstanceCreditSpecifications",
  "InstanceCreditSpecifications",
  { paging: paging(1000) }
)

/** Whether a type lives on CPU credits: all families of the letter t. */
export const isBurstable = (type: string): boolean => /^t\d/.test(type)

/**
 * Ids of the instances that may spend more CPU credits than they earn, which is billed; 1,000 a page. Without ids EC2 lists those with the
 * mode `unlimited`, and those that had it once.
 */
export const unlimitedIds = dataset<ReadonlySet<string>, { instances: typeof instances }>("ec2.unlimitedIds", {
  shape: "set",
  scope: "regional",
  needs: { instances },
  operations: [describeInstanceCreditSpecifications],
  read: Effect.fnUntraced(function* ({ instances }) {
    if (!instances.some(({ state, type }) => state === "running" && isBurstable(type))) return whole(new Set<string>())
    const { gaps, items } = yield* list(describeInstanceCreditSpecifications, {}, (specifications) =>
      specifications.flatMap(({ CpuCredits, InstanceId }) => {
        const id = required(InstanceId, "InstanceCreditSpecifications[].InstanceId")
        return required(CpuCredits, "InstanceCreditSpecifications[].CpuCredits").toLowerCase() === "unlimited" ? id : []
      })
    )
    return { value: new Set(items), gaps }
  })
})

// "User initiated (2026-09-01 08:00:00 GMT)" is the only place where EC2 tells since when an instance is stopped.
const stoppedAt = (reason: string | undefined): Date | undefined => {
  const match = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)/.exec(reason ?? "")
  return match === null ? undefined : new Date(`${match[1]}T${match[2]}Z`)
}

const describeNetworkInterfaces = listOperation(
  EC2Client,
  DescribeNetworkInterfacesCommand,
  "ec2:DescribeNetworkInterfaces",
  "NetworkInterfaces",
  {
    paging: paging(1000)
  }
)

export interface NetworkInterface {
  readonly arn: string
  readonly id: string
  /** `in-use` or `available`. */
  readonly status: string
  /** `interface`, `nat_gateway`, `network_load_balancer`, `vpc_endpoint`, … */
  readonly type: string
  readonly description: string
  readonly vpcId: string | undefined
  readonly subnetId: string | undefined
  readonly instanceId: string | undefined
  readonly publicIps: ReadonlyArray<string>
  readonly ipv6Addresses: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
  /** Created by a service on the customer's behalf. */
  readonly requesterManaged: boolean
}

/** All network interfaces, 1,000 a page: whatever runs in a VPC has one. */
export const networkInterfaces = dataset<ReadonlyArray<NetworkInterface>>("ec2.networkInterfaces", {
  scope: "regional",
  operations: [describeNetworkInterfaces],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeNetworkInterfaces, withManaged, (interfaces) =>
        interfaces.map((eni): NetworkInterface => {
          const id = required(eni.NetworkInterfaceId, "NetworkInterfaces[].NetworkInterfaceId")
          const addresses = eni.PrivateIpAddresses ?? []
          return {
            arn: arn("ec2", region, account, `network-interface/${id}`),
            id,
            status: required(eni.Status, "NetworkInterfaces[].Status").toLowerCase(),
            // The SDK's model calls it natGateway; EC2 answers nat_gateway.
            type: (eni.InterfaceType ?? "interface").toLowerCase().replace("natgateway", "nat_gateway"),
            description: eni.Description ?? "",
            vpcId: eni.VpcId,
            subnetId: eni.SubnetId,
            instanceId: eni.Attachment?.InstanceId,
            publicIps: [
              ...new Set(
                [eni.Association?.PublicIp, ...addresses.map(({ Association }) => Association?.PublicIp)].flatMap(
                  (ip) => ip ?? []
                )
              )
            ],
            ipv6Addresses: (eni.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
            securityGroupIds: required(eni.Groups, "NetworkInterfaces[].Groups").map(({ GroupId }) =>
              required(GroupId, "NetworkInterfaces[].Groups[].GroupId")
            ),
            requesterManaged: eni.RequesterManaged ?? false
          }
        })
      )
    )
  })
})

/** Has no pages. */
const describeAddresses = listOperation(EC2Client, DescribeAddressesCommand, "ec2:DescribeAddresses", "Addresses")

export interface Address {
  readonly arn: string
  /** The allocation id. */
  readonly id: string
  readonly publicIp: string
  /** Absent when it is associated with nothing. */
  readonly associationId: string | undefined
  readonly networkInterfaceId: string | undefined
  readonly instanceId: string | undefined
  /** `amazon`, the id of a pool that the customer brought, or that of an IPAM pool. */
  readonly pool: string
  /**
   * Who provides it. AWS bills its own addresses by the hour. Those of an IPAM pool are AWS's or the customer's: `ipamPoolSources` tells.
   */
  readonly provider: "amazon" | "ipam" | "customer" | "carrier" | "outpost"
  /** A load balancer or a NAT gateway holds it for the customer. */
  readonly serviceManaged: boolean
  readonly tags: Tags
}

/** All Elastic IP addresses, in one call. */
export const addresses = dataset<ReadonlyArray<Address>>("ec2.addresses", {
  kind: resourceKind<Address>({ type: "ec2:elastic-ip", service: billedBy.vpc, id: ({ id }) => id }),
  scope: "regional",
  operations: [describeAddresses],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeAddresses, {}, (addresses) =>
        addresses.map((address): Address => {
          const id = required(address.AllocationId, "Addresses[].AllocationId")
          const pool = (address.PublicIpv4Pool ?? "amazon").toLowerCase()
          return {
            arn: arn("ec2", region, account, `elastic-ip/${id}`),
            id,
            publicIp: address.PublicIp ?? address.CarrierIp ?? address.CustomerOwnedIp ?? "",
            associationId: present(address.AssociationId),
            networkInterfaceId: present(address.NetworkInterfaceId),
            instanceId: present(address.InstanceId),
            pool,
            provider:
              address.CarrierIp !== undefined
                ? "carrier"
                : address.CustomerOwnedIp !== undefined
                  ? "outpost"
                  : pool === "amazon"
                    ? "amazon"
                    : pool.startsWith("ipam-pool-")
                      ? "ipam"
                      : "customer",
            serviceManaged: address.ServiceManaged !== undefined,
            tags: tagsOf(address.Tags)
          }
        })
      )
    )
  })
})

const describeIpamPools = listOperation(EC2Client, DescribeIpamPoolsCommand, "ec2:DescribeIpamPools", "IpamPools", {
  paging: paging(1000)
})

/**
 * Who provides the addresses of public IPAM pools, by the pool's id: `amazon` for a contiguous block, which AWS bills by the hour
 * and address, used or not; `byoip` for a range that the customer brought, which is free. Pools of other accounts can be missing.
 */
export const ipamPoolSources = onceProbe({
  name: "ec2.ipamPoolSources",
  operations: [describeIpamPools],
  costNote: "One free call lists the IPAM pools, where an unused address is from one.",
  read: () =>
    Effect.map(
      complete(
        list(describeIpamPools, {}, (pools) =>
          pools.flatMap(({ IpamPoolId, PublicIpSource }) => {
            const id = required(IpamPoolId, "IpamPools[].IpamPoolId")
            // Pools of private addresses have no source.
            return PublicIpSource === undefined ? [] : [[id, PublicIpSource.toLowerCase()] as const]
          })
        )
      ),
      (pools): ReadonlyMap<string, string> => new Map(pools)
    )
})

const describeSnapshots = listOperation(EC2Client, DescribeSnapshotsCommand, "ec2:DescribeSnapshots", "Snapshots", {
  paging: paging(1000)
})

export interface Snapshot {
  readonly arn: string
  readonly id: string
  /** Of copies it is no volume's, and mostly `vol-ffffffff`. */
  readonly volumeId: string
  /** Whether EC2 says how it was transferred, which it says of copies alone. False for older ones. */
  readonly isCopy: boolean
  readonly sizeGb: number
  /** What a restore reads, in bytes; EC2 tells it for newer snapshots only. */
  readonly fullSizeBytes: number | undefined
  readonly startedAt: Date
  /** `completed`, `pending`, `error`, … */
  readonly state: string
  readonly description: string
  /** `standard` or `archive`. */
  readonly tier: string
  /** Undefined where EC2 does not say. */
  readonly encrypted: boolean | undefined
  /** Kept on the Outpost and not billed by the gigabyte. */
  readonly onOutpost: boolean
  /** The service that made it and decides when it goes; undefined when the customer does. */
  readonly backupService: string | undefined
  readonly tags: Tags
}

const services: ReadonlyArray<readonly [service: string, tagKey: RegExp]> = [
  ["AWS Backup", /^aws:backup:/],
  ["Data Lifecycle Manager", /^(aws:dlm:|dlm:managed$)/],
  ["Elastic Disaster Recovery", /^AWSElasticDisasterRecovery/i],
  ["Application Migration Service", /^AWSApplicationMigrationService/i]
]

/** The service that keeps a snapshot or image by its own rules. Copies can lose the tags and keep the wording. */
export const backupServiceOf = (tags: Tags, wording: string): string | undefined =>
  services.find(([, tagKey]) => Object.keys(tags).some((key) => tagKey.test(key)))?.[0] ??
  (/^AwsBackup_|created by the AWS Backup service/.test(wording) ? "AWS Backup" : undefined)

const snapshotKind = resourceKind<Snapshot>({
  type: "ec2:snapshot",
  service: billedBy.ec2Other,
  id: ({ id }) => id,
  createdAt: ({ startedAt }) => startedAt
})

/** The account's own snapshots, 1,000 a page. */
export const snapshots = dataset<ReadonlyArray<Snapshot>>("ec2.snapshots", {
  kind: snapshotKind,
  scope: "regional",
  operations: [describeSnapshots],
  read: Effect.fnUntraced(function* () {
    const { region } = yield* AwsTarget
    return readOf(
      yield* list(describeSnapshots, { OwnerIds: ["self"] }, (snapshots) =>
        snapshots.map((snapshot): Snapshot => {
          const id = required(snapshot.SnapshotId, "Snapshots[].SnapshotId")
          const description = snapshot.Description ?? ""
          const tags = tagsOf(snapshot.Tags)
          return {
            // Snapshot ARNs leave the account out.
            arn: arn("ec2", region, "", `snapshot/${id}`),
            id,
            volumeId: snapshot.VolumeId ?? "",
            isCopy: snapshot.TransferType !== undefined,
            sizeGb: required(snapshot.VolumeSize, "Snapshots[].VolumeSize"),
            fullSizeBytes: snapshot.FullSnapshotSizeInBytes,
            startedAt: required(snapshot.StartTime, "Snapshots[].StartTime"),
            state: required(snapshot.State, "Snapshots[].State").toLowerCase(),
            description,
            tier: snapshot.StorageTier?.toLowerCase() ?? "standard",
            encrypted: snapshot.Encrypted,
            onOutpost: snapshot.OutpostArn !== undefined,
            backupService: backupServiceOf(tags, description),
            tags
          }
        })
      )
    )
  })
})

/** A volume or a snapshot. */
export const storedKind: ResourceKind<Volume | Snapshot> = {
  service: billedBy.ec2Other,
  tags: "inline",
  resourceOf: (stored) => ("startedAt" in stored ? snapshotKind.resourceOf(stored) : volumeKind.resourceOf(stored))
}

/** All volumes and the account's own snapshots: whatever EBS keeps of the account's data. */
export const volumesAndSnapshots = derived<
  ReadonlyArray<Volume | Snapshot>,
  { volumes: typeof volumes; snapshots: typeof snapshots }
>("ec2.volumesAndSnapshots", {
  scope: "regional",
  needs: { volumes, snapshots },
  inventory: ["volumes", "snapshots"],
  kind: storedKind,
  derive: ({ snapshots, volumes }) => [...volumes, ...snapshots]
})

const getEbsEncryptionByDefault = operation(
  EC2Client,
  GetEbsEncryptionByDefaultCommand,
  "ec2:GetEbsEncryptionByDefault"
)

/** Whether EBS encrypts every new volume and copy of a snapshot in the region, whoever makes it. */
export const encryptionByDefault = dataset<boolean>("ec2.encryptionByDefault", {
  shape: "value",
  scope: "regional",
  operations: [getEbsEncryptionByDefault],
  read: () =>
    Effect.map(
      send(getEbsEncryptionByDefault, {}, ({ EbsEncryptionByDefault }) =>
        required(EbsEncryptionByDefault, "EbsEncryptionByDefault")
      ),
      whole
    )
})

/** At most 200 a page. Source: the EC2 API reference, `MaxResults`. */
const describeFastSnapshotRestores = listOperation(
  EC2Client,
  DescribeFastSnapshotRestoresCommand,
  "ec2:DescribeFastSnapshotRestores",
  "FastSnapshotRestores",
  { paging: paging(200) }
)

/** By snapshot id, the zones in which the account pays for fast restore; 200 pairs of snapshot and zone a page. */
export const fastRestoreZones = dataset<ReadonlyMap<string, ReadonlyArray<string>>>("ec2.fastRestoreZones", {
  shape: "map",
  scope: "regional",
  operations: [describeFastSnapshotRestores],
  read: Effect.fnUntraced(function* () {
    const { account } = yield* AwsTarget
    const { gaps, items } = yield* list(
      describeFastSnapshotRestores,
      {
        Filters: [
          { Name: "state", Values: ["enabling", "optimizing", "enabled"] },
          // Whoever switches it on pays for it, also on a snapshot that is shared with them.
          { Name: "owner-id", Values: [account] }
        ]
      },
      (restores) =>
        restores.map(({ AvailabilityZone, SnapshotId }) => ({
          snapshotId: required(SnapshotId, "FastSnapshotRestores[].SnapshotId"),
          zone: AvailabilityZone ?? ""
        }))
    )
    const bySnapshot = Map.groupBy(items, ({ snapshotId }) => snapshotId)
    return {
      value: new Map([...bySnapshot].map(([id, restores]) => [id, restores.map(({ zone }) => zone).sort()])),
      gaps
    }
  })
})

const describeLockedSnapshots = listOperation(
  EC2Client,
  DescribeLockedSnapshotsCommand,
  "ec2:DescribeLockedSnapshots",
  "Snapshots",
  {
    paging: paging(1000)
  }
)

/** Ids of the snapshots that a lock keeps from being deleted, 1,000 a page. */
export const lockedSnapshotIds = dataset<ReadonlySet<string>>("ec2.lockedSnapshotIds", {
  shape: "set",
  scope: "regional",
  operations: [describeLockedSnapshots],
  read: () =>
    Effect.map(
      list(
        describeLockedSnapshots,
        { Filters: [{ Name: "lock-state", Values: ["compliance-cooloff", "governance", "compliance"] }] },
        (snapshots) => snapshots.map(({ SnapshotId }) => required(SnapshotId, "Snapshots[].SnapshotId"))
      ),
      ({ gaps, items }) => ({ value: new Set(items), gaps })
    )
})

const describeSnapshotAttribute = operation(
  EC2Client,
  DescribeSnapshotAttributeCommand,
  "ec2:DescribeSnapshotAttribute"
)

/** Who may make volumes of a snapshot: account ids, or `all` for everyone. */
export const snapshotPermissions = probe<{ readonly id: string }, ReadonlyArray<string>>({
  name: "ec2.snapshotPermissions",
  operations: [describeSnapshotAttribute],
  cap: 1000,
  batchSize: 1,
  costNote: "AWS lists the permissions of one snapshot at a time: one free call for each candidate.",
  key: ({ id }) => id,
  identity: ({ id }) => id,
  read: (snapshots) =>
    Effect.forEach(snapshots, ({ id }) =>
      send(describeSnapshotAttribute, { Attribute: "createVolumePermission", SnapshotId: id }, (answer) =>
        required(answer.CreateVolumePermissions, "CreateVolumePermissions").map(({ Group, UserId }) =>
          required(UserId ?? Group, "CreateVolumePermissions[].UserId")
        )
      )
    )
})
