import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ec2 from "../../datasets/ec2.ts"
import { awsFailure, paged, readDataset, valueOf } from "./harness.ts"

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
      const { calls, read } = yield* readDataset(ec2.volumes, { "ec2:DescribeVolumes": paged(items, "Volumes", maxResults) })
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
        read.error.message,
        "ec2:DescribeVolumes in 111111111111/eu-west-1: answered something that is not an AWS answer (Volumes[].VolumeId is missing)"
      )
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

describe("ec2.networkInterfaces", () => {
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
