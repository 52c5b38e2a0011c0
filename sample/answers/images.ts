/** EC2's answers about images, and about what launches from them. */
import type {
  DescribeFleetsCommandOutput,
  DescribeImageAttributeCommandInput,
  DescribeImageAttributeCommandOutput,
  DescribeImageReferencesCommandInput,
  DescribeImageReferencesCommandOutput,
  DescribeImagesCommandInput,
  DescribeImagesCommandOutput,
  DescribeLaunchTemplateVersionsCommandInput,
  DescribeLaunchTemplateVersionsCommandOutput,
  DescribeSpotFleetRequestsCommandOutput
} from "@aws-sdk/client-ec2"
import { idOf } from "../ids.ts"
import { imageSnapshotId } from "./ec2.ts"
import { type Answer, type Answers, dateOf, type Here, namedPairs, pageOf } from "./Here.ts"

const most = 1000

const imageOf = (here: Here, id: string | undefined) =>
  here.has.images.find(({ name }) => idOf("ami", here, name) === id)

export const answers: Answers = {
  "ec2:DescribeImages": (here, input: DescribeImagesCommandInput): Answer<DescribeImagesCommandOutput> => {
    const { items, next } = pageOf(here.has.images, input.NextToken, input.MaxResults, most)
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
  }),

  "ec2:DescribeLaunchTemplateVersions": (
    here,
    input: DescribeLaunchTemplateVersionsCommandInput
  ): Answer<DescribeLaunchTemplateVersionsCommandOutput> => {
    const asked = new Set(input.Versions)
    const all = here.has.launchTemplates
      .filter(({ name }) => input.LaunchTemplateId === undefined || input.LaunchTemplateId === idOf("lt", here, name))
      .flatMap((template) =>
        template.versions.flatMap((version, index) => {
          const number = index + 1
          const isAsked =
            asked.has(String(number)) ||
            (asked.has("$Latest") && number === template.versions.length) ||
            (asked.has("$Default") && number === template.defaultVersion)
          return isAsked ? [{ template, version, number }] : []
        })
      )
    const { items, next } = pageOf(all, input.NextToken, input.MaxResults, 200)
    return {
      LaunchTemplateVersions: items.map(({ number, template, version }) => ({
        LaunchTemplateId: idOf("lt", here, template.name),
        LaunchTemplateName: template.name,
        VersionNumber: number,
        DefaultVersion: number === template.defaultVersion,
        LaunchTemplateData: {
          ...(version.image === undefined ? {} : { ImageId: idOf("ami", here, version.image) }),
          SecurityGroupIds: (version.groups ?? []).map((group) => idOf("sg", here, group)),
          BlockDeviceMappings: (version.snapshots ?? []).map((snapshot) => ({
            DeviceName: "/dev/sdf",
            Ebs: { SnapshotId: idOf("snap", here, snapshot) }
          }))
        }
      })),
      NextToken: next
    }
  },

  "ec2:DescribeSpotFleetRequests": (): Answer<DescribeSpotFleetRequestsCommandOutput> => ({
    SpotFleetRequestConfigs: []
  }),

  "ec2:DescribeFleets": (): Answer<DescribeFleetsCommandOutput> => ({ Fleets: [] })
}
