/** Resource Explorer: what the other services declare, with or without a tag, as far as a view of the region shows it. */
import type {
  GetViewCommandInput,
  GetViewCommandOutput,
  ListResourcesCommandInput,
  ListResourcesCommandOutput,
  ListViewsCommandInput,
  ListViewsCommandOutput
} from "@aws-sdk/client-resource-explorer-2"
import type { Tags } from "../estate.ts"
import { arnOf, hexOf } from "../ids.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, pairs, refusal, type Resource } from "../Service.ts"

declare module "../estate.ts" {
  interface Global {
    readonly explorerViews: ReadonlyArray<ExplorerView>
  }
}

/** The view that a region uses by default. Without one, Resource Explorer answers nobody there. */
export interface ExplorerView {
  readonly name: string
  readonly region: string
  /** Whether it tells the tags of what it shows. */
  readonly tags?: true
}

const viewArn = (here: Here, { name }: ExplorerView) =>
  arnOf("resource-explorer-2", here, `view/${name}/${hexOf(here, `view/${name}`, 32)}`)

const viewsIn = ({ global, region }: Here) => global.explorerViews.filter((view) => view.region === region)

const viewOf = (here: Here, arn: string | undefined): ExplorerView => {
  const view = viewsIn(here).find((view) => arn === undefined || viewArn(here, view) === arn)
  if (view === undefined)
    throw refusal("UnauthorizedException", "Unauthorized: there is no view that you may use in this Region.", 401)
  return view
}

/** What has no region in its ARN, apart from buckets, which are shown in their own. */
const regionOf = (here: Here, { type }: Resource) => (/^(cloudfront|route53):/.test(type) ? "global" : here.region)

const serviceOf = ({ type }: Resource) => type.slice(0, type.indexOf(":"))

/** What the services add themselves is no tag of the user's. */
const userTags = ({ tags = {} }: Resource): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")))

/** `stage=prod`, a key alone, `all` or `none`. */
const hasTag = (resource: Resource, value: string): boolean => {
  const tags = Object.entries(userTags(resource))
  if (value === "none") return tags.length === 0
  if (value === "all") return tags.length > 0
  return tags.some(([key, of]) => key === value || `${key}=${of}` === value)
}

const matches = (of: string, pattern: string): boolean =>
  pattern.endsWith("*") ? of.startsWith(pattern.slice(0, -1)) : of === pattern

const prefixes: Readonly<Record<string, (here: Here, resource: Resource, value: string) => boolean>> = {
  accountid: (here, _, value) => matches(here.account, value),
  id: (_, { arn }, value) => matches(arn, value),
  region: (here, resource, value) => matches(regionOf(here, resource), value),
  resourcetype: (_, { type }, value) => matches(type, value),
  service: (_, resource, value) => matches(serviceOf(resource), value),
  tag: (_, resource, value) => hasTag(resource, value)
}

/** `region:eu* -tag:all`: all terms must hold, and a hyphen turns one round. Words without a prefix are not allowed here. */
const filterOf = (here: Here, query: string): ((resource: Resource) => boolean) => {
  const terms = query
    .split(/\s+/)
    .filter((term) => term !== "")
    .map((term) => {
      const [, not, prefix = "", value = ""] = /^(-?)([a-z]+):(.+)$/.exec(term) ?? []
      const holds = prefixes[prefix]
      if (holds === undefined) throw refusal("ValidationException", `The filter ${term} is not supported.`)
      return (resource: Resource) => holds(here, resource, value) !== (not === "-")
    })
  return (resource) => terms.every((term) => term(resource))
}

/** When Resource Explorer last looked. */
const reported = dateOf("2026-11-19T22:00:00Z")

const most = 1000

export default defineService({
  global: { explorerViews: [] },
  answers: {
    "resource-explorer-2:ListResources": (
      here,
      input: ListResourcesCommandInput
    ): Answer<ListResourcesCommandOutput> => {
      const view = viewOf(here, input.ViewArn)
      const all = here.services
        .flatMap(({ resources }) => resources?.(here) ?? [])
        .filter(filterOf(here, input.Filters?.FilterString ?? ""))
      const { items, next } = pageOf(all, input.NextToken, input.MaxResults, most)
      return {
        Resources: items.map((resource) => ({
          Arn: resource.arn,
          OwningAccountId: here.account,
          Region: regionOf(here, resource),
          ResourceType: resource.type,
          Service: serviceOf(resource),
          LastReportedAt: reported,
          Properties:
            view.tags === undefined || resource.tags === undefined
              ? []
              : [{ Name: "tags", LastReportedAt: reported, Data: pairs(resource.tags) }]
        })),
        ViewArn: viewArn(here, view),
        // At a thousand a page it gives no token, whatever is left. Source: API reference, ListResources, NextToken.
        ...(next === undefined || input.MaxResults === most ? {} : { NextToken: next })
      }
    },

    "resource-explorer-2:GetView": (here, input: GetViewCommandInput): Answer<GetViewCommandOutput> => {
      const view = viewOf(here, input.ViewArn)
      return {
        View: {
          ViewArn: viewArn(here, view),
          ViewName: view.name,
          Owner: here.account,
          Scope: `arn:aws:iam::${here.account}:root`,
          LastUpdatedAt: reported,
          Filters: { FilterString: "" },
          IncludedProperties: view.tags ? [{ Name: "tags" }] : []
        },
        Tags: {}
      }
    },

    "resource-explorer-2:ListViews": (here, input: ListViewsCommandInput): Answer<ListViewsCommandOutput> => {
      const { items, next } = pageOf(viewsIn(here), input.NextToken, input.MaxResults, 50)
      return { Views: items.map((view) => viewArn(here, view)), NextToken: next }
    }
  }
})
