/** Resources of all types with their tags, by whichever way a region has to tell them. */
import * as Effect from "effect/Effect"
import { AwsTarget, list, required } from "../../core/aws/Aws.ts"
import { AwsError, Rejected } from "../../core/aws/AwsError.ts"
import { endpointRegion, globalRegion } from "../../core/Scope.ts"
import { daysBefore } from "../../core/time.ts"
import { AsOf, dataset, type Dataset, derived } from "../engine/Dataset.ts"
import type { Evidence } from "../engine/Evidence.ts"
import { billedBy, type KindedResource, type ResourceKind } from "../engine/ResourceKind.ts"
import { groups as autoScalingGroups } from "./autoscaling.ts"
import { distributions } from "./cloudfront.ts"
import { alarms } from "./cloudwatchAlarms.ts"
import { tables } from "./dynamodb.ts"
import * as ec2 from "./ec2.ts"
import { images } from "./ec2Images.ts"
import { repositories } from "./ecr.ts"
import * as ecs from "./ecs.ts"
import { clusters as eksClusters } from "./eks.ts"
import { caches } from "./elasticache.ts"
import { balancers, targetGroups } from "./elb.ts"
import { rules } from "./eventbridge.ts"
import { functions } from "./lambda.ts"
import { templates } from "./launchTemplates.ts"
import { logGroups } from "./logs.ts"
import * as rds from "./rds.ts"
import { exploredResources, explorerOperations } from "./resourceExplorer.ts"
import { hostedZones } from "./route53.ts"
import { buckets } from "./s3.ts"
import { groups } from "./securityGroups.ts"
import { topics } from "./sns.ts"
import { queues } from "./sqs.ts"
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

/** What bills a type, as Cost Explorer's SERVICE names it. Source of the names that no scan has: the values of that dimension. */
const billing: Readonly<Record<string, string>> = {
  "apigateway:apis": billedBy.apigateway,
  "apigateway:restapis": billedBy.apigateway,
  "autoscaling:autoscalinggroup": billedBy.ec2,
  "cloudfront:distribution": billedBy.cloudfront,
  "cloudwatch:alarm": billedBy.cloudwatch,
  "cloudwatch:dashboard": billedBy.cloudwatch,
  "dax:cache": "Amazon DynamoDB Accelerator (DAX)",
  "dms:rep": "AWS Database Migration Service",
  "dynamodb:table": billedBy.dynamodb,
  "ec2:capacity-reservation": billedBy.ec2,
  "ec2:dedicated-host": billedBy.ec2,
  "ec2:elastic-ip": billedBy.vpc,
  "ec2:image": billedBy.ec2Other,
  "ec2:instance": billedBy.ec2,
  "ec2:natgateway": billedBy.ec2Other,
  "ec2:snapshot": billedBy.ec2Other,
  "ec2:transit-gateway-attachment": billedBy.vpc,
  "ec2:volume": billedBy.ec2Other,
  "ec2:vpc-endpoint": billedBy.vpc,
  "ec2:vpn-connection": billedBy.vpc,
  "ecr:repository": billedBy.ecr,
  "ecs:cluster": billedBy.ecs,
  "ecs:service": billedBy.ecs,
  "eks:cluster": billedBy.eks,
  "elasticache:cluster": billedBy.elasticache,
  "elasticache:replicationgroup": billedBy.elasticache,
  "elasticache:serverlesscache": billedBy.elasticache,
  "elasticfilesystem:file-system": "Amazon Elastic File System",
  "elasticloadbalancing:loadbalancer": billedBy.elb,
  "elasticmapreduce:cluster": "Amazon Elastic MapReduce",
  "es:domain": "Amazon OpenSearch Service",
  "firehose:deliverystream": "Amazon Kinesis Firehose",
  "fsx:file-system": "Amazon FSx",
  "kafka:cluster": "Amazon Managed Streaming for Apache Kafka",
  "kinesis:stream": "Amazon Kinesis",
  "kms:key": "AWS Key Management Service",
  "lambda:function": billedBy.lambda,
  "logs:log-group": billedBy.cloudwatch,
  "memorydb:cluster": "Amazon MemoryDB",
  "mq:broker": "Amazon MQ",
  "network-firewall:firewall": "AWS Network Firewall",
  "rds:cluster": billedBy.rds,
  "rds:cluster-snapshot": billedBy.rds,
  "rds:db": billedBy.rds,
  "rds:snapshot": billedBy.rds,
  "redshift:cluster": "Amazon Redshift",
  "route53:hostedzone": billedBy.route53,
  "s3:bucket": billedBy.s3,
  "sagemaker:endpoint": "Amazon SageMaker",
  "sagemaker:notebook-instance": "Amazon SageMaker",
  "secretsmanager:secret": "AWS Secrets Manager",
  "sns:topic": billedBy.sns,
  "sqs:queue": billedBy.sqs,
  "states:statemachine": "AWS Step Functions"
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

/** Lists of EC2 that come with their tags, all of which an index has. */
const ec2Lists = {
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

/** Everything else that is listed for other scans anyway: in the list of an account, what never had a tag is there as well. */
const inventories = {
  ...ec2Lists,
  launchTemplates: templates,
  autoScalingGroups,
  databases: rds.instances,
  databaseClusters: rds.clusters,
  ecsClusters: ecs.clusters,
  ecsServices: ecs.services,
  eksClusters,
  alarms,
  balancers,
  buckets,
  caches,
  distributions,
  functions,
  hostedZones,
  logGroups,
  queues,
  repositories,
  rules,
  tables,
  targetGroups,
  topics
}

/** Instances, databases and services that are listed although they are no more. */
const isGone = ({ state, status }: { readonly state?: string; readonly status?: string }): boolean =>
  ["terminated", "shutting-down", "deleted", "deleting", "inactive"].includes((state ?? status ?? "").toLowerCase())

/** Whether a service made it and keeps it, so that nobody else would tag it. Source: shared/scans.md 0.3. */
const isOfService = (item: {
  readonly serviceManaged?: boolean
  readonly requesterManaged?: boolean
  readonly managedBy?: string | undefined
  readonly linkedService?: string | undefined
}): boolean =>
  item.serviceManaged === true ||
  item.requesterManaged === true ||
  item.managedBy !== undefined ||
  item.linkedService !== undefined

/** The lists that tell what a service made, and the types of what is in them. */
const typesOfServices: Readonly<Record<string, string>> = {
  instances: "ec2:instance",
  volumes: "ec2:volume",
  addresses: "ec2:elastic-ip",
  vpcEndpoints: "ec2:vpc-endpoint",
  launchTemplates: "ec2:launch-template",
  autoScalingGroups: "autoscaling:autoscalinggroup",
  hostedZones: "route53:hostedzone",
  rules: "events:rule"
} satisfies { readonly [key in keyof typeof inventories]?: string }

interface Place {
  readonly account: string
  readonly region: string
  /** Where the services that belong to no region are told. */
  readonly home: string
}

/** What of a list is the account's and in the region. */
const inPlace = (found: ReadonlyArray<any>, inventory: Dataset, { account, home, region }: Place): ReadonlyArray<any> =>
  found.filter(
    (item) =>
      !isGone(item) &&
      (item.ownerId ?? account) === account &&
      (inventory.scope !== "global" || (inventory === buckets ? item.region : home) === region)
  )

const inventoried = (inventory: Dataset, items: ReadonlyArray<any>): ReadonlyArray<TaggedResource> =>
  items.map((item) => {
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
    const { account, partition, region } = yield* AwsTarget
    const place = { account, region, home: endpointRegion(globalRegion, partition) }
    const lists = Object.entries<Dataset>(inventories).map(([key, inventory]) => {
      const { failures, found } = evidence[key as keyof typeof inventories] as Evidence<unknown>
      return { key, inventory, failures, items: inPlace(found as never, inventory, place) }
    })
    const listed = new Set(lists.flatMap(({ items }) => items.map(({ arn }): string => arn)))
    const ofServices = new Set(lists.flatMap(({ items }) => items.filter(isOfService).map(({ arn }): string => arn)))
    const untold = new Map(
      lists.flatMap(({ failures, key }) => (failures.length === 0 ? [] : [[typesOfServices[key], failures] as const]))
    )
    const ofWhom = ({ arn, type }: TaggedResource) =>
      ofServices.has(arn) ? "service" : untold.has(type) && !listed.has(arn) ? "unknown" : "own"
    /** What is left without what a service made, or may have made: that is a gap. */
    const withoutServices = (resources: ReadonlyArray<TaggedResource>) => {
      const { own = [], unknown = [] } = Object.groupBy(resources, ofWhom)
      const types = new Set(unknown.map(({ type }) => type))
      return { own, gaps: [...untold].flatMap(([type, failures]) => (types.has(type ?? "") ? failures : [])) }
    }

    const explored = yield* Effect.result(exploredResources)
    if (explored._tag === "Success" && explored.success !== undefined && explored.success.items.length > 0) {
      const { gaps, items } = explored.success
      const indexed = new Set(items.map(({ arn }) => ownArn(arn)))
      const settledBefore = daysBefore(yield* AsOf, indexingDays)
      const settled = lists
        .flatMap(({ inventory, items, key }) => (key in ec2Lists ? inventoried(inventory, items) : []))
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
      const left = withoutServices(resources)
      return { gaps: [...gaps, ...filling, ...left.gaps], value: { resources: left.own, explored: true } }
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
    for (const { inventory, items } of lists) {
      const isInline = inventory.kind?.tags === "inline"
      for (const resource of inventoried(inventory, items)) {
        const told = byArn.get(resource.arn)
        // What the tagging API leaves out has no tags, unless a page of it is missing.
        if (isInline || (told === undefined && tagged.gaps.length === 0)) byArn.set(resource.arn, resource)
        else if (told !== undefined) byArn.set(resource.arn, { ...resource, tags: told.tags, source: told.source })
      }
    }
    // Of what belongs to no region, buckets apart, other regions tell nothing.
    const unread = lists.filter(
      ({ inventory }) => inventory.scope !== "global" || inventory === buckets || region === place.home
    )
    const resources = withoutServices([...byArn.values()]).own
    return {
      // An empty index is believed of a region of which nobody else tells anything either.
      value: { resources, explored: isEmpty && resources.length === 0 },
      gaps: [...unexplored, ...tagged.gaps, ...unread.flatMap(({ failures }) => failures)]
    }
  })
})

/**
 * Every resource of the region with its tags, from Resource Explorer where a view of the region shows everything. Elsewhere, and where
 * the view shows nothing, from the tagging API, which lists what has or had a tag, 100 a page, and from the lists of other scans: of
 * types that none of these lists, what never had a tag is not seen there. What a service made and keeps is not among them.
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
