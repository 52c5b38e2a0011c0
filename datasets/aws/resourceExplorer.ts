/** What Resource Explorer knows of a region: also resources that never had a tag, which the tagging API does not list. */
import {
  GetViewCommand,
  ListResourcesCommand,
  ListViewsCommand,
  ResourceExplorer2Client,
  type ResourceProperty
} from "@aws-sdk/client-resource-explorer-2"
import * as Effect from "effect/Effect"
import { type AwsServices, AwsTarget, complete, list, type Listed, required, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import { listOperation, operation } from "../../core/aws/operation.ts"
import { endpointRegion, globalRegion } from "../../core/Scope.ts"
import { type Tags, tagsOf } from "./tags.ts"

const paging = (items: number) => ({ size: ["MaxResults", items], input: "NextToken", output: "NextToken" }) as const

/** At most 50 a page. Source: shared/facts/page-sizes.md. */
const listViews = listOperation(ResourceExplorer2Client, ListViewsCommand, "resource-explorer-2:ListViews", "Views", {
  paging: paging(50)
})
const getView = operation(ResourceExplorer2Client, GetViewCommand, "resource-explorer-2:GetView")

/**
 * With a page of 1,000, the largest there is, it gives no token, whatever is left. IAM knows no action of the operation's own name.
 * Sources: API reference, ListResources: NextToken, minimum permissions; service authorization reference.
 */
const listResources = listOperation(
  ResourceExplorer2Client,
  ListResourcesCommand,
  "resource-explorer-2:Search",
  "Resources",
  { paging: paging(999) }
)

export const explorerOperations = [listViews, getView, listResources]

export interface ExploredResource {
  readonly arn: string
  /** As Resource Explorer calls it: `ec2:instance`. */
  readonly type: string
  readonly tags: Tags
}

/** A view that hides nothing and tells tags; undefined where the region has none, as everywhere where nobody switched it on. */
const wholeView: Effect.Effect<string | undefined, AwsError, AwsServices> = Effect.gen(function* () {
  const views = yield* complete(list(listViews, {}, (arns) => arns))
  for (const arn of views.toSorted()) {
    const suits = yield* send(getView, { ViewArn: arn }, ({ View }) => {
      const { Filters, IncludedProperties } = required(View, "View")
      const filter = Filters === undefined ? "" : required(Filters.FilterString, "View.Filters.FilterString")
      return filter.trim() === "" && required(IncludedProperties, "View.IncludedProperties").some(isTags)
    })
    if (suits) return arn
  }
  return undefined
})

const isTags = ({ Name }: { readonly Name?: string | undefined }): boolean => Name?.toLowerCase() === "tags"

const tagsIn = (properties: ReadonlyArray<ResourceProperty>): Tags => {
  const property = properties.find(isTags)
  if (property === undefined) return {}
  const pairs = Array.isArray(property.Data) ? property.Data : undefined
  return tagsOf(
    required(pairs, "Resources[].Properties[tags].Data").map((pair: any) => ({
      Key: required<string>(pair?.Key, "Resources[].Properties[tags].Data[].Key"),
      Value: pair.Value
    }))
  )
}

/**
 * All resources of the account in the region, 999 a page; those without a region as well in the region that answers for them.
 * Undefined where no view shows them all.
 */
export const exploredResources: Effect.Effect<Listed<ExploredResource> | undefined, AwsError, AwsServices> = Effect.gen(
  function* () {
    const view = yield* wholeView
    if (view === undefined) return undefined
    const { account, partition, region } = yield* AwsTarget
    // The index may hold other regions' resources, and the view those of other accounts.
    const regions = region === endpointRegion(globalRegion, partition) ? [region, "global"] : [region]
    const read = yield* Effect.forEach(regions, (one) =>
      list(
        listResources,
        { ViewArn: view, Filters: { FilterString: `accountid:${account} region:${one}` } },
        (resources) =>
          resources
            .filter(({ OwningAccountId }) => OwningAccountId === undefined || OwningAccountId === account)
            .map((resource): ExploredResource => ({
              arn: required(resource.Arn, "Resources[].Arn"),
              type: required(resource.ResourceType, "Resources[].ResourceType").toLowerCase(),
              tags: tagsIn(required(resource.Properties, "Resources[].Properties"))
            }))
      )
    )
    return { items: read.flatMap(({ items }) => items), gaps: read.flatMap(({ gaps }) => gaps) }
  }
)
