/** The tagging API has no words of its own: it tells the tags of what the other services declare. */
import type { GetResourcesCommandInput, GetResourcesCommandOutput } from "@aws-sdk/client-resource-groups-tagging-api"
import { type Answer, defineService, pageOf, pairs, type Resource } from "../Service.ts"

/** `elasticloadbalancing:loadbalancer` is every kind of load balancer, `elasticloadbalancing` all that the service has. */
const isOf = ({ type }: Resource, filter: string) =>
  type === filter || type.startsWith(`${filter}/`) || type.startsWith(`${filter}:`)

export default defineService({
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
    }
  }
})
