import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as ec2 from "../../../datasets/aws/ec2.ts"
import { awsFailure, noSeries, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const maxResults = { size: "MaxResults" }

const awsVolume = (index: number) => ({
  VolumeId: `vol-${index}`,
  VolumeType: "gp3",
  Size: 10,
  State: "available",
  CreateTime: new Date("2026-01-01T00:00:00Z"),
  Tags: [{ Key: "Name", Value: `data-${index}` }]
})

describe("ec2.volumes", () => {
  it.effect("reads 1,201 volumes in three calls of 500", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1201 }, (_, index) => awsVolume(index))
      const { calls, read } = yield* readDataset(ec2.volumes, {
        "ec2:DescribeVolumes": paged(items, "Volumes", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeVolumes": 3 })
      assert.strictEqual(valueOf(read).length, 1201)
      assert.strictEqual(valueOf(read)[1200].arn, "arn:aws:ec2:eu-west-1:111111111111:volume/vol-1200")
      assert.deepStrictEqual(valueOf(read)[7].tags, { Name: "data-7" })
    })
  )

  it.effect("keeps what was read and names the gap when a later page is denied", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 600 }, (_, index) => awsVolume(index))
      const pages = paged(items, "Volumes", maxResults)
      const { read } = yield* readDataset(ec2.volumes, {
        "ec2:DescribeVolumes": (input) => {
          if (input.NextToken !== undefined) throw awsFailure("UnauthorizedOperation", "no", 403)
          return pages(input)
        }
      })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.strictEqual(read.value.length, 500)
      assert.strictEqual(
        read.gaps[0]?.message,
        "ec2:DescribeVolumes in 111111111111/eu-west-1: denied by IAM: a permission is missing"
      )
    })
  )

  it.effect("calls an answer without an id malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2.volumes, { "ec2:DescribeVolumes": () => ({ Volumes: [{ Size: 1 }] }) })
      assert.isFalse(read.ok)
      if (read.ok) return
      assert.strictEqual(
        read.error.summary,
        "ec2:DescribeVolumes: answered something that is not an AWS answer (Volumes[].VolumeId is missing)"
      )
    })
  )
})

describe("ec2.volumes and their encryption", () => {
  it.effect("tells whether a volume is encrypted and shared, and does not guess", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2.volumes, {
        "ec2:DescribeVolumes": () => ({
          Volumes: [{ ...awsVolume(1), Encrypted: true, MultiAttachEnabled: true }, awsVolume(2)]
        })
      })
      assert.deepStrictEqual(
        valueOf(read).map(({ encrypted, multiAttach }: ec2.Volume) => [encrypted, multiAttach]),
        [
          [true, true],
          [undefined, false]
        ]
      )
    })
  )

  it.effect("reads volumes and snapshots as one list, which has a gap where one of them has", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(ec2.volumesAndSnapshots, {
        "ec2:DescribeVolumes": () => ({ Volumes: [awsVolume(1)] }),
        "ec2:DescribeSnapshots": (input) => {
          if (input.NextToken !== undefined) throw awsFailure("UnauthorizedOperation", "no", 403)
          return {
            Snapshots: [{ SnapshotId: "snap-1", VolumeSize: 1, StartTime: new Date(0), State: "completed" }],
            NextToken: "1"
          }
        }
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeVolumes": 1, "ec2:DescribeSnapshots": 2 })
      assert.isTrue(read.ok)
      if (!read.ok) return
      assert.deepStrictEqual(
        read.value.map(({ id }: ec2.Volume) => id),
        ["vol-1", "snap-1"]
      )
      assert.strictEqual(read.gaps.length, 1)
    })
  )

  it.effect("reads the region's setting in one call, and calls an answer without it malformed", () =>
    Effect.gen(function* () {
      const off = yield* readDataset(ec2.encryptionByDefault, {
        "ec2:GetEbsEncryptionByDefault": () => ({ EbsEncryptionByDefault: false })
      })
      assert.deepStrictEqual(off.calls, { "ec2:GetEbsEncryptionByDefault": 1 })
      assert.isFalse(valueOf(off.read))
      const { read } = yield* readDataset(ec2.encryptionByDefault, { "ec2:GetEbsEncryptionByDefault": () => ({}) })
      assert.isFalse(read.ok)
    })
  )
})

describe("ec2.volumeUse and ec2.volumeBytes", () => {
  it.effect("ask four and two series of a volume, in periods of five minutes", () =>
    Effect.gen(function* () {
      const volume = { id: "vol-1" } as ec2.Volume
      const asked = (sent: ReadonlyArray<{ readonly input: any }>) =>
        sent
          .flatMap(({ input }) => input.MetricDataQueries)
          .map(({ MetricStat: { Metric, Period, Stat } }) => `${Metric.MetricName} ${Stat} ${Period}`)
          .sort()
      const use = yield* readProbe(ec2.volumeUse(14), [volume], { "cloudwatch:GetMetricData": noSeries })
      assert.deepStrictEqual(asked(use.sent), [
        "VolumeReadBytes Sum 300",
        "VolumeReadOps Sum 300",
        "VolumeWriteBytes Sum 300",
        "VolumeWriteOps Sum 300"
      ])
      const bytes = yield* readProbe(ec2.volumeBytes(14), [volume], { "cloudwatch:GetMetricData": noSeries })
      assert.deepStrictEqual(asked(bytes.sent), ["VolumeReadBytes Sum 300", "VolumeWriteBytes Sum 300"])
    })
  )
})

describe("ec2.unlimitedIds", () => {
  const running = (type: string, state = "running") => ({
    "ec2:DescribeInstances": () => ({
      Reservations: [{ Instances: [{ InstanceId: "i-1", InstanceType: type, State: { Name: state } }] }]
    })
  })

  it.effect("reads 1,001 modes in two calls, and keeps those that are unlimited now", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1001 }, (_, index) => ({
        InstanceId: `i-${index}`,
        CpuCredits: index === 5 ? "standard" : "Unlimited"
      }))
      const { calls, read } = yield* readDataset(ec2.unlimitedIds, {
        ...running("t3.large"),
        "ec2:DescribeInstanceCreditSpecifications": paged(items, "InstanceCreditSpecifications", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1, "ec2:DescribeInstanceCreditSpecifications": 2 })
      assert.strictEqual(valueOf(read).size, 1000)
      assert.isFalse(valueOf(read).has("i-5"))
    })
  )

  it.effect("makes no call where no burstable type runs, and knows nothing of an answer without a mode", () =>
    Effect.gen(function* () {
      for (const instances of [running("m5.large"), running("t3.large", "stopped")]) {
        const { calls, read } = yield* readDataset(ec2.unlimitedIds, instances)
        assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1 })
        assert.strictEqual(valueOf(read).size, 0)
      }
      const { read } = yield* readDataset(ec2.unlimitedIds, {
        ...running("t3.large"),
        "ec2:DescribeInstanceCreditSpecifications": () => ({ InstanceCreditSpecifications: [{ InstanceId: "i-1" }] })
      })
      assert.isFalse(read.ok)
    })
  )
})

describe("ec2.modifyingVolumeIds", () => {
  it.effect("reads 501 changes in two calls, and takes none without a volume", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 501 }, (_, index) => ({ VolumeId: `vol-${index}` }))
      const pages = paged(items, "VolumesModifications", maxResults)
      const { calls, read } = yield* readDataset(ec2.modifyingVolumeIds, {
        "ec2:DescribeVolumesModifications": (input) => {
          assert.deepStrictEqual(input.Filters, [{ Name: "modification-state", Values: ["modifying", "optimizing"] }])
          return pages(input)
        }
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeVolumesModifications": 2 })
      assert.strictEqual(valueOf(read).size, 501)
      const broken = yield* readDataset(ec2.modifyingVolumeIds, {
        "ec2:DescribeVolumesModifications": () => ({ VolumesModifications: [{}] })
      })
      assert.isFalse(broken.read.ok)
    })
  )
})

describe("ec2.instances", () => {
  it.effect("tells since when an instance is stopped, where EC2 does", () =>
    Effect.gen(function* () {
      const aws = (id: string, StateTransitionReason: string) => ({
        InstanceId: id,
        State: { Name: "stopped" },
        StateTransitionReason
      })
      const { calls, read } = yield* readDataset(ec2.instances, {
        "ec2:DescribeInstances": () => ({
          Reservations: [
            { Instances: [aws("i-1", "User initiated (2026-09-01 08:00:00 GMT)")] },
            { Instances: [aws("i-2", "Server.SpotInstanceTermination")] }
          ]
        })
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeInstances": 1 })
      assert.deepStrictEqual(
        valueOf(read).map(({ stoppedAt }: ec2.Instance) => stoppedAt?.toISOString()),
        ["2026-09-01T08:00:00.000Z", undefined]
      )
    })
  )
})

describe("ec2.instances and their bills", () => {
  it.effect("tells how an instance was bought, where it runs and what for", () =>
    Effect.gen(function* () {
      const aws = (more: object) => ({
        InstanceId: "i-1",
        InstanceType: "m5.large",
        State: { Name: "running" },
        ...more
      })
      const read = (more: object) =>
        Effect.map(
          readDataset(ec2.instances, {
            "ec2:DescribeInstances": () => ({ Reservations: [{ Instances: [aws(more)] }] })
          }),
          ({ read }): ec2.Instance => valueOf(read)[0]
        )
      const usual = yield* read({ CapacityReservationId: "" })
      assert.deepInclude(usual, {
        lifecycle: "on-demand",
        tenancy: "default",
        availabilityZone: "",
        capacityReservationId: undefined,
        onOutpost: false
      })
      const other = yield* read({
        InstanceLifecycle: "Spot",
        Placement: { AvailabilityZone: "eu-west-1b", Tenancy: "Dedicated" },
        CapacityReservationId: "cr-1",
        UsageOperation: "RunInstances:0002",
        PlatformDetails: "Windows",
        OutpostArn: "arn:aws:outposts:eu-west-1:111111111111:outpost/op-1"
      })
      assert.deepInclude(other, {
        lifecycle: "spot",
        tenancy: "dedicated",
        availabilityZone: "eu-west-1b",
        capacityReservationId: "cr-1",
        usageOperation: "RunInstances:0002",
        platformDetails: "Windows",
        onOutpost: true
      })
    })
  )

  it.effect("calls a reservation without its instances malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2.instances, { "ec2:DescribeInstances": () => ({ Reservations: [{}] }) })
      assert.match(read.ok ? "" : read.error.summary, /Reservations\[\]\.Instances is missing/)
    })
  )
})

describe("ec2.snapshots", () => {
  it.effect("asks for the account's own only, 1,000 a page", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 2500 }, (_, index) => ({
        SnapshotId: `snap-${index}`,
        VolumeId: "vol-1",
        VolumeSize: 8,
        StartTime: new Date("2026-01-01T00:00:00Z"),
        State: "completed"
      }))
      const { calls, read, sent } = yield* readDataset(ec2.snapshots, {
        "ec2:DescribeSnapshots": paged(items, "Snapshots", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeSnapshots": 3 })
      assert.deepStrictEqual(sent[0]?.input.OwnerIds, ["self"])
      assert.strictEqual(valueOf(read)[0].tier, "standard")
    })
  )
})

describe("ec2.snapshots and the services that make them", () => {
  it.effect("tells them by tags and, where a copy lost those, by the wording", () =>
    Effect.gen(function* () {
      const aws = (id: string, more: object) => ({
        SnapshotId: id,
        VolumeId: "vol-1",
        VolumeSize: 8,
        StartTime: new Date("2026-01-01T00:00:00Z"),
        State: "completed",
        ...more
      })
      const tag = (Key: string) => ({ Tags: [{ Key, Value: "x" }] })
      const { read } = yield* readDataset(ec2.snapshots, {
        "ec2:DescribeSnapshots": () => ({
          Snapshots: [
            aws("snap-own", { Description: "before AWS Backup was switched on", ...tag("backup") }),
            aws("snap-backup", tag("aws:backup:source-resource")),
            aws("snap-wording", { Description: "This snapshot is created by the AWS Backup service." }),
            aws("snap-dlm", tag("aws:dlm:lifecycle-policy-id")),
            aws("snap-drs", tag("AWSElasticDisasterRecoveryManaged")),
            aws("snap-outpost", { OutpostArn: "arn:aws:outposts:eu-west-1:111111111111:outpost/op-1" })
          ]
        })
      })
      const snapshots: ReadonlyArray<ec2.Snapshot> = valueOf(read)
      assert.deepStrictEqual(
        snapshots.map(({ backupService }) => backupService),
        [undefined, "AWS Backup", "AWS Backup", "Data Lifecycle Manager", "Elastic Disaster Recovery", undefined]
      )
      assert.deepStrictEqual(
        snapshots.filter(({ onOutpost }) => onOutpost).map(({ id }) => id),
        ["snap-outpost"]
      )
    })
  )
})

describe("ec2.addresses", () => {
  it.effect("reads all of them in one call and tells whose they are", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(ec2.addresses, {
        "ec2:DescribeAddresses": () => ({
          Addresses: [
            {
              AllocationId: "eipalloc-1",
              PublicIp: "198.51.100.1",
              PublicIpv4Pool: "amazon",
              InstanceId: "",
              AssociationId: "",
              NetworkInterfaceId: ""
            },
            { AllocationId: "eipalloc-2", PublicIp: "198.51.100.2" },
            { AllocationId: "eipalloc-3", PublicIp: "203.0.113.3", PublicIpv4Pool: "ipv4pool-ec2-1" },
            { AllocationId: "eipalloc-4", CarrierIp: "192.0.2.4" },
            { AllocationId: "eipalloc-5", CustomerOwnedIp: "192.0.2.5", PublicIpv4Pool: "amazon" },
            { AllocationId: "eipalloc-6", PublicIp: "198.51.100.6", ServiceManaged: "alb" },
            { AllocationId: "eipalloc-7", PublicIp: "198.51.100.7", PublicIpv4Pool: "ipam-pool-1" }
          ]
        })
      })
      const addresses: ReadonlyArray<ec2.Address> = valueOf(read)
      assert.deepStrictEqual(calls, { "ec2:DescribeAddresses": 1 })
      assert.deepStrictEqual(
        addresses.map(({ provider }) => provider),
        ["amazon", "amazon", "customer", "carrier", "outpost", "amazon", "ipam"]
      )
      assert.deepStrictEqual(
        addresses.map(({ serviceManaged }) => serviceManaged),
        [false, false, false, false, false, true, false]
      )
      assert.strictEqual(addresses[0]?.arn, "arn:aws:ec2:eu-west-1:111111111111:elastic-ip/eipalloc-1")
      const { associationId, instanceId, networkInterfaceId } = addresses[0] ?? {}
      assert.deepStrictEqual([associationId, instanceId, networkInterfaceId], [undefined, undefined, undefined])
      assert.strictEqual(addresses[3]?.publicIp, "192.0.2.4")
    })
  )

  it.effect("calls an address without an allocation malformed", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2.addresses, {
        "ec2:DescribeAddresses": () => ({ Addresses: [{ PublicIp: "198.51.100.1" }] })
      })
      assert.match(read.ok ? "" : read.error.summary, /Addresses\[\]\.AllocationId is missing/)
    })
  )
})

describe("ec2.ipamPoolSources", () => {
  it.effect(
    "tells Amazon's contiguous blocks from ranges that the customer brought, and leaves private pools out",
    () =>
      Effect.gen(function* () {
        const { calls, readings } = yield* readProbe(ec2.ipamPoolSources, [undefined], {
          "ec2:DescribeIpamPools": () => ({
            IpamPools: [
              { IpamPoolId: "ipam-pool-1", PublicIpSource: "Amazon" },
              { IpamPoolId: "ipam-pool-2", PublicIpSource: "byoip" },
              { IpamPoolId: "ipam-pool-3" }
            ]
          })
        })
        assert.deepStrictEqual(calls, { "ec2:DescribeIpamPools": 1 })
        const sources = new Map([
          ["ipam-pool-1", "amazon"],
          ["ipam-pool-2", "byoip"]
        ])
        assert.deepStrictEqual(readings, [known(sources)])
      })
  )

  it.effect("is not known where AWS refuses or leaves the list out", () =>
    Effect.gen(function* () {
      const refuse = () => {
        throw awsFailure("UnauthorizedOperation", "no", 403)
      }
      for (const answer of [refuse, () => ({})]) {
        const { readings } = yield* readProbe(ec2.ipamPoolSources, [undefined], { "ec2:DescribeIpamPools": answer })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})

describe("ec2.fastRestoreZones", () => {
  it.effect("asks only for what the account itself pays for, and reads 450 in three calls of 200", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 450 }, (_, index) => ({
        SnapshotId: `snap-${Math.floor(index / 3)}`,
        AvailabilityZone: `eu-west-1${"cab"[index % 3]}`,
        State: "enabled"
      }))
      const { calls, read, sent } = yield* readDataset(ec2.fastRestoreZones, {
        "ec2:DescribeFastSnapshotRestores": paged(items, "FastSnapshotRestores", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeFastSnapshotRestores": 3 })
      assert.deepStrictEqual(sent[0]?.input.Filters, [
        { Name: "state", Values: ["enabling", "optimizing", "enabled"] },
        { Name: "owner-id", Values: ["111111111111"] }
      ])
      assert.strictEqual(valueOf(read).size, 150)
      assert.deepStrictEqual(valueOf(read).get("snap-7"), ["eu-west-1a", "eu-west-1b", "eu-west-1c"])
    })
  )
})

describe("ec2.lockedSnapshotIds", () => {
  it.effect("leaves out locks that have expired, and reads 1,001 in two calls of 1,000", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1001 }, (_, index) => ({ SnapshotId: `snap-${index}` }))
      const { calls, read, sent } = yield* readDataset(ec2.lockedSnapshotIds, {
        "ec2:DescribeLockedSnapshots": paged(items, "Snapshots", maxResults)
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeLockedSnapshots": 2 })
      assert.deepStrictEqual(sent[0]?.input.Filters, [
        { Name: "lock-state", Values: ["compliance-cooloff", "governance", "compliance"] }
      ])
      assert.isTrue(valueOf(read).has("snap-1000"))
    })
  )
})

describe("ec2.snapshotPermissions", () => {
  const snapshots = [{ id: "snap-1" }, { id: "snap-2" }, { id: "snap-3" }]

  it.effect("takes one call for each snapshot", () =>
    Effect.gen(function* () {
      const shared: Record<string, object> = { "snap-1": [{ UserId: "222222222222" }], "snap-2": [{ Group: "all" }] }
      const { calls, readings } = yield* readProbe(ec2.snapshotPermissions, snapshots, {
        "ec2:DescribeSnapshotAttribute": ({ Attribute, SnapshotId }) => {
          assert.strictEqual(Attribute, "createVolumePermission")
          return { SnapshotId, CreateVolumePermissions: shared[SnapshotId] ?? [] }
        }
      })
      assert.deepStrictEqual(calls, { "ec2:DescribeSnapshotAttribute": 3 })
      assert.deepStrictEqual(readings, [known(["222222222222"]), known(["all"]), known([])])
    })
  )

  it.effect("does not know the one that AWS refuses, or answers without the permissions", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(ec2.snapshotPermissions, snapshots, {
        "ec2:DescribeSnapshotAttribute": ({ SnapshotId }) => {
          if (SnapshotId === "snap-1") throw awsFailure("InvalidSnapshot.NotFound")
          return SnapshotId === "snap-2" ? {} : { CreateVolumePermissions: [] }
        }
      })
      assert.deepStrictEqual(
        readings.map(({ known }) => known),
        [false, false, true]
      )
    })
  )

  it("is remembered: a permission changes rarely", () => {
    assert.strictEqual(ec2.snapshotPermissions.identity?.({ id: "snap-1" }), "snap-1")
  })
})

describe("ec2", () => {
  const lists = [
    [ec2.volumes, "ec2:DescribeVolumes", "Volumes"],
    [ec2.instances, "ec2:DescribeInstances", "Reservations"],
    [ec2.networkInterfaces, "ec2:DescribeNetworkInterfaces", "NetworkInterfaces"],
    [ec2.addresses, "ec2:DescribeAddresses", "Addresses"],
    [ec2.snapshots, "ec2:DescribeSnapshots", "Snapshots"],
    [ec2.fastRestoreZones, "ec2:DescribeFastSnapshotRestores", "FastSnapshotRestores"],
    [ec2.lockedSnapshotIds, "ec2:DescribeLockedSnapshots", "Snapshots"]
  ] as const

  it.effect("calls an answer without its list malformed, and one whose list is empty empty", () =>
    Effect.gen(function* () {
      for (const [dataset, operation, field] of lists) {
        const { read } = yield* readDataset(dataset, { [operation]: () => ({}) })
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`, dataset.name)
        const { read: empty } = yield* readDataset(dataset, { [operation]: () => ({ [field]: [] }) })
        assert.isTrue(empty.ok && empty.gaps.length === 0, dataset.name)
      }
    })
  )

  it.effect("calls an interface without its groups malformed: they would look unused", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2.networkInterfaces, {
        "ec2:DescribeNetworkInterfaces": () => ({
          NetworkInterfaces: [{ NetworkInterfaceId: "eni-1", Status: "in-use" }]
        })
      })
      assert.include(read.ok ? "" : read.error.summary, "NetworkInterfaces[].Groups is missing")
    })
  )

  it.effect("reads states in any case", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2.volumes, {
        "ec2:DescribeVolumes": () => ({ Volumes: [{ ...awsVolume(1), State: "Available", VolumeType: "GP3" }] })
      })
      assert.deepInclude(valueOf(read)[0], { state: "available", type: "gp3" })
    })
  )

  it.effect("asks for what AWS services run as well, although the account may hide it", () =>
    Effect.gen(function* () {
      const answers = {
        "ec2:DescribeVolumes": () => ({ Volumes: [] }),
        "ec2:DescribeInstances": () => ({ Reservations: [] }),
        "ec2:DescribeNetworkInterfaces": () => ({ NetworkInterfaces: [] })
      }
      for (const dataset of [ec2.volumes, ec2.instances, ec2.networkInterfaces]) {
        const { sent } = yield* readDataset(dataset, answers)
        assert.strictEqual(sent[0]?.input.IncludeManagedResources, true)
      }
    })
  )
})

describe("ec2.networkInterfaces", () => {
  it.effect("knows a NAT gateway's interface by the name of the model and by that of the answers", () =>
    Effect.gen(function* () {
      const eni = (id: string, InterfaceType: string) => ({
        NetworkInterfaceId: id,
        Status: "in-use",
        InterfaceType,
        Groups: []
      })
      const { read } = yield* readDataset(ec2.networkInterfaces, {
        "ec2:DescribeNetworkInterfaces": () => ({
          NetworkInterfaces: [eni("eni-1", "natGateway"), eni("eni-2", "nat_gateway"), eni("eni-3", "vpc_endpoint")]
        })
      })
      assert.deepStrictEqual(
        valueOf(read).map(({ type }: ec2.NetworkInterface) => type),
        ["nat_gateway", "nat_gateway", "vpc_endpoint"]
      )
    })
  )

  it.effect("collects every public address of an interface once", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(ec2.networkInterfaces, {
        "ec2:DescribeNetworkInterfaces": () => ({
          NetworkInterfaces: [
            {
              NetworkInterfaceId: "eni-1",
              Status: "in-use",
              Association: { PublicIp: "198.51.100.1" },
              PrivateIpAddresses: [
                { Association: { PublicIp: "198.51.100.1" } },
                { Association: { PublicIp: "198.51.100.2" } },
                {}
              ],
              Groups: [{ GroupId: "sg-1" }]
            }
          ]
        })
      })
      assert.deepStrictEqual(valueOf(read)[0].publicIps, ["198.51.100.1", "198.51.100.2"])
      assert.deepStrictEqual(valueOf(read)[0].securityGroupIds, ["sg-1"])
    })
  )
})
