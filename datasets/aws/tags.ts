/** Tags as the services give them. */
import {
  GetResourcesCommand,
  ListRequiredTagsCommand,
  ResourceGroupsTaggingAPIClient
} from "@aws-sdk/client-resource-groups-tagging-api"
import * as Effect from "effect/Effect"
import { type AwsServices, list, required } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { dataset, family, listOf } from "../engine/Dataset.ts"

export type Tags = Readonly<Record<string, string>>

/** Tags from the list of pairs that most services answer with. */
export const tagsOf = (
  pairs: ReadonlyArray<{ readonly Key?: string | undefined; readonly Value?: string | undefined }> | undefined
): Tags =>
  Object.fromEntries((pairs ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? ""]])))

/** The Name tag, or nothing. */
export const nameOf = (tags: Tags): string => tags["Name"] ?? ""

/** 100 resources a page at most. Source: shared/facts/aws-limits.md 2. */
export const getResources = listOperation(
  ResourceGroupsTaggingAPIClient,
  GetResourcesCommand,
  "tag:GetResources",
  "ResourceTagMappingList",
  { paging: { size: ["ResourcesPerPage", 100], input: "PaginationToken", output: "PaginationToken" } }
)

/** Tags of the resources of some types in the target's region, by ARN. One that is absent has none. */
export const readTags = (
  types: ReadonlyArray<string>
): Effect.Effect<
  { readonly value: ReadonlyMap<string, Tags>; readonly gaps: ReadonlyArray<AwsError> },
  AwsError,
  AwsServices
> =>
  Effect.map(
    list(getResources, { ResourceTypeFilters: [...types] }, (mappings) =>
      mappings.map(
        ({ ResourceARN, Tags }) =>
          [required(ResourceARN, "ResourceTagMappingList[].ResourceARN"), tagsOf(Tags)] as const
      )
    ),
    ({ gaps, items }) => ({ value: new Map(items), gaps })
  )

/**
 * Tags by ARN of resources of these types (`lambda:function`), for those whose own lists come without tags. A resource that is
 * absent has none.
 */
export const tagsOfTypes = family("tags.tagsOfTypes", (name, types: ReadonlyArray<string>) =>
  dataset<ReadonlyMap<string, Tags>>(name, {
    scope: "regional",
    shape: "map",
    operations: [getResources],
    read: () => readTags(types)
  })
)

/** Source: shared/facts/page-sizes.md. */
const listRequiredTags = listOperation(
  ResourceGroupsTaggingAPIClient,
  ListRequiredTagsCommand,
  "tag:ListRequiredTags",
  "RequiredTags",
  { paging: { size: ["MaxResults", 200], input: "NextToken", output: "NextToken" } }
)

/** The tags that a type of resource must have. */
export interface RequiredTags {
  /** As tag policies write it: `ec2:instance`. */
  readonly type: string
  readonly keys: ReadonlyArray<string>
}

/** What the organisation's tag policies want of the account's resources, 200 types a page; nothing where there is no such policy. */
export const requiredByPolicy = listOf("tags.requiredByPolicy", "global", listRequiredTags, {}, (listed) =>
  listed.map(({ ReportingTagKeys, ResourceType }): RequiredTags => ({
    type: required(ResourceType, "RequiredTags[].ResourceType").toLowerCase(),
    keys: required(ReportingTagKeys, "RequiredTags[].ReportingTagKeys")
  }))
)
