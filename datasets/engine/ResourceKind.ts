/** What a type of AWS resource is called and billed as, described once for scans, tag rules, exports and metrics. */
import type { Resource } from "../../core/finding/Finding.ts"
import type { Tags } from "../aws/tags.ts"
import type { Dataset } from "./Dataset.ts"

import { billedBy } from "../../core/run/billedServices.ts"

export interface ResourceKind<in Item = any> {
  /** The service that bills it, as Cost Explorer's SERVICE names it; empty for what nobody bills. */
  readonly service: string
  /**
   * Where its tags are: in the list that gives it; in the tagging API, under its ARN and these resource types (`lambda:function`); or in neither,
   * and then a scan asks for them and says so in its verdict.
   */
  readonly tags: "inline" | "asked" | { readonly tagging: ReadonlyArray<string> }
  /** What it is a part of: whoever tags that to be left alone means its parts as well. */
  readonly parents?: Parents<Item> | undefined
  readonly resourceOf: (item: Item) => KindedResource
}

export interface Parents<in Item = any> {
  /** The ARNs of those that an item is a part of; none for most. */
  readonly of: (item: Item) => ReadonlyArray<string>
  /** Where their tags are: in the tagging API, by their types (`eks:cluster`), or in a list that gives them with their ARNs. */
  readonly tags: { readonly tagging: ReadonlyArray<string> } | { readonly listed: () => Dataset }
}

/** A resource as its kind describes it. `region` and `account` say where it is, when that is not the scope: a bucket, a recommendation. */
export interface KindedResource extends Resource {
  readonly region?: string | undefined
  readonly account?: string | undefined
}

/** Describes a kind of resource. What is not given is taken from the fields of the item that have the usual names. */
export const resourceKind = <
  Item extends { readonly arn: string; readonly tags?: Tags; readonly createdAt?: Date | undefined }
>({
  createdAt = ({ createdAt }) => createdAt,
  id,
  name,
  parents,
  region,
  service,
  tags = "inline",
  type
}: {
  /** CloudFormation-like, in lower case: `ec2:volume`. */
  readonly type: string | ((item: Item) => string)
  /** Of each item where a list has those of several services. */
  readonly service: string | ((item: Item) => string)
  readonly tags?: ResourceKind["tags"]
  readonly parents?: Parents<Item>
  readonly id: (item: Item) => string
  /** Default: the Name tag, or nothing. */
  readonly name?: (item: Item) => string
  /** Default: the item's `createdAt`, where it has one. */
  readonly createdAt?: (item: Item) => Date | undefined
  readonly region?: (item: Item) => string | undefined
}): ResourceKind<Item> => ({
  service: typeof service === "string" ? service : billedBy.nothing,
  tags,
  ...(parents === undefined ? {} : { parents }),
  resourceOf: (item) => ({
    type: typeof type === "string" ? type : type(item),
    service: typeof service === "string" ? service : service(item),
    id: id(item),
    arn: item.arn,
    name: name === undefined ? (item.tags?.["Name"] ?? "") : name(item),
    tags: item.tags ?? {},
    createdAt: createdAt(item)?.toISOString() ?? null,
    ...(region === undefined ? {} : { region: region(item) })
  })
})

export { billedBy }
