/** Tags as the services give them. */
import { ResourceGroupsTaggingAPIClient, GetResourcesCommand } from "@aws-sdk/client-resource-groups-tagging-api"
import * as Effect from "effect/Effect"
import { list } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { dataset } from "../engine/Dataset.ts"

export type Tags = Readonly<Record<string, string>>

/** Tags from the list of pairs that most services answer with. */
export const tagsOf = (
  pairs: ReadonlyArray<{ readonly Key?: string | undefined; readonly Value?: string | undefined }> | undefined
): Tags =>
  Object.fromEntries((pairs ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? ""]])))

/** The Name tag, or nothing. */
export const nameOf = (tags: Tags): string => tags["Name"] ?? ""

/** 100 resources a page at most. Source: shared/facts/aws-limits.md 2. */
const getResources = operation(ResourceGroupsTaggingAPIClient, GetResourcesCommand, "tag:GetResources", {
  paging: { size: ["ResourcesPerPage", 100], input: "PaginationToken", output: "PaginationToken" }
})

/** The resource types whose own lists come without tags. */
const types = [
  "elasticloadbalancing:loadbalancer",
  "elasticloadbalancing:targetgroup",
  "lambda:function",
  "logs:log-group"
]

/** Tags by ARN, for the types of resources whose own lists come without tags. A resource that is absent has none. */
export const byArn = dataset<ReadonlyMap<string, Tags>>({
  name: "tags.byArn",
  scope: "regional",
  operations: [getResources],
  read: () =>
    Effect.map(
      list(getResources, { ResourceTypeFilters: types }, (page) =>
        (page.ResourceTagMappingList ?? []).flatMap(({ ResourceARN, Tags }) =>
          ResourceARN === undefined ? [] : [[ResourceARN, tagsOf(Tags)] as const]
        )
      ),
      ({ gaps, items }) => ({ value: new Map(items), gaps })
    )
})
