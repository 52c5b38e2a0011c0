/** EC2's answers, apart from those about the network. */
import type {
  DescribeAddressesCommandOutput,
  DescribeFastSnapshotRestoresCommandInput,
  DescribeFastSnapshotRestoresCommandOutput,
  DescribeLockedSnapshotsCommandInput,
  DescribeLockedSnapshotsCommandOutput,
  DescribeSnapshotAttributeCommandInput,
  DescribeSnapshotAttributeCommandOutput,
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  DescribeNetworkInterfacesCommandInput,
  DescribeNetworkInterfacesCommandOutput,
  DescribeRegionsCommandOutput,
  DescribeSnapshotsCommandInput,
  DescribeSnapshotsCommandOutput,
  DescribeVolumesCommandInput,
  DescribeVolumesCommandOutput,
  NetworkInterface,
  Volume
} from "@aws-sdk/client-ec2"
import type { Disk, Instance } from "../estate.ts"
import { hexOf, idOf } from "../ids.ts"
import { loadBalancerPath } from "./elb.ts"
import { type Answer, type Answers, dateOf, type Here, namedPairs, pageOf, pairs } from "./Here.ts"

/** EC2 describes at most so many at a time. */
const most = 1000

const deviceNames = ["/dev/xvda", "/dev/sdf", "/dev/sdg", "/dev/sdh"]

/** The name by which the estate calls the disk of an instance, the root first. */
export const diskName = (instance: Instance, index: number) =>
  `${instance.name}-${index === 0 ? "root" : `disk${index}`}`

// A type's own IOPS where the estate names none. Source: EBS user guide, "volume types".
const iopsOf = ({ gb, iops, type }: Disk) =>
  iops ?? (type === "gp3" ? 3000 : type === "gp2" ? Math.min(16_000, Math.max(100, gb * 3)) : undefined)

const volumeOf = (here: Here, disk: Disk, name: string): Volume => ({
  VolumeId: idOf("vol", here, name),
  VolumeType: disk.type,
  Size: disk.gb,
  Iops: iopsOf(disk),
  Throughput: disk.mbPerSecond ?? (disk.type === "gp3" ? 125 : undefined),
  Encrypted: disk.plain !== true,
  AvailabilityZone: `${here.region}a`
})

const volumes = (here: Here): ReadonlyArray<Volume> => [
  ...here.has.volumes.map((volume) => ({
    ...volumeOf(here, volume, volume.name),
    State: "available" as const,
    CreateTime: dateOf(volume.created),
    Attachments: [],
    Operator: { Managed: volume.managed === true },
    Tags: namedPairs(volume)
  })),
  ...here.has.instances.flatMap((instance) =>
    instance.disks.map((disk, index) => ({
      ...volumeOf(here, disk, diskName(instance, index)),
      State: "in-use" as const,
      CreateTime: dateOf(instance.launched),
      Attachments: [
        {
          InstanceId: idOf("i", here, instance.name),
          Device: deviceNames[index] as string,
          AttachTime: dateOf(instance.launched),
          State: "attached" as const
        }
      ],
      Operator: { Managed: instance.managed === true },
      Tags: pairs({ Name: diskName(instance, index), ...instance.tags })
    }))
  )
]

const stopReason = (stopped: Instance["stopped"]) =>
  stopped === undefined || stopped === "undated"
    ? ""
    : `User initiated (${dateOf(stopped).toISOString().slice(0, 19).replace("T", " ")} GMT)`

/** The id of the snapshot behind a disk of an image. */
export const imageSnapshotId = (here: Here, image: string, disk: number) => idOf("snap", here, `${image}/${disk}`)

const zonesOf = (here: Here, letters: ReadonlyArray<string>) => letters.map((letter) => `${here.region}${letter}`)

/** The network interfaces that the estate's things have. */
const interfaces = (here: Here): ReadonlyArray<NetworkInterface> => {
  const { has } = here
  const groups = (names: ReadonlyArray<string> = []) =>
    names.map((name) => ({ GroupId: idOf("sg", here, name), GroupName: name }))
  const eni = (name: string, vpc: string | undefined, more: NetworkInterface): NetworkInterface => ({
    NetworkInterfaceId: idOf("eni", here, name),
    VpcId: idOf("vpc", here, vpc ?? "main"),
    Status: "in-use",
    InterfaceType: "interface",
    RequesterManaged: false,
    Groups: [],
    ...more
  })
  const managed = { RequesterManaged: true }
  const ipOn = (kind: "instance" | "interface" | "natGateway", name: string) => {
    const address = has.addresses.find(({ on }) => on !== undefined && kind in on && Object.values(on)[0] === name)
    return address === undefined ? {} : { Association: { PublicIp: address.ip } }
  }
  const ownIp = (name: string) => ({
    Association: { PublicIp: `198.51.100.${Number.parseInt(hexOf(here, name, 2), 16)}` }
  })

  return [
    ...has.interfaces.map((item) =>
      eni(item.name, item.vpc, {
        Description: item.description,
        InterfaceType: (item.type ?? "interface") as NonNullable<NetworkInterface["InterfaceType"]>,
        Status: item.detached ? "available" : "in-use",
        RequesterManaged: item.requesterManaged === true,
        Groups: groups(item.groups),
        ...ipOn("interface", item.name)
      })
    ),
    ...has.instances.map((instance) =>
      eni(`instance/${instance.name}`, instance.vpc, {
        Attachment: { InstanceId: idOf("i", here, instance.name) },
        Groups: groups(instance.groups),
        ...ipOn("instance", instance.name)
      })
    ),
    ...has.natGateways.map((nat) =>
      eni(`nat/${nat.name}`, nat.vpc, {
        ...managed,
        // The SDK calls it natGateway.
        InterfaceType: "nat_gateway" as never,
        Description: `Interface for NAT Gateway ${idOf("nat", here, nat.name)}`,
        ...ipOn("natGateway", nat.name)
      })
    ),
    ...has.loadBalancers.flatMap((balancer) =>
      balancer.zones.map((zone) =>
        eni(`elb/${balancer.name}/${zone}`, undefined, {
          ...managed,
          InterfaceType:
            balancer.kind === "network"
              ? "network_load_balancer"
              : balancer.kind === "gateway"
                ? "gateway_load_balancer"
                : "interface",
          Description: `ELB ${loadBalancerPath(here, balancer)}`,
          Groups: groups(balancer.groups),
          ...(balancer.internal || balancer.kind === "gateway" ? {} : ownIp(`${balancer.name}/${zone}`))
        })
      )
    ),
    ...has.classicLoadBalancers.flatMap((balancer) =>
      balancer.zones.map((zone) =>
        eni(`classic/${balancer.name}/${zone}`, undefined, {
          ...managed,
          Description: `ELB ${balancer.name}`,
          Groups: groups(balancer.groups),
          ...(balancer.internal ? {} : ownIp(`${balancer.name}/${zone}`))
        })
      )
    ),
    ...has.vpcEndpoints
      .filter(({ type }) => type !== "Gateway")
      .flatMap((endpoint) =>
        endpoint.zones.map((zone) =>
          eni(`vpce/${endpoint.name}/${zone}`, endpoint.vpc, {
            ...managed,
            InterfaceType: "vpc_endpoint",
            Description: `VPC Endpoint Interface ${idOf("vpce", here, endpoint.name)}`
          })
        )
      ),
    ...has.functions
      .filter(({ groups }) => groups !== undefined)
      .map((own) =>
        eni(`lambda/${own.name}`, undefined, {
          ...managed,
          InterfaceType: "lambda",
          Description: `AWS Lambda VPC ENI-${own.name}`,
          Groups: groups(own.groups)
        })
      ),
    ...has.databases
      .filter(({ stopped }) => stopped !== true)
      .map((database) =>
        eni(`rds/${database.name}`, undefined, {
          ...managed,
          Description: "RDSNetworkInterface",
          Groups: groups(database.groups)
        })
      ),
    ...has.caches.map((cache) =>
      eni(`cache/${cache.name}`, undefined, {
        ...managed,
        Description: `ElastiCache ${cache.name}`,
        Groups: groups(cache.groups)
      })
    ),
    ...has.ecsServices.flatMap((service) =>
      Array.from({ length: service.tasks }, (_, task) =>
        eni(`ecs/${service.name}/${task}`, undefined, {
          Description: `arn:aws:ecs:${here.region}:${here.account}:attachment/${hexOf(here, `${service.name}/${task}`, 32)}`,
          Groups: groups(service.groups)
        })
      )
    )
  ]
}

export const answers: Answers = {
  "ec2:DescribeRegions": (here): Answer<DescribeRegionsCommandOutput> => ({
    Regions: here.estate.regions.map((RegionName) => ({ RegionName, OptInStatus: "opt-in-not-required" }))
  }),

  "ec2:DescribeVolumes": (here, input: DescribeVolumesCommandInput): Answer<DescribeVolumesCommandOutput> => {
    const { items, next } = pageOf(volumes(here), input.NextToken, input.MaxResults, 500)
    return { Volumes: items, NextToken: next }
  },

  "ec2:DescribeInstances": (here, input: DescribeInstancesCommandInput): Answer<DescribeInstancesCommandOutput> => {
    const { items, next } = pageOf(here.has.instances, input.NextToken, input.MaxResults, most)
    return {
      Reservations: items.map((instance) => ({
        Instances: [
          {
            InstanceId: idOf("i", here, instance.name),
            InstanceType: instance.type as never,
            State: { Name: instance.stopped === undefined ? "running" : "stopped" },
            StateTransitionReason: stopReason(instance.stopped),
            LaunchTime: dateOf(instance.launched),
            ImageId: idOf("ami", here, instance.image ?? "amazon-linux"),
            RootDeviceName: deviceNames[0],
            VpcId: idOf("vpc", here, instance.vpc ?? "main"),
            Operator: { Managed: instance.managed === true },
            Tags: [
              ...namedPairs(instance),
              ...(instance.group === undefined ? [] : [{ Key: "aws:autoscaling:groupName", Value: instance.group }])
            ]
          }
        ]
      })),
      NextToken: next
    }
  },

  "ec2:DescribeNetworkInterfaces": (
    here,
    input: DescribeNetworkInterfacesCommandInput
  ): Answer<DescribeNetworkInterfacesCommandOutput> => {
    const { items, next } = pageOf(interfaces(here), input.NextToken, input.MaxResults, most)
    return { NetworkInterfaces: items, NextToken: next }
  },

  "ec2:DescribeAddresses": (here): Answer<DescribeAddressesCommandOutput> => ({
    Addresses: here.has.addresses.map((address) => {
      const { on } = address
      const instance = on !== undefined && "instance" in on ? on.instance : undefined
      const holder =
        on === undefined
          ? undefined
          : "instance" in on
            ? `instance/${on.instance}`
            : "natGateway" in on
              ? `nat/${on.natGateway}`
              : on.interface
      return {
        AllocationId: idOf("eipalloc", here, address.name),
        PublicIp: address.ip,
        PublicIpv4Pool: address.ownPool ? idOf("ipv4pool-ec2", here, "own") : "amazon",
        ...(holder === undefined
          ? {}
          : { AssociationId: idOf("eipassoc", here, address.name), NetworkInterfaceId: idOf("eni", here, holder) }),
        ...(instance === undefined ? {} : { InstanceId: idOf("i", here, instance) }),
        ...(address.serviceManaged === undefined ? {} : { ServiceManaged: address.serviceManaged as never }),
        Tags: namedPairs(address)
      }
    })
  }),

  "ec2:DescribeFastSnapshotRestores": (
    here,
    input: DescribeFastSnapshotRestoresCommandInput
  ): Answer<DescribeFastSnapshotRestoresCommandOutput> => {
    const all = here.has.snapshots.flatMap(({ fastRestore = [], name }) =>
      zonesOf(here, fastRestore).map((AvailabilityZone) => ({
        SnapshotId: idOf("snap", here, name),
        AvailabilityZone,
        State: "enabled" as const,
        OwnerId: here.account
      }))
    )
    const { items, next } = pageOf(all, input.NextToken, input.MaxResults, 200)
    return { FastSnapshotRestores: items, NextToken: next }
  },

  "ec2:DescribeLockedSnapshots": (
    here,
    input: DescribeLockedSnapshotsCommandInput
  ): Answer<DescribeLockedSnapshotsCommandOutput> => {
    const locked = here.has.snapshots.flatMap(({ lockedUntil, name }) =>
      lockedUntil === undefined
        ? []
        : [
            {
              SnapshotId: idOf("snap", here, name),
              LockState: "compliance" as const,
              LockExpiresOn: dateOf(lockedUntil)
            }
          ]
    )
    const { items, next } = pageOf(locked, input.NextToken, input.MaxResults, most)
    return { Snapshots: items, NextToken: next }
  },

  "ec2:DescribeSnapshotAttribute": (
    here,
    input: DescribeSnapshotAttributeCommandInput
  ): Answer<DescribeSnapshotAttributeCommandOutput> => ({
    SnapshotId: input.SnapshotId,
    CreateVolumePermissions: here.has.snapshots
      .filter(({ name }) => idOf("snap", here, name) === input.SnapshotId)
      .flatMap(({ sharedWith = [] }) => sharedWith.map((UserId) => ({ UserId })))
  }),

  "ec2:DescribeSnapshots": (here, input: DescribeSnapshotsCommandInput): Answer<DescribeSnapshotsCommandOutput> => {
    const behindImages = here.has.images.flatMap((image) =>
      image.disks.map((gb, index) => ({
        SnapshotId: imageSnapshotId(here, image.name, index),
        VolumeId: idOf("vol", here, `${image.name}-builder`),
        VolumeSize: gb,
        StartTime: dateOf(image.created),
        Description: `Created by CreateImage(${idOf("i", here, `${image.name}-builder`)}) for ${idOf("ami", here, image.name)}`,
        State: "completed" as const,
        StorageTier: "standard" as const,
        Encrypted: true,
        Tags: []
      }))
    )
    const own = here.has.snapshots.map((snapshot) => ({
      SnapshotId: idOf("snap", here, snapshot.name),
      VolumeId: snapshot.of === "copy" ? "vol-ffffffff" : idOf("vol", here, snapshot.of),
      VolumeSize: snapshot.gb,
      StartTime: dateOf(snapshot.started),
      Description: snapshot.description ?? "",
      State: "completed" as const,
      StorageTier: snapshot.archived ? ("archive" as const) : ("standard" as const),
      Encrypted: true,
      Tags: namedPairs(snapshot)
    }))
    const { items, next } = pageOf([...own, ...behindImages], input.NextToken, input.MaxResults, most)
    return { Snapshots: items, NextToken: next }
  }
}
