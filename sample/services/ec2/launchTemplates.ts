/** Launch templates, and the fleets that could launch from them, of which there are none. */
import type {
  DescribeFleetsCommandOutput,
  DescribeLaunchTemplatesCommandInput,
  DescribeLaunchTemplatesCommandOutput,
  DescribeLaunchTemplateVersionsCommandInput,
  DescribeLaunchTemplateVersionsCommandOutput,
  DescribeSpotFleetRequestsCommandOutput
} from "@aws-sdk/client-ec2"
import type { Named, When } from "../../estate.ts"
import { arnOf, idOf } from "../../ids.ts"
import { type Answer, dateOf, defineService, pageOf, pairs } from "../../Service.ts"

declare module "../../estate.ts" {
  interface Region {
    readonly launchTemplates: ReadonlyArray<LaunchTemplate>
  }
}

export interface LaunchTemplate extends Named {
  /** Oldest first; the number of a version is its place, counted from one. */
  readonly versions: ReadonlyArray<{
    readonly image?: string
    readonly groups?: ReadonlyArray<string>
    readonly snapshots?: ReadonlyArray<string>
  }>
  readonly defaultVersion: number
  /** When its newest version was made. Default: it is older than any window. */
  readonly changed?: When
}

const made = "2023-02-08T10:00:00Z"

export default defineService({
  region: { launchTemplates: [] },
  answers: {
    "ec2:DescribeLaunchTemplates": (
      here,
      input: DescribeLaunchTemplatesCommandInput
    ): Answer<DescribeLaunchTemplatesCommandOutput> => {
      const { items, next } = pageOf(here.has.launchTemplates, input.NextToken, input.MaxResults, 200)
      return {
        LaunchTemplates: items.map(({ defaultVersion, name, tags, versions }) => ({
          LaunchTemplateId: idOf("lt", here, name),
          LaunchTemplateName: name,
          CreateTime: dateOf(made),
          CreatedBy: `arn:aws:iam::${here.account}:role/deploy`,
          DefaultVersionNumber: defaultVersion,
          LatestVersionNumber: versions.length,
          Tags: pairs(tags)
        })),
        NextToken: next
      }
    },

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
          CreateTime: dateOf((number === template.versions.length ? template.changed : undefined) ?? made),
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
  },
  resources: (here) =>
    here.has.launchTemplates.map(({ name, tags }) => ({
      type: "ec2:launch-template",
      arn: arnOf("ec2", here, `launch-template/${idOf("lt", here, name)}`),
      tags
    }))
})
