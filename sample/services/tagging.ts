/** The tagging API tells the tags of what the other services declare, and which ones a tag policy wants. */
import type {
  GetResourcesCommandInput,
  GetResourcesCommandOutput,
  ListRequiredTagsCommandInput,
  ListRequiredTagsCommandOutput
} from "@aws-sdk/client-resource-groups-tagging-api"
import { type Answer, defineService, pageOf, pairs, type Resource } from "../Service.ts"

declare module "../estate.ts" {
  interface Global {
    readonly requiredTags: ReadonlyArray<RequiredTags>
  }
}

/** What the tag policies of the organisation want of a type of resource in the account. */
export interface RequiredTags {
  /** As Resource Explorer calls it: `ec2:instance`. */
  readonly type: string
  readonly cloudFormation: string
  readonly keys: ReadonlyArray<string>
}

/** `elasticloadbalancing:loadbalancer` is every kind of load balancer, `elasticloadbalancing` all that the service has. */
const isOf = ({ type }: Resource, filter: string) =>
  type === filter || type.startsWith(`${filter}/`) || type.startsWith(`${filter}:`)

export default defineService({
  global: { requiredTags: [] },
  answers: {
    /** Resources that never had a tag are not listed. */
    "tag:GetResources": (here, input: GetResourcesCommandInput): Answer<GetResourcesCommandOutput> => {
      const filters = input.ResourceTypeFilters ?? []
      const tagged = here.services
        .flatMap(({ resources }) => resources?.(here) ?? [])
        .filter(
          (resource) =>
            resource.tags !== undefined && (filters.length === 0 || filters.some((filter) => isOf(resource, filter)))
        )
        .filter(({ tags = {} }) =>
          (input.TagFilters ?? []).every(
            ({ Key = "", Values = [] }) =>
              tags[Key] !== undefined && (Values.length === 0 || Values.includes(tags[Key]))
          )
        )
      const { items, next } = pageOf(tagged, input.PaginationToken, input.ResourcesPerPage, 100)
      return {
        ResourceTagMappingList: items.map(({ arn, tags }) => ({ ResourceARN: arn, Tags: pairs(tags) })),
        // Unlike others, this one answers an empty token at the end.
        PaginationToken: next ?? ""
      }
    },

    "tag:ListRequiredTags": (here, input: ListRequiredTagsCommandInput): Answer<ListRequiredTagsCommandOutput> => {
      const { items, next } = pageOf(here.global.requiredTags, input.NextToken, input.MaxResults, 200)
      return {
        RequiredTags: items.map(({ cloudFormation, keys, type }) => ({
          ResourceType: type,
          CloudFormationResourceTypes: [cloudFormation],
          ReportingTagKeys: [...keys]
        })),
        NextToken: next
      }
    }
  }
})
