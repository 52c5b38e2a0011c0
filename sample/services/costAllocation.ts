/** The tags and categories that the organisation's bill is split up by. */
import type {
  GetCostCategoriesCommandInput,
  GetCostCategoriesCommandOutput,
  ListCostAllocationTagsCommandInput,
  ListCostAllocationTagsCommandOutput
} from "@aws-sdk/client-cost-explorer"
import { type Answer, defineService, pageOf } from "../Service.ts"

declare module "../estate.ts" {
  interface Billing {
    readonly allocations: ReadonlyArray<Allocation>
  }
}

/** A tag or a cost category, and its value for what each account spends. */
export interface Allocation {
  readonly key: string
  readonly kind: "tag" | "tag of AWS" | "category"
  readonly lastUsed?: string
  /** By the account's name; what is missing has no value. */
  readonly values: Readonly<Record<string, string>>
  /** Of single services, which the account's value does not hold for. */
  readonly services?: Readonly<Record<string, string>>
}

export default defineService({
  billing: { allocations: [] },
  answers: {
    "ce:ListCostAllocationTags": (
      here,
      input: ListCostAllocationTagsCommandInput
    ): Answer<ListCostAllocationTagsCommandOutput> => {
      const tags = here.billing.allocations.filter(({ kind }) => kind !== "category")
      const { items, next } = pageOf(tags, input.NextToken, input.MaxResults, 1000)
      return {
        CostAllocationTags: items.map(({ key, kind, lastUsed }) => ({
          TagKey: key,
          Type: kind === "tag" ? "UserDefined" : "AWSGenerated",
          Status: "Active",
          LastUsedDate: lastUsed
        })),
        NextToken: next
      }
    },

    "ce:GetCostCategories": (here, input: GetCostCategoriesCommandInput): Answer<GetCostCategoriesCommandOutput> => {
      const names = here.billing.allocations.flatMap(({ key, kind }) => (kind === "category" ? key : []))
      const { items, next } = pageOf(names, input.NextPageToken, input.MaxResults, 1000)
      return { CostCategoryNames: [...items], ReturnSize: items.length, TotalSize: names.length, NextPageToken: next }
    }
  }
})
