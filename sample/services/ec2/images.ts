import type {
  DescribeImageAttributeCommandInput,
  DescribeImageAttributeCommandOutput,
  DescribeImageReferencesCommandInput,
  DescribeImageReferencesCommandOutput,
  DescribeImagesCommandInput,
  DescribeImagesCommandOutput,
  GetAllowedImagesSettingsCommandOutput
} from "@aws-sdk/client-ec2"
import { idOf } from "../../ids.ts"
import { imageSnapshotId } from "./snapshots.ts"
import type { Named, When } from "../../estate.ts"
import { type Answer, dateOf, defineService, type Here, namedPairs, namedTags, pageOf } from "../../Service.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly images: ReadonlyArray<Image>
  }
}

export interface Image extends Named {
  readonly created: When
  /** Null: never. */
  readonly lastLaunched: When | null
  /** Size of the snapshot behind each disk, in GB. */
  readonly disks: ReadonlyArray<number>
  readonly sharedWith?: ReadonlyArray<string>
  /** SSM parameters or Image Builder recipes that point to it. */
  readonly referencedBy?: ReadonlyArray<{ readonly type: string; readonly arn: string }>
  readonly deprecated?: When
}

const most = 1000

const imageOf = (here: Here, id: string | undefined) =>
  here.has.images.find(({ name }) => idOf("ami", here, name) === id)

export default defineService({
  region: { images: [] },
  answers: {
    "ec2:GetAllowedImagesSettings": (): Answer<GetAllowedImagesSettingsCommandOutput> => ({ State: "disabled" }),

    "ec2:DescribeImages": (here, input: DescribeImagesCommandInput): Answer<DescribeImagesCommandOutput> => {
      const asked = input.Filters?.find(({ Name }) => Name === "image-id")?.Values
      const all = here.has.images.filter(({ name }) => asked?.includes(idOf("ami", here, name)) !== false)
      const { items, next } = pageOf(all, input.NextToken, input.MaxResults, most)
      return {
        Images: items.map((image) => ({
          ImageId: idOf("ami", here, image.name),
          Name: image.name,
          State: "available",
          Architecture: "x86_64",
          CreationDate: dateOf(image.created).toISOString(),
          LastLaunchedTime: image.lastLaunched === null ? undefined : dateOf(image.lastLaunched).toISOString(),
          DeprecationTime: image.deprecated === undefined ? undefined : dateOf(image.deprecated).toISOString(),
          Public: false,
          OwnerId: here.account,
          BlockDeviceMappings: image.disks.map((gb, index) => ({
            DeviceName: index === 0 ? "/dev/xvda" : `/dev/sd${"fghi"[index - 1]}`,
            Ebs: { SnapshotId: imageSnapshotId(here, image.name, index), VolumeSize: gb }
          })),
          Tags: namedPairs(image)
        })),
        NextToken: next
      }
    },

    "ec2:DescribeImageReferences": (
      here,
      input: DescribeImageReferencesCommandInput
    ): Answer<DescribeImageReferencesCommandOutput> => ({
      ImageReferences: (input.ImageIds ?? []).flatMap((ImageId) =>
        (imageOf(here, ImageId)?.referencedBy ?? []).map(({ arn, type }) => ({
          ImageId,
          ResourceType: type as never,
          Arn: arn
        }))
      )
    }),

    "ec2:DescribeImageAttribute": (
      here,
      input: DescribeImageAttributeCommandInput
    ): Answer<DescribeImageAttributeCommandOutput> => ({
      ImageId: input.ImageId,
      LaunchPermissions: (imageOf(here, input.ImageId)?.sharedWith ?? []).map((UserId) => ({ UserId }))
    })
  },
  resources: (here) =>
    here.has.images.map((image) => ({
      type: "ec2:image",
      arn: `arn:aws:ec2:${here.region}::image/${idOf("ami", here, image.name)}`,
      tags: namedTags(image)
    }))
})
