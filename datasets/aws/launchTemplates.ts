/** From what EC2 launches instances: launch templates, fleets, and what Auto Scaling groups name. */
import {
  DescribeFleetsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSpotFleetRequestsCommand,
  EC2Client,
  type FleetLaunchTemplateSpecification,
  type LaunchTemplateVersion
} from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { arn } from "../../core/aws/arn.ts"
import { AwsTarget, complete, list, required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { groups, launchConfigurations, type LaunchTemplateReference } from "./autoscaling.ts"
import { dataset, derived, listOf, readOf } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"
import { paging, withManaged } from "./ec2.ts"
import { type Tags, tagsOf } from "./tags.ts"

/** What an instance gets that is launched from a configuration. */
export interface LaunchSpec {
  /** Where it is configured: `launch template lt-1 version 3`. */
  readonly source: string
  /** An AMI id, or `resolve:ssm:` and a parameter. */
  readonly imageId: string | undefined
  readonly snapshotIds: ReadonlyArray<string>
  /** Of its disks, where it names them; an image decides about the others. */
  readonly volumeTypes?: ReadonlyArray<string>
  /** Ids, or names in a default VPC. */
  readonly securityGroups: ReadonlyArray<string>
}

/** Templates come 200 a page at most. Source: shared/facts/page-sizes.md. */
const describeLaunchTemplates = listOperation(
  EC2Client,
  DescribeLaunchTemplatesCommand,
  "ec2:DescribeLaunchTemplates",
  "LaunchTemplates",
  { paging: paging(200) }
)

export interface LaunchTemplate {
  readonly arn: string
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  /** The ARN of who made it. */
  readonly createdBy: string
  readonly latestVersion: number
  readonly defaultVersion: number
  /** Run by a service for the customer, such as EKS Auto Mode. */
  readonly serviceManaged: boolean
  readonly tags: Tags
}

/** All launch templates, 200 a page. */
export const templates = dataset<ReadonlyArray<LaunchTemplate>>("launchTemplates.templates", {
  kind: resourceKind<LaunchTemplate>({
    type: "ec2:launch-template",
    service: billedBy.nothing,
    id: ({ id }) => id,
    name: ({ name }) => name
  }),
  scope: "regional",
  operations: [describeLaunchTemplates],
  read: Effect.fnUntraced(function* () {
    const { account, region } = yield* AwsTarget
    return readOf(
      yield* list(describeLaunchTemplates, withManaged, (templates) =>
        templates.map((template): LaunchTemplate => {
          const id = required(template.LaunchTemplateId, "LaunchTemplates[].LaunchTemplateId")
          return {
            arn: arn("ec2", region, account, `launch-template/${id}`),
            id,
            name: required(template.LaunchTemplateName, "LaunchTemplates[].LaunchTemplateName"),
            createdAt: required(template.CreateTime, "LaunchTemplates[].CreateTime"),
            createdBy: template.CreatedBy ?? "",
            latestVersion: required(template.LatestVersionNumber, "LaunchTemplates[].LatestVersionNumber"),
            defaultVersion: template.DefaultVersionNumber ?? 1,
            serviceManaged: template.Operator?.Managed ?? false,
            tags: tagsOf(template.Tags)
          }
        })
      )
    )
  })
})

/** Versions come 200 a page at most. Source: the EC2 API reference, `MaxResults`. */
const describeLaunchTemplateVersions = listOperation(
  EC2Client,
  DescribeLaunchTemplateVersionsCommand,
  "ec2:DescribeLaunchTemplateVersions",
  "LaunchTemplateVersions",
  { paging: paging(200) }
)

/** One version of a launch template. */
export interface TemplateVersion extends LaunchSpec {
  readonly templateId: string
  readonly templateName: string
  readonly version: number
  readonly createdAt?: Date
  readonly isDefault: boolean
}

const versionsOf = (versions: ReadonlyArray<LaunchTemplateVersion>) =>
  versions.map((version): TemplateVersion => {
    const templateId = required(version.LaunchTemplateId, "LaunchTemplateVersions[].LaunchTemplateId")
    const number = required(version.VersionNumber, "LaunchTemplateVersions[].VersionNumber")
    const data = required(version.LaunchTemplateData, "LaunchTemplateVersions[].LaunchTemplateData")
    return {
      source: `launch template ${templateId} version ${number}`,
      templateId,
      templateName: version.LaunchTemplateName ?? "",
      version: number,
      ...(version.CreateTime === undefined ? {} : { createdAt: version.CreateTime }),
      isDefault: version.DefaultVersion ?? false,
      imageId: data.ImageId,
      snapshotIds: snapshotsOf(data.BlockDeviceMappings),
      volumeTypes: volumeTypesOf(data.BlockDeviceMappings),
      securityGroups: [
        ...(data.SecurityGroupIds ?? []),
        ...(data.SecurityGroups ?? []),
        ...(data.NetworkInterfaces ?? []).flatMap(({ Groups }) => Groups ?? [])
      ]
    }
  })

const snapshotsOf = (
  devices: ReadonlyArray<{ readonly Ebs?: { readonly SnapshotId?: string | undefined } | undefined }> | undefined
): ReadonlyArray<string> => (devices ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? [])

const volumeTypesOf = (
  devices: ReadonlyArray<{ readonly Ebs?: { readonly VolumeType?: string | undefined } | undefined }> | undefined
): ReadonlyArray<string> => [...new Set((devices ?? []).flatMap(({ Ebs }) => Ebs?.VolumeType?.toLowerCase() ?? []))]

/** The newest and the default version of every launch template: one list for all templates, 200 a page. */
export const versions = listOf(
  "launchTemplates.versions",
  "regional",
  describeLaunchTemplateVersions,
  { ...withManaged, Versions: ["$Latest", "$Default"] },
  versionsOf
)

/**
 * The same call, which looks into Parameter Store with the caller's own permissions. Source: EC2 Auto Scaling user guide, "Use AWS
 * Systems Manager parameters instead of AMI IDs in launch templates".
 */
const resolveLaunchTemplateVersion = listOperation(
  EC2Client,
  DescribeLaunchTemplateVersionsCommand,
  "ec2:DescribeLaunchTemplateVersions",
  "LaunchTemplateVersions",
  { paging: paging(200), onBehalf: { service: "ec2.amazonaws.com", actions: ["ssm:GetParameters"] } }
)

/** The image to which the parameter in a version of a template leads now; undefined where it leads to none. */
export const resolvedImage = probe<{ readonly templateId: string; readonly version: number }, string | undefined>({
  name: "launchTemplates.resolvedImage",
  operations: [resolveLaunchTemplateVersion],
  cap: 1000,
  batchSize: 1,
  costNote: "AWS resolves the parameters of one template at a time: one free call for each version that names one.",
  key: ({ templateId, version }) => `${templateId} ${version}`,
  read: (versions) =>
    Effect.forEach(versions, ({ templateId, version }) =>
      Effect.map(
        complete(
          list(
            resolveLaunchTemplateVersion,
            { ...withManaged, LaunchTemplateId: templateId, Versions: [String(version)], ResolveAlias: true },
            versionsOf
          )
        ),
        ([resolved]) => (resolved?.imageId?.startsWith("ami-") === true ? resolved.imageId : undefined)
      )
    )
})

/** A fleet that can still launch instances. */
export interface Fleet {
  readonly id: string
  readonly templates: ReadonlyArray<LaunchTemplateReference>
  /** What it launches without a template. */
  readonly specs: ReadonlyArray<LaunchSpec>
}

const referenceOf = (reference: FleetLaunchTemplateSpecification | undefined): ReadonlyArray<LaunchTemplateReference> =>
  reference === undefined
    ? []
    : [
        {
          id: reference.LaunchTemplateId,
          name: reference.LaunchTemplateName,
          version: reference.Version ?? "$Default"
        }
      ]

// A fleet in another state launches nothing any more; what it launched are instances.
const isLaunching = (state: string): boolean => ["submitted", "active", "modifying"].includes(state.toLowerCase())

const describeSpotFleetRequests = listOperation(
  EC2Client,
  DescribeSpotFleetRequestsCommand,
  "ec2:DescribeSpotFleetRequests",
  "SpotFleetRequestConfigs",
  { paging: paging(1000) }
)

/** Spot Fleet requests that can still launch, 1,000 a page. */
export const spotFleets = listOf("launchTemplates.spotFleets", "regional", describeSpotFleetRequests, {}, (requests) =>
  requests
    .filter(({ SpotFleetRequestState }) =>
      isLaunching(required(SpotFleetRequestState, "SpotFleetRequestConfigs[].SpotFleetRequestState"))
    )
    .map(({ SpotFleetRequestConfig, SpotFleetRequestId }): Fleet => {
      const id = required(SpotFleetRequestId, "SpotFleetRequestConfigs[].SpotFleetRequestId")
      const config = required(SpotFleetRequestConfig, "SpotFleetRequestConfigs[].SpotFleetRequestConfig")
      return {
        id,
        templates: (config.LaunchTemplateConfigs ?? []).flatMap(({ LaunchTemplateSpecification }) =>
          referenceOf(LaunchTemplateSpecification)
        ),
        specs: (config.LaunchSpecifications ?? []).map((spec) => ({
          source: `Spot Fleet request ${id}`,
          imageId: spec.ImageId,
          snapshotIds: snapshotsOf(spec.BlockDeviceMappings),
          securityGroups: [
            ...(spec.SecurityGroups ?? []).flatMap(({ GroupId, GroupName }) => GroupId ?? GroupName ?? []),
            ...(spec.NetworkInterfaces ?? []).flatMap(({ Groups }) => Groups ?? [])
          ]
        }))
      }
    })
)

const describeFleets = listOperation(EC2Client, DescribeFleetsCommand, "ec2:DescribeFleets", "Fleets", {
  paging: paging(1000)
})

/** EC2 Fleets that can still launch, 1,000 a page. Instant fleets launch once and are not listed. */
export const fleets = listOf("launchTemplates.fleets", "regional", describeFleets, {}, (fleets) =>
  fleets
    .filter(({ FleetState }) => isLaunching(required(FleetState, "Fleets[].FleetState")))
    .map(({ FleetId, LaunchTemplateConfigs }): Fleet => {
      const id = required(FleetId, "Fleets[].FleetId")
      const configs = required(LaunchTemplateConfigs, "Fleets[].LaunchTemplateConfigs")
      return {
        id,
        templates: configs.flatMap(({ LaunchTemplateSpecification }) => referenceOf(LaunchTemplateSpecification)),
        specs: configs
          .flatMap(({ Overrides }) => Overrides ?? [])
          .map((override) => ({
            source: `EC2 Fleet ${id}`,
            imageId: override.ImageId,
            snapshotIds: snapshotsOf(override.BlockDeviceMappings),
            securityGroups: []
          }))
      }
    })
)

/** The numbers by which fleets and groups name versions that are neither the newest nor the default one, each once. */
const pinned = (
  references: ReadonlyArray<LaunchTemplateReference>,
  read: ReadonlyArray<TemplateVersion>
): ReadonlyArray<LaunchTemplateReference> => {
  const known = new Set(
    read.flatMap((own) => [`${own.templateId} ${own.version}`, `${own.templateName} ${own.version}`])
  )
  const wanted = new Map(
    references.map((reference) => [`${reference.id ?? reference.name} ${reference.version}`, reference])
  )
  return [...wanted].filter(([key, { version }]) => /^\d+$/.test(version) && !known.has(key)).map(([, wants]) => wants)
}

/**
 * The numbered versions that Auto Scaling groups and fleets launch from and that `versions` does not hold. One that AWS refuses
 * is a gap.
 */
export const pinnedVersions = dataset("launchTemplates.pinnedVersions", {
  scope: "regional",
  operations: [describeLaunchTemplateVersions],
  needs: { fleets, groups, spotFleets, versions },
  inventory: ["fleets", "groups", "spotFleets", "versions"],
  costNote:
    "AWS lists numbered versions template by template: one free call for each version that a group or fleet pins.",
  read: ({ fleets, groups, spotFleets, versions }) =>
    Effect.gen(function* () {
      const references = [
        ...groups.flatMap(({ launchTemplates }) => launchTemplates),
        ...[...fleets, ...spotFleets].flatMap(({ templates }) => templates)
      ]
      const answers = yield* Effect.forEach(
        pinned(references, versions),
        ({ id, name, version }) =>
          list(
            describeLaunchTemplateVersions,
            {
              ...withManaged,
              ...(id === undefined ? { LaunchTemplateName: name } : { LaunchTemplateId: id }),
              Versions: [version]
            },
            versionsOf
          ).pipe(
            // Nothing can be launched from a version that was deleted, although its group still names it.
            Effect.catchIf(
              ({ reason }) => reason._tag === "Rejected" && reason.code.startsWith("InvalidLaunchTemplate"),
              () => Effect.succeed({ items: [], gaps: [] })
            ),
            Effect.result
          ),
        { concurrency: 4 }
      )
      return {
        value: answers.flatMap((answer) => (Result.isSuccess(answer) ? answer.success.items : [])),
        gaps: answers.flatMap((answer) => (Result.isFailure(answer) ? [answer.failure] : answer.success.gaps))
      }
    })
})

/** Everything that instances can be launched from by configuration, whether or not any runs. */
export const launchSpecs = derived("launchTemplates.launchSpecs", {
  scope: "regional",
  needs: { fleets, groups, launchConfigurations, pinnedVersions, spotFleets, versions },
  inventory: ["fleets", "groups", "launchConfigurations", "pinnedVersions", "spotFleets", "versions"],
  derive: ({
    fleets,
    groups,
    launchConfigurations,
    pinnedVersions,
    spotFleets,
    versions
  }): ReadonlyArray<LaunchSpec> => [
    ...versions,
    ...pinnedVersions,
    ...[...fleets, ...spotFleets].flatMap(({ specs }) => specs),
    // A launch configuration that no group names launches nothing.
    ...launchConfigurations
      .filter(({ name }) => groups.some(({ launchConfiguration }) => launchConfiguration === name))
      .map(({ imageId, name, securityGroups, snapshotIds }) => ({
        source: `launch configuration ${name}`,
        imageId,
        snapshotIds,
        securityGroups
      })),
    ...groups.flatMap(({ imageIds, name }) =>
      imageIds.map((imageId) => ({
        source: `Auto Scaling group ${name}`,
        imageId,
        snapshotIds: [],
        securityGroups: []
      }))
    )
  ]
})
