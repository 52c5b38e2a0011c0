/** What the bill says by cost allocation tag and cost category, from the payer. Every page is charged. */
import {
  CostExplorerClient,
  GetCostCategoriesCommand,
  type GroupDefinition,
  ListCostAllocationTagsCommand,
  type ResultByTime
} from "@aws-sdk/client-cost-explorer"
import * as Effect from "effect/Effect"
import { list, required, wholeList } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { cleanText } from "../../core/text.ts"
import { rotationNights } from "../../core/turns.ts"
import { AsOf, dataset, family, readOf, whole } from "../engine/Dataset.ts"
import { remembering } from "../engine/PaidAnswers.ts"
import { several } from "../engine/several.ts"
import {
  askCosts,
  byDimension,
  type Charge,
  type CostMetric,
  type CostWindow,
  getCostAndUsage,
  groupsOf
} from "./billing.ts"

const paid = { unit: "request", usdPerUnit: 0.01, usd: () => 0.01 } as const

// Source of the page sizes: shared/facts/page-sizes.md.
const listCostAllocationTags = listOperation(
  CostExplorerClient,
  ListCostAllocationTagsCommand,
  "ce:ListCostAllocationTags",
  "CostAllocationTags",
  { paging: { size: ["MaxResults", 1000], input: "NextToken", output: "NextToken" }, paid }
)

const getCostCategories = listOperation(
  CostExplorerClient,
  GetCostCategoriesCommand,
  "ce:GetCostCategories",
  {
    name: "CostCategoryNames",
    of: ({ CostCategoryNames }) => CostCategoryNames,
    emptyWhen: ({ ReturnSize }) => ReturnSize === 0
  },
  { paging: { size: ["MaxResults", 1000], input: "NextPageToken", output: "NextPageToken" }, paid }
)

/** A tag that the bill is split up by. */
export interface AllocationTag {
  readonly key: string
  /** Whether AWS made it, such as `aws:createdBy`. */
  readonly isByAws: boolean
  /** The last month in which something billed had it, as AWS writes it; empty where it does not tell. */
  readonly lastUsed: string
}

/** The tags that are switched on, remembered for a week. Where others are `named` than before, they are asked for anew. */
export const activeTags = family("allocation.activeTags", (name, named: ReadonlyArray<string>) =>
  dataset<ReadonlyArray<AllocationTag>>(name, {
    scope: "payer",
    operations: [listCostAllocationTags],
    cacheHours: 12,
    costNote: "Cost Explorer charges $0.01 for every 1,000 active cost allocation tags.",
    read: () =>
      Effect.map(
        remembering(
          { operation: listCostAllocationTags, about: named.toSorted(), nights: rotationNights },
          wholeList(
            list(listCostAllocationTags, { Status: "Active" }, (tags) =>
              tags.map(({ LastUsedDate, TagKey, Type }) => ({
                key: required(TagKey, "CostAllocationTags[].TagKey"),
                isByAws: /^awsgenerated$/i.test(required(Type, "CostAllocationTags[].Type")),
                lastUsed: LastUsedDate ?? ""
              }))
            )
          )
        ),
        ({ items }) => whole(items)
      )
  })
)

/** The cost categories that the bill of a window has, remembered for a week. */
export const categories = family("allocation.categories", (name, window: CostWindow) =>
  dataset<ReadonlyArray<string>>(name, {
    scope: "payer",
    operations: [getCostCategories],
    cacheHours: 12,
    costNote: "Cost Explorer charges $0.01 for the list of cost categories.",
    read: Effect.fnUntraced(function* () {
      const { end, start } = window.of(yield* AsOf)
      const { items } = yield* remembering(
        { operation: getCostCategories, about: window.name, nights: rotationNights },
        wholeList(list(getCostCategories, { TimePeriod: { Start: start, End: end } }, (names) => [...names]))
      )
      return whole(items)
    })
  })
)

/** What one value of a tag or category came to, by kind of charge, in one day or month. */
export interface Allocated extends Omit<Charge, "key"> {
  readonly by: "tag" | "category"
  readonly key: string
  /** Empty for what has no value: it is allocated to nobody. */
  readonly value: string
}

/** Which tags are asked for: those that are named, or the ones that people made, the last used first. */
export const keysOf = (
  tags: ReadonlyArray<AllocationTag>,
  named: ReadonlyArray<string>,
  maxKeys: number
): ReadonlyArray<string> => {
  const keys = new Set(tags.map(({ key }) => key))
  return named.length > 0
    ? [...new Set(named)].filter((key) => keys.has(key))
    : tags
        .filter(({ isByAws }) => !isByAws)
        .toSorted((a, b) => (a.lastUsed === b.lastUsed ? (a.key < b.key ? -1 : 1) : a.lastUsed < b.lastUsed ? 1 : -1))
        .slice(0, maxKeys)
        .map(({ key }) => key)
}

/** Cost Explorer writes a group of a tag as `Owner$shop`, and `Owner$` where there is none; a key may have dollars in it. */
const valueOf = (group: string, key: string): string =>
  group.startsWith(`${key}$`) ? group.slice(key.length + 1) : group

/** For those who want none. */
export const noCategories = dataset<ReadonlyArray<string>>("allocation.noCategories", {
  scope: "payer",
  operations: [],
  read: () => Effect.succeed(whole([]))
})

/** The bill by tags and categories, one question for each key: each splits up the same bill, so that no two may be added. */
export const allocated = family(
  "allocation.allocated",
  (
    name,
    named: ReadonlyArray<string>,
    maxKeys: number,
    withCategories: boolean,
    metric: CostMetric,
    window: CostWindow
  ) =>
    dataset<
      ReadonlyArray<Allocated>,
      { readonly tags: ReturnType<typeof activeTags> },
      { readonly names: ReturnType<typeof categories> }
    >(name, {
      scope: "payer",
      needs: { tags: activeTags(named) },
      evidence: { names: withCategories ? categories(window) : noCategories },
      operations: [getCostAndUsage],
      cacheHours: 12,
      costNote: "Cost Explorer charges $0.01 for every page of each tag and cost category.",
      read: ({ tags }, { names }) => {
        const question = (by: Allocated["by"], key: string) => {
          const group: GroupDefinition = { Type: by === "tag" ? "TAG" : "COST_CATEGORY", Key: key }
          const rowsOf = (results: ReadonlyArray<ResultByTime>) =>
            groupsOf(results, metric).map(({ keys: [value, recordType], ...one }): Allocated => ({
              by,
              key: cleanText(key),
              value: valueOf(value, cleanText(key)),
              recordType,
              ...one
            }))
          return Effect.map(
            askCosts(window, { Metrics: [metric], GroupBy: [group, byDimension("RECORD_TYPE")] }, rowsOf),
            (items) => ({ items, gaps: [] })
          )
        }
        return Effect.map(
          several([
            ...keysOf(tags, named, maxKeys).map((key) => question("tag", key)),
            ...names.found
              .toSorted()
              .slice(0, maxKeys)
              .map((key) => question("category", key))
          ]),
          readOf
        )
      }
    })
)
