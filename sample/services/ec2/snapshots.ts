import type {
  DescribeFastSnapshotRestoresCommandInput,
  DescribeFastSnapshotRestoresCommandOutput,
  DescribeLockedSnapshotsCommandInput,
  DescribeLockedSnapshotsCommandOutput,
  DescribeSnapshotAttributeCommandInput,
  DescribeSnapshotAttributeCommandOutput,
  DescribeSnapshotsCommandInput,
  DescribeSnapshotsCommandOutput,
  Snapshot as AwsSnapshot
} from "@aws-sdk/client-ec2"
import type { Tagged, When } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, dateOf, defineService, type Here, namedPairs, namedTags, pageOf } from "../../Service.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly snapshots: ReadonlyArray<Snapshot>
  }
}

export interface Snapshot extends Tagged {
  readonly gb: number
  readonly started: When
  readonly description?: string
  /** The volume by name; one that no longer exists, or `copy`, which AWS shows as vol-ffffffff. */
  readonly of: string | "copy"
  readonly archived?: true
  readonly sharedWith?: ReadonlyArray<string>
  /** Locked against deletion until then. */
  readonly lockedUntil?: When
  /** Letters of the zones in which fast restore is on. */
  readonly fastRestore?: ReadonlyArray<string>
}

const most = 1000

/** The id of the snapshot behind a disk of an image. */
export const imageSnapshotId = (here: Here, image: string, disk: number) => idOf("snap", here, `${image}/${disk}`)

const ownSnapshots = (here: Here): ReadonlyArray<AwsSnapshot> =>
  here.has.snapshots.map((snapshot) => ({
    SnapshotId: idOf("snap", here, snapshot.name),
    VolumeId: snapshot.of === "copy" ? "vol-ffffffff" : idOf("vol", here, snapshot.of),
    VolumeSize: snapshot.gb,
    StartTime: dateOf(snapshot.started),
    Description: snapshot.description ?? "",
    State: "completed",
    StorageTier: snapshot.archived ? "archive" : "standard",
    Encrypted: true,
    Tags: namedPairs(snapshot)
  }))

const behindImages = (here: Here): ReadonlyArray<AwsSnapshot> =>
  here.has.images.flatMap((image) =>
    image.disks.map((gb, index): AwsSnapshot => ({
      SnapshotId: imageSnapshotId(here, image.name, index),
      VolumeId: idOf("vol", here, `${image.name}-builder`),
      VolumeSize: gb,
      StartTime: dateOf(image.created),
      Description: `Created by CreateImage(${idOf("i", here, `${image.name}-builder`)}) for ${idOf("ami", here, image.name)}`,
      State: "completed",
      StorageTier: "standard",
      Encrypted: true,
      Tags: []
    }))
  )

export default defineService({
  region: { snapshots: [] },
  answers: {
    "ec2:DescribeSnapshots": (here, input: DescribeSnapshotsCommandInput): Answer<DescribeSnapshotsCommandOutput> => {
      const all = [...ownSnapshots(here), ...behindImages(here)]
      const { items, next } = pageOf(all, input.NextToken, input.MaxResults, most)
      return { Snapshots: items, NextToken: next }
    },

    "ec2:DescribeFastSnapshotRestores": (
      here,
      input: DescribeFastSnapshotRestoresCommandInput
    ): Answer<DescribeFastSnapshotRestoresCommandOutput> => {
      const all = here.has.snapshots.flatMap(({ fastRestore = [], name }) =>
        fastRestore.map((letter) => ({
          SnapshotId: idOf("snap", here, name),
          AvailabilityZone: `${here.region}${letter}`,
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
    })
  },
  resources: (here) => [
    ...here.has.snapshots.map((snapshot) => ({
      type: "ec2:snapshot",
      arn: arnOf("ec2", here, `snapshot/${idOf("snap", here, snapshot.name)}`),
      tags: namedTags(snapshot)
    })),
    ...behindImages(here).map(({ SnapshotId }) => ({
      type: "ec2:snapshot",
      arn: arnOf("ec2", here, `snapshot/${SnapshotId}`),
      tags: undefined
    }))
  ]
})
