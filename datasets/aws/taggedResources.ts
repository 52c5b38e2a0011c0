/** Resources of all types with their tags, by whichever way a region has to tell them. */
import * as Effect from "effect/Effect"
import { AwsTarget, list, required } from "../../core/aws/Aws.ts"
import { AwsError, Rejected } from "../../core/aws/AwsError.ts"
import { globalRegion } from "../../core/Scope.ts"
import { daysBefore } from "../../core/time.ts"
import { AsOf, dataset, type Dataset, derived } from "../engine/Dataset.ts"
import type { Evidence } from "../engine/Evidence.ts"
import { billedBy, type KindedResource, type ResourceKind } from "../engine/ResourceKind.ts"
import * as ec2 from "./ec2.ts"
import { images } from "./ec2Images.ts"
import { exploredResources, explorerOperations } from "./resourceExplorer.ts"
import { groups } from "./securityGroups.ts"
import { getResources, type Tags, tagsOf } from "./tags.ts"
import { internetGateways, natGateways, vpcEndpoints } from "./vpc.ts"

export interface TaggedResource {
  readonly arn: string
  readonly id: string
  /** As Resource Explorer calls it: `ec2:instance`. */
  readonly type: string
  readonly tags: Tags
  /** The name that is no tag, where an inventory tells it. */
  readonly name: string
  /** ISO instant; null where nobody tells. */
  readonly createdAt: string | null
  readonly source: "Resource Explorer" | "tagging API" | "inventory"
}

/** Services whose ARNs name no type, because they have one type of resource. */
const onlyType: Readonly<Record<string, string>> = { s3: "bucket", sqs: "queue", sns: "topic" }

/** The type and the id in an ARN: ids may have colons and slashes in them. */
export const partsOfArn = (arn: string): { readonly type: string; readonly id: string } => {
  const [, , service = "", , , ...rest] = arn.split(":")
  const resource = rest.join(":").replace(/^\//, "")
  const [, type, id] = /^([^/:]+)[/:](.+)$/.exec(resource) ?? []
  return type === undefined || id === undefined
    ? { type: `${service}:${onlyType[service] ?? resource}`.toLowerCase(), id: resource }
    : { type: `${service}:${type}`.toLowerCase(), id }
}

/** The ARN by which the product knows a resource, whoever tells it: EC2's own lists leave the account out of some. */
const ownArn = (arn: string): string =>
  arn.replace(/^(arn:[^:]+:ec2:[^:]*:)\d*(:(?:snapshot|image)\/)/, "$1$2").replace(/^(arn:[^:]+:logs:.*):\*$/, "$1")

const billing: Readonly<Record<string, string>> = {
  "cloudfront:distribution": billedBy.cloudfront,
  "cloudwatch:alarm": billedBy.cloudwatch,
  "cloudwatch:dashboard": billedBy.cloudwatch,
  "dynamodb:table": billedBy.dynamodb,
  "ec2:elastic-ip": billedBy.vpc,
  "ec2:image": billedBy.ec2Other,
  "ec2:instance": billedBy.ec2,
  "ec2:natgateway": billedBy.ec2Other,
  "ec2:snapshot": billedBy.ec2Other,
  "ec2:volume": billedBy.ec2Other,
  "ec2:vpc-endpoint": billedBy.vpc,
  "elasticache:cluster": billedBy.elasticache,
  "elasticache:replicationgroup": billedBy.elasticache,
  "elasticache:serverlesscache": billedBy.elasticache,
  "elasticloadbalancing:loadbalancer": billedBy.elb,
  "lambda:function": billedBy.lambda,
  "logs:log-group": billedBy.cloudwatch,
  "rds:cluster": billedBy.rds,
  "rds:cluster-snapshot": billedBy.rds,
  "rds:db": billedBy.rds,
  "rds:snapshot": billedBy.rds,
  "route53:hostedzone": billedBy.route53,
  "s3:bucket": billedBy.s3,
  "sns:topic": billedBy.sns,
  "sqs:queue": billedBy.sqs
}

/** Whether a type is another, or one of its kinds: `elasticloadbalancing:loadbalancer/app` is an `elasticloadbalancing:loadbalancer`. */
export const isOfType = (type: string, wanted: string): boolean => type === wanted || type.startsWith(`${wanted}/`)

/** The service that bills a type, as Cost Explorer's SERVICE names it; empty for what is free, and for types that are not known. */
export const billingServiceOf = (type: string): string => billing[type] ?? billing[type.split("/")[0] ?? ""] ?? ""

/** Resources that belong to no region have none in their ARN; buckets, images and snapshots have none either, or no account. */
const isGlobal = ({ arn }: TaggedResource): boolean => {
  const [, , service = "", region] = arn.split(":")
  return region === "" && service !== "s3"
}

const kind: ResourceKind<TaggedResource> = {
  // Each resource has the service of its type.
  service: billedBy.nothing,
  tags: "inline",
  resourceOf: (resource): KindedResource => ({
    type: resource.type,
    service: billingServiceOf(resource.type),
    id: resource.id,
    arn: resource.arn,
    name: resource.name,
    tags: resource.tags,
    createdAt: resource.createdAt,
    ...(isGlobal(resource) ? { region: globalRegion } : {})
  })
}

/** Lists of resources that come with their tags, read by other scans anyway. */
const inventories = {
  instances: ec2.instances,
  volumes: ec2.volumes,
  snapshots: ec2.snapshots,
  addresses: ec2.addresses,
  images,
  natGateways,
  vpcEndpoints,
  internetGateways,
  securityGroups: groups
}

const isGone = ({ state }: { readonly state?: string }): boolean =>
  ["terminated", "shutting-down", "deleted", "deleting"].includes(state?.toLowerCase() ?? "")

const inventoried = (inventory: Dataset, found: ReadonlyArray<any>, account: string): ReadonlyArray<TaggedResource> =>
  found
    .filter((item) => !isGone(item) && (item.ownerId ?? account) === account)
    .map((item) => {
      const { arn, createdAt, name, tags } = (inventory.kind as ResourceKind).resourceOf(item)
      return { arn, ...partsOfArn(arn), tags, name, createdAt, source: "inventory" }
    })

/** Days after which what was made is in an index. Source: Resource Explorer user guide, "Turning on Resource Explorer": up to 36 hours. */
const indexingDays = 2

/** An index that lacks a larger share of what EC2 lists is not taken for whole. */
const mostMissing = 0.1

/** What of a region is known with its tags. */
interface Told {
  readonly resources: ReadonlyArray<TaggedResource>
  /** Whether an index told them, which also knows what never had a tag. */
  readonly explored: boolean
}

const told = dataset<Told, {}, typeof inventories>("taggedResources.told", {
  scope: "regional",
  shape: "value",
  operations: [...explorerOperations, getResources],
  evidence: inventories,
  read: Effect.fnUntraced(function* (_, evidence) {
    const { account, region } = yield* AwsTarget
    const explored = yield* Effect.result(exploredResources)
    if (explored._tag === "Success" && explored.success !== undefined && explored.success.items.length > 0) {
      const { gaps, items } = explored.success
      const indexed = new Set(items.map(({ arn }) => ownArn(arn)))
      const settledBefore = daysBefore(yield* AsOf, indexingDays)
      const settled = Object.entries<Dataset>(inventories)
        .flatMap(([key, inventory]) =>
          inventoried(
            inventory,
            (evidence[key as keyof typeof inventories] as Evidence<unknown>).found as never,
            account
          )
        )
        .filter(({ createdAt }) => createdAt !== null && createdAt < settledBefore.toISOString())
      const missing = settled.filter(({ arn }) => !indexed.has(arn)).length
      // While an index is filling, what it lacks is not gone.
      const filling =
        missing <= settled.length * mostMissing
          ? []
          : [
              new AwsError({
                operation: "resource-explorer-2:ListResources",
                account,
                region,
                reason: new Rejected({
                  code: "IndexIncomplete",
                  message: `the index lacks ${missing} of ${settled.length} resources that EC2 lists; AWS takes up to 36 hours to fill it`
                })
              })
            ]
      const resources = items.map(({ arn, tags, type }): TaggedResource => {
        const own = ownArn(arn)
        return { arn: own, id: partsOfArn(own).id, type, tags, name: "", createdAt: null, source: "Resource Explorer" }
      })
      return { gaps: [...gaps, ...filling], value: { resources, explored: true } }
    }
    const isEmpty = explored._tag === "Success" && explored.success !== undefined
    const unexplored =
      explored._tag === "Failure"
        ? explored.failure.reason._tag === "NotInRegion"
          ? []
          : [explored.failure]
        : (explored.success?.gaps ?? [])
    const tagged = yield* list(getResources, {}, (mappings) =>
      mappings.map(({ ResourceARN, Tags }): TaggedResource => {
        const own = ownArn(required(ResourceARN, "ResourceTagMappingList[].ResourceARN"))
        return { arn: own, ...partsOfArn(own), tags: tagsOf(Tags), name: "", createdAt: null, source: "tagging API" }
      })
    )
    const byArn = new Map(tagged.items.map((resource) => [resource.arn, resource]))
    const unread: Array<AwsError> = []
    for (const [key, inventory] of Object.entries<Dataset>(inventories)) {
      const { found, gap } = evidence[key as keyof typeof inventories] as Evidence<unknown>
      for (const resource of inventoried(inventory, found, account)) byArn.set(resource.arn, resource)
      if (gap !== undefined) {
        const reason = new Rejected({ code: "NotRead", message: gap })
        unread.push(new AwsError({ operation: inventory.name, account, region, reason }))
      }
    }
    const resources = [...byArn.values()]
    return {
      // An empty index is believed of a region of which nobody else tells anything either.
      value: { resources, explored: isEmpty && resources.length === 0 },
      gaps: [...unexplored, ...tagged.gaps, ...unread]
    }
  })
})

/**
 * Every resource of the region with its tags, from Resource Explorer where a view of the region shows everything. Elsewhere, and where
 * the view shows nothing, from the tagging API, which lists what has or had a tag, 100 a page, and from the lists that come with tags:
 * of other types, what never had a tag is not seen there.
 */
export const resources = derived<ReadonlyArray<TaggedResource>, { readonly told: typeof told }>(
  "taggedResources.resources",
  { kind, scope: "regional", needs: { told }, inventory: ["told"], derive: ({ told }) => told.resources }
)

/** Whether Resource Explorer told them. */
export const explored = derived<boolean, { readonly told: typeof told }>("taggedResources.explored", {
  scope: "regional",
  shape: "value",
  needs: { told },
  derive: ({ told }) => told.explored
})
