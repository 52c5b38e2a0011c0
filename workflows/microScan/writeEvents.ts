/**
 * The calls that start what costs money from then on, each with how to read it and which scans judge it. Only calls whose resources a
 * scan judges are here. A scan that needs a series of metrics for everything in the region is left out where it could only say "too
 * young": it would cost money to say nothing.
 *
 * The shapes are those of published records. No record was found of AllocateAddress, CreateReplicationGroup,
 * EnableFastSnapshotRestores and PutProvisionedConcurrencyConfig; those follow the services' API references.
 */
import type { SavingsTerm } from "../../core/finding/Finding.ts"
import { term } from "../../core/finding/savings.ts"
import { usd } from "../../core/format.ts"
import type { ComputePrices } from "../../core/pricing/ComputePrices.ts"
import type { PricePlace } from "../../core/pricing/PricePlace.ts"
import type { PriceOf } from "../../core/pricing/Prices.ts"
import { rdsEngineOf } from "../../core/pricing/rdsEngine.ts"
import { fastRestoreTerms } from "../../core/pricing/snapshotStorage.ts"
import { unknownPrice } from "../../core/pricing/unknownPrice.ts"
import { volumeTerms } from "../../core/pricing/volume.ts"
import { hoursPerMonth } from "../../core/time.ts"
import { billedBy, databaseBilledBy } from "../../core/run/billedServices.ts"
import { at, listAt, numberAt, textAt, textsAt, type TrailEvent } from "./cloudTrail.ts"

/** Prices where something was started. */
export interface EventPrices {
  /** Where it is: a zone of the region, or the region itself. */
  readonly place: (zone?: string) => PricePlace
  readonly price: (zone?: string) => PriceOf
  readonly compute: ComputePrices
}

/** What an event started. */
export interface Thing {
  readonly type: string
  readonly service: string
  /** As findings name them; undefined where the event does not say. */
  readonly resources: ReadonlyArray<string | undefined>
  /** Whether CloudTrail leaves out which they are, because they are too many. */
  readonly isUnnamed?: boolean
  readonly what: string
  readonly terms: ReadonlyArray<SavingsTerm>
  /** Where it is weaker than its prices. */
  readonly basis?: "estimate" | "upper_bound"
  /** Whether the event leaves out a quantity, so that the terms are the least that it can be. */
  readonly atLeast?: boolean
  /** Whether its type is expensive, whatever its price is. */
  readonly isLarge?: boolean
  readonly note?: string
}

/** Why an event started nothing that is worth a look, in words. */
export interface Nothing {
  readonly nothing: string
}

type Detail = TrailEvent["detail"]

export interface WriteEvent {
  /** Of EventBridge: `aws.ec2`. */
  readonly source: `aws.${string}`
  /** Of CloudTrail: `ec2.amazonaws.com`. */
  readonly eventSource: `${string}.amazonaws.com`
  /** Lambda puts the version of its API behind some names. */
  readonly eventName: string
  /** Names of regional scans. */
  readonly scans: ReadonlyArray<string>
  readonly read: (detail: Detail, prices: EventPrices) => Thing | Nothing
}

const count = (value: number): string => value.toLocaleString("en")

const hourly = (label: string, quantity: number, price: SavingsTerm["price"]): SavingsTerm =>
  term(label, quantity * hoursPerMonth, quantity === 1 ? "hours" : "unit-hours", price)

const ec2 = { source: "aws.ec2", eventSource: "ec2.amazonaws.com" } as const
const rds = { source: "aws.rds", eventSource: "rds.amazonaws.com" } as const
const cache = { source: "aws.elasticache", eventSource: "elasticache.amazonaws.com" } as const

/** gp3 includes these; beyond them it is provisioned. Source: shared/scans.md 0.8. */
const includedIops = 3000
const includedMbPerSecond = 125

const volume = (
  id: string | undefined,
  type: string | undefined,
  sizeGb: number | undefined,
  { iops, throughput, zone }: Readonly<Partial<Record<"iops" | "throughput", number>>> & { readonly zone?: string },
  { price }: EventPrices
): Thing | Nothing => {
  const isProvisioned =
    type === "io1" ||
    type === "io2" ||
    (type === "gp3" && ((iops ?? 0) > includedIops || (throughput ?? 0) > includedMbPerSecond))
  if (!isProvisioned) return { nothing: `a ${type ?? "volume"} without provisioned performance` }
  if (sizeGb === undefined) return { nothing: "the event says no size" }
  // Of io1 and io2 they are all that is provisioned.
  const isShort = iops === undefined && type !== "gp3"
  return {
    type: "ec2:volume",
    service: billedBy.ec2Other,
    resources: [id],
    what: `${type} volume of ${count(sizeGb)} GB with ${iops === undefined ? "unknown" : count(iops)} IOPS`,
    terms: volumeTerms({ type, sizeGb, iops, throughputMbPerSecond: throughput }, price(zone)),
    ...(isShort ? { atLeast: true } : {}),
    ...(zone === undefined ? { basis: "estimate", note: unknownZone } : {})
  }
}

/** Some events leave the zone out, and a few zones have prices of their own. */
const unknownZone = "The event does not say in which zone: priced as in the region's own."

/** Instances for graphics, learning and large memory, and whatever is as large as eight times xlarge; of databases and caches too. */
const isLarge = (type: string): boolean =>
  /^((db|cache)\.)?(p|g|gr|inf|trn|dl|vt|f|x|hpc|mac)\d|^u-|^u7|\.metal/.test(type) ||
  Number(/\.(\d+)xlarge$/.exec(type)?.[1] ?? 0) >= 8

/**
 * The instances of a call, by their zones. CloudTrail leaves out an answer above 100 KB, as that of a hundred instances: then it is as many
 * as were asked for at least. Source: CloudTrail user guide, "CloudTrail record contents".
 */
const instancesOf = ({ requestParameters: asked, responseElements }: Detail) => {
  const made = listAt(responseElements, "instancesSet")
  if (made.length > 0) {
    const zones = Map.groupBy(made, (item) => textAt(item, "placement", "availabilityZone"))
    return { made, isShort: false, zones: [...zones].map(([zone, some]) => [zone, some.length] as const) }
  }
  const wanted = listAt(asked, "instancesSet")
  const sumOf = (name: string) => wanted.reduce<number>((sum, item) => sum + (numberAt(item, name) ?? 0), 0)
  const [least, most] = [sumOf("minCount"), sumOf("maxCount")]
  const zone = textAt(asked, "availabilityZone") ?? textAt(asked, "placement", "availabilityZone")
  return { made, isShort: least < most, zones: least === 0 ? [] : [[zone, least] as const] }
}

const instances = (detail: Detail, { compute, place }: EventPrices): Thing | Nothing => {
  const { isShort, made, zones } = instancesOf(detail)
  const { requestParameters: asked } = detail
  const [first] = made
  const type = textAt(first, "instanceType") ?? textAt(asked, "instanceType")
  if (type === undefined) return { nothing: "the event says no instance type" }
  if (!isLarge(type)) return { nothing: `${type} is neither large nor for graphics or learning` }
  const isWindows = textAt(first, "platform") === "windows"
  const isSpot =
    textAt(first, "instanceLifecycle") === "spot" ||
    textAt(first, "spotInstanceRequestId") !== undefined ||
    textAt(asked, "instanceMarketOptions", "marketType") === "spot"
  const tenancy =
    textAt(first, "placement", "tenancy") ?? textAt(asked, "tenancy") ?? textAt(asked, "placement", "tenancy")
  const all = zones.reduce((sum, [, some]) => sum + some, 0)
  return {
    type: "ec2:instance",
    service: billedBy.ec2,
    resources: made.map((item) => textAt(item, "instanceId")),
    isUnnamed: made.length === 0 && all > 0,
    what: `${isShort ? "at least " : ""}${all === 1 ? `${type} instance` : `${count(all)} ${type} instances`}`,
    terms: zones.map(([zone, some]) =>
      hourly(
        `${type}${isWindows ? " with Windows" : ""}`,
        some,
        compute.ec2(
          type,
          isWindows ? "windows" : "linux",
          place(zone),
          tenancy === "dedicated" || tenancy === "host" ? tenancy : "default"
        )
      )
    ),
    isLarge: true,
    // Of more instances than that, each for less, it is neither the most nor the least.
    basis: isSpot && !isShort ? "upper_bound" : "estimate",
    atLeast: isShort && !isSpot,
    note: [
      isSpot
        ? "Spot is billed by the market, for less. Disks and traffic come on top."
        : isWindows
          ? "Disks and traffic come on top, and SQL Server where the image has it."
          : "As Linux: the event names no other licence. Disks and traffic come on top.",
      ...(zones.some(([zone]) => zone === undefined) ? [unknownZone] : [])
    ].join(" ")
  }
}

const endpoint = (detail: Detail, { price }: EventPrices): Thing | Nothing => {
  const made = at(detail.responseElements, "CreateVpcEndpointResponse", "vpcEndpoint")
  const type = textAt(made, "vpcEndpointType") ?? "Gateway"
  if (type !== "Interface" && type !== "GatewayLoadBalancer")
    return { nothing: `endpoints of the type ${type} are free` }
  const zones = Math.max(1, textsAt(made, "subnetIdSet").length)
  return {
    type: "ec2:vpc-endpoint",
    service: billedBy.vpc,
    resources: [textAt(made, "vpcEndpointId")],
    what: `endpoint for ${textAt(made, "serviceName") ?? "a service"} in ${zones === 1 ? "one zone" : `${zones} zones`}`,
    terms: [
      hourly(
        "endpoint in a zone",
        zones,
        price()(type === "Interface" ? "vpcEndpoint.interfaceAzHour" : "vpcEndpoint.gwlbeHour")
      )
    ],
    note: "The gigabytes that pass through it come on top."
  }
}

const fastRestore = (detail: Detail, { price }: EventPrices): Thing | Nothing => {
  const request = at(detail.requestParameters, "EnableFastSnapshotRestoresRequest")
  const enabled = listAt(detail.responseElements, "EnableFastSnapshotRestoresResponse", "successful")
  const snapshots = [...new Set(enabled.map((item) => textAt(item, "snapshotId")))]
  const pairs = enabled.length
  if (pairs === 0 && listAt(detail.responseElements, "EnableFastSnapshotRestoresResponse", "unsuccessful").length > 0)
    return { nothing: "it was enabled nowhere" }
  const asked = textsAt(request, "SourceSnapshotId")
  const zones = textsAt(request, "AvailabilityZone").length
  const total = pairs > 0 ? pairs : asked.length * zones
  return {
    type: "ec2:snapshot",
    service: billedBy.ec2Other,
    resources: pairs > 0 ? snapshots : asked,
    what: `fast restore of ${total === 1 ? "a snapshot in one zone" : `${count(total)} pairs of snapshot and zone`}`,
    terms: fastRestoreTerms(total, price())
  }
}

const natGateway = (detail: Detail, { price }: EventPrices): Thing => {
  const made = at(detail.responseElements, "CreateNatGatewayResponse", "natGateway")
  const isPublic = textAt(made, "connectivityType") !== "private"
  const isRegional = textAt(made, "availabilityMode") === "regional"
  return {
    type: "ec2:nat-gateway",
    service: billedBy.ec2Other,
    resources: [textAt(made, "natGatewayId")],
    what: `${isRegional ? "regional NAT gateway" : isPublic ? "NAT gateway" : "private NAT gateway"} in ${textAt(made, "subnetId") ?? textAt(made, "vpcId") ?? "a VPC"}`,
    terms: [hourly("NAT gateway", 1, price()("natGateway.hour"))],
    ...(isRegional ? { atLeast: true } : {}),
    // Its address was allocated by a call of its own.
    note: isRegional
      ? "It is billed for each zone in which it works; its addresses and the gigabytes that pass through it come on top."
      : "Its address and the gigabytes that pass through it come on top."
  }
}

const address = (detail: Detail, { price }: EventPrices): Thing | Nothing => {
  const pool = textAt(detail.responseElements, "publicIpv4Pool") ?? textAt(detail.requestParameters, "publicIpv4Pool")
  if (pool !== undefined && pool !== "amazon")
    return { nothing: "AWS does not bill addresses that the customer brought" }
  return {
    type: "ec2:elastic-ip",
    service: billedBy.vpc,
    resources: [textAt(detail.responseElements, "allocationId")],
    what: `public IPv4 address ${textAt(detail.responseElements, "publicIp") ?? ""}`.trim(),
    terms: [hourly("public IPv4 address", 1, price()("publicIpv4.idle"))]
  }
}

const hourOf = {
  application: "elb.albHour",
  network: "elb.nlbHour",
  gateway: "elb.gwlbHour",
  classic: "elb.clbHour"
} as const

const loadBalancer = (detail: Detail, { price }: EventPrices): Thing | Nothing => {
  const [made] = listAt(detail.responseElements, "loadBalancers")
  const arn = textAt(made, "loadBalancerArn")
  const type = made === undefined ? "classic" : textAt(made, "type")
  if (type !== "classic" && type !== "application" && type !== "network" && type !== "gateway") {
    return { nothing: `no price is known of load balancers of the type ${type ?? "unknown"}` }
  }
  const isPublic = (textAt(made, "scheme") ?? textAt(detail.requestParameters, "scheme")) !== "internal"
  // A network load balancer has an address in each zone, an application load balancer one at least.
  const addresses =
    isPublic && (type === "application" || type === "network") ? listAt(made, "availabilityZones").length : 0
  return {
    type: type === "classic" ? "elb:load-balancer" : "elbv2:load-balancer",
    service: billedBy.elb,
    resources: [
      type === "classic"
        ? textAt(detail.requestParameters, "loadBalancerName")
        : arn?.slice(arn.indexOf(":loadbalancer/") + ":loadbalancer/".length)
    ],
    what: `${type} load balancer ${textAt(made, "loadBalancerName") ?? textAt(detail.requestParameters, "loadBalancerName") ?? ""}`.trim(),
    terms: [
      hourly("load balancer", 1, price()(hourOf[type])),
      ...(addresses === 0 ? [] : [hourly("public IPv4 address", addresses, price()("publicIpv4.inUse"))])
    ],
    note: "What it carries comes on top."
  }
}

/** An instance of a database, by what RDS answered; `asked` is what the answer may leave out. */
const database = (
  { requestParameters, responseElements }: Detail,
  { compute, place, price }: EventPrices
): Thing | Nothing => {
  const text = (name: string) => textAt(responseElements, name) ?? textAt(requestParameters, name)
  const number = (name: string) => numberAt(responseElements, name) ?? numberAt(requestParameters, name)
  const instanceClass = text("dBInstanceClass")
  if (instanceClass === undefined) return { nothing: "the event says no instance class" }
  const engine = text("engine") ?? ""
  // Aurora, DocumentDB and Neptune share the storage of their cluster.
  const isMember = engine.startsWith("aurora") || text("dBClusterIdentifier") !== undefined
  const isMultiAz = (at(responseElements, "multiAZ") ?? at(requestParameters, "multiAZ")) === true
  const sizeGb = number("allocatedStorage")
  const storageType = text("storageType") ?? "gp2"
  const copies = isMultiAz ? 2 : 1
  const provisionedIops = (iops: number | undefined, price: SavingsTerm["price"]): SavingsTerm =>
    iops === undefined
      ? term("provisioned IOPS", copies, "disks", unknownPrice(price, "the event does not say how many"))
      : term("provisioned IOPS", iops * copies, "IOPS", price)
  const storage = (): ReadonlyArray<SavingsTerm> => {
    if (isMember || sizeGb === 0) return []
    const label = `${storageType} storage`
    const gp = price()("rds.storageGpGBMonth_singleAz")
    if (sizeGb === undefined) return [term(label, copies, "disks", unknownPrice(gp, "the event does not say its size"))]
    switch (storageType) {
      case "gp2":
      case "gp3":
        return [term(label, sizeGb * copies, "GB", gp)]
      case "standard":
        return [term(label, sizeGb * copies, "GB", price()("rds.storageMagneticGBMonth_singleAz"))]
      case "io1":
        return [
          term(label, sizeGb * copies, "GB", price()("rds.storageIo1GBMonth_singleAz")),
          provisionedIops(number("iops"), price()("rds.iopsIo1Month_singleAz"))
        ]
      default:
        return [term(label, sizeGb, "GB", unknownPrice(gp, `no price is known of ${storageType} storage`))]
    }
  }
  return {
    type: "rds:db",
    service: databaseBilledBy(engine),
    resources: [text("dBInstanceIdentifier")],
    what: `${instanceClass} database of ${engine === "" ? "an unknown engine" : engine}${isMultiAz ? ", Multi-AZ" : ""}`,
    terms: [
      hourly(
        instanceClass,
        1,
        compute.rds(
          instanceClass,
          rdsEngineOf(engine, text("licenseModel")),
          isMultiAz ? "multi-az" : "single",
          place(),
          { ioOptimized: storageType === "aurora-iopt1" }
        )
      ),
      ...storage()
    ],
    isLarge: isLarge(instanceClass),
    note: isMember ? "Storage and operations of the cluster come on top." : "Backups and operations come on top."
  }
}

const databaseCluster = (
  { requestParameters, responseElements }: Detail,
  { compute, place }: EventPrices
): Thing | Nothing => {
  const text = (name: string) => textAt(responseElements, name) ?? textAt(requestParameters, name)
  const instanceClass = text("dBClusterInstanceClass")
  if (instanceClass === undefined)
    return { nothing: "a cluster of Aurora is billed by its instances, each with a call of its own" }
  const engine = text("engine") ?? ""
  return {
    type: "rds:cluster",
    service: databaseBilledBy(engine),
    resources: [text("dBClusterIdentifier")],
    what: `Multi-AZ cluster of three ${instanceClass} with ${engine === "" ? "an unknown engine" : engine}`,
    terms: [
      hourly(
        instanceClass,
        3,
        compute.rds(instanceClass, rdsEngineOf(engine, text("licenseModel")), "multi-az-cluster", place())
      )
    ],
    isLarge: isLarge(instanceClass),
    basis: "estimate",
    note: "Its storage comes on top."
  }
}

/** What no function has less of, in GB. Source: Lambda developer guide, "Configure Lambda function memory": 128 MB to 10,240 MB. */
const leastGb = 0.125

const provisionedConcurrency = (
  { requestParameters, responseElements }: Detail,
  { price }: EventPrices
): Thing | Nothing => {
  const name = textAt(requestParameters, "functionName")
  const wanted =
    numberAt(responseElements, "requestedProvisionedConcurrentExecutions") ??
    numberAt(requestParameters, "provisionedConcurrentExecutions")
  if (wanted === undefined) return { nothing: "the event says no concurrency" }
  // The event tells neither the memory nor the architecture: with the least of the one, on the cheaper of the other.
  const [x86, arm] = [price()("lambda.provisionedConcurrencyGBs"), price()("lambda.provisionedConcurrencyArmGBs")]
  const perGb = x86.usd !== null && (arm.usd === null || x86.usd < arm.usd) ? x86 : arm
  const gbSeconds = wanted * 3600 * hoursPerMonth
  return {
    type: "lambda:function",
    service: billedBy.lambda,
    // A name, an ARN with or without a version, or an ARN without its beginning.
    resources: [
      name
        ?.replace(/^.*:?function:/, "")
        .replace(/^\d{12}:/, "")
        .split(":")[0]
    ],
    what: `provisioned concurrency of ${count(wanted)} for ${name ?? "a function"}`,
    terms: [
      term("provisioned concurrency at 128 MB, the least that a function has", gbSeconds * leastGb, "GB-seconds", perGb)
    ],
    atLeast: true,
    note:
      x86.usd === null
        ? "The event does not say the function's memory."
        : `The event does not say the function's memory: each GB of it costs ${usd(gbSeconds * x86.usd)} a month on x86.`
  }
}

const cacheEngine = (name: string | undefined) => (name === "memcached" || name === "valkey" ? name : "redis")

const cacheOf = (
  type: "elasticache:cluster" | "elasticache:replicationgroup",
  id: string | undefined,
  nodeType: string | undefined,
  nodes: number | undefined,
  engine: string | undefined,
  { compute, place }: EventPrices
): Thing | Nothing =>
  nodeType === undefined || nodes === undefined || nodes === 0
    ? { nothing: "the event says no nodes" }
    : {
        type,
        service: billedBy.elasticache,
        resources: [id],
        what: `cache of ${count(nodes)} ${nodeType}`,
        terms: [hourly(nodeType, nodes, compute.cache(nodeType, cacheEngine(engine), place()))],
        isLarge: isLarge(nodeType)
      }

const databaseScans = ["find_unencrypted_rds_instances", "find_outdated_rds_engine_versions"]
const volumeScans = ["find_ebs_volumes_with_old_types", "find_unencrypted_ebs_volumes"]

export const writeEvents: ReadonlyArray<WriteEvent> = [
  { ...ec2, eventName: "CreateNatGateway", scans: ["find_unused_nat_gateways"], read: natGateway },
  { ...ec2, eventName: "AllocateAddress", scans: ["find_unused_elastic_ips"], read: address },
  { ...ec2, eventName: "RunInstances", scans: ["find_ec2_instances_with_old_generations"], read: instances },
  { ...ec2, eventName: "CreateVpcEndpoint", scans: ["find_unused_vpc_endpoints"], read: endpoint },
  { ...ec2, eventName: "EnableFastSnapshotRestores", scans: ["find_unused_snapshots"], read: fastRestore },
  {
    ...ec2,
    eventName: "CreateVolume",
    scans: volumeScans,
    read: ({ responseElements: made }, prices) =>
      volume(
        textAt(made, "volumeId"),
        textAt(made, "volumeType"),
        numberAt(made, "size"),
        {
          ...asOptional("iops", numberAt(made, "iops")),
          ...asOptional("throughput", numberAt(made, "throughput")),
          ...asOptional("zone", textAt(made, "zone") ?? textAt(made, "availabilityZone"))
        },
        prices
      )
  },
  {
    ...ec2,
    eventName: "ModifyVolume",
    scans: volumeScans,
    read: ({ responseElements }, prices) => {
      const made = at(responseElements, "ModifyVolumeResponse", "volumeModification")
      return volume(
        textAt(made, "volumeId"),
        textAt(made, "targetVolumeType"),
        numberAt(made, "targetSize"),
        {
          ...asOptional("iops", numberAt(made, "targetIops")),
          ...asOptional("throughput", numberAt(made, "targetThroughput"))
        },
        prices
      )
    }
  },
  {
    source: "aws.elasticloadbalancing",
    eventSource: "elasticloadbalancing.amazonaws.com",
    eventName: "CreateLoadBalancer",
    scans: ["find_unused_load_balancers"],
    read: loadBalancer
  },
  ...[
    "CreateDBInstance",
    "CreateDBInstanceReadReplica",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceFromS3",
    "RestoreDBInstanceToPointInTime"
  ].map((eventName) => ({ ...rds, eventName, scans: databaseScans, read: database })),
  ...["CreateDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime"].map((eventName) => ({
    ...rds,
    eventName,
    scans: databaseScans,
    read: databaseCluster
  })),
  {
    ...cache,
    eventName: "CreateCacheCluster",
    scans: ["find_outdated_elasticache_engine_versions"],
    read: ({ requestParameters, responseElements: made }, prices) =>
      // A node that joins a group is part of the group's own call.
      textAt(requestParameters, "replicationGroupId") === undefined
        ? cacheOf(
            "elasticache:cluster",
            textAt(made, "cacheClusterId"),
            textAt(made, "cacheNodeType"),
            numberAt(made, "numCacheNodes"),
            textAt(made, "engine"),
            prices
          )
        : { nothing: "it is a node of a replication group" }
  },
  {
    ...cache,
    eventName: "CreateReplicationGroup",
    scans: ["find_outdated_elasticache_engine_versions"],
    read: ({ requestParameters: asked, responseElements: made }, prices) => {
      const shards = numberAt(asked, "numNodeGroups")
      const nodes =
        textsAt(made, "memberClusters").length ||
        (shards === undefined
          ? (numberAt(asked, "numCacheClusters") ?? 1)
          : shards * (1 + (numberAt(asked, "replicasPerNodeGroup") ?? 0)))
      return cacheOf(
        "elasticache:replicationgroup",
        textAt(made, "replicationGroupId") ?? textAt(asked, "replicationGroupId"),
        textAt(made, "cacheNodeType") ?? textAt(asked, "cacheNodeType"),
        nodes,
        textAt(made, "engine") ?? textAt(asked, "engine"),
        prices
      )
    }
  },
  {
    source: "aws.lambda",
    eventSource: "lambda.amazonaws.com",
    eventName: "PutProvisionedConcurrencyConfig",
    scans: ["find_unused_lambda_functions"],
    read: provisionedConcurrency
  },
  {
    source: "aws.eks",
    eventSource: "eks.amazonaws.com",
    eventName: "CreateCluster",
    scans: ["find_outdated_eks_cluster_versions"],
    read: ({ responseElements }, { price }) => {
      const made = at(responseElements, "cluster")
      return {
        type: "eks:cluster",
        service: billedBy.eks,
        resources: [textAt(made, "name")],
        what: `EKS cluster with Kubernetes ${textAt(made, "version") ?? "of an unknown version"}`,
        terms: [hourly("control plane", 1, price()("eks.clusterHour"))],
        note: "Its nodes come on top, and extended support where the version is old."
      }
    }
  },
  {
    source: "aws.dynamodb",
    eventSource: "dynamodb.amazonaws.com",
    eventName: "CreateTable",
    scans: ["find_unused_dynamodb_tables"],
    read: ({ requestParameters: asked }, { price }) => {
      const tables = [asked, ...listAt(asked, "globalSecondaryIndexes")]
      const units = (name: string) =>
        tables.reduce<number>((sum, table) => sum + (numberAt(table, "provisionedThroughput", name) ?? 0), 0)
      const [reads, writes] = [units("readCapacityUnits"), units("writeCapacityUnits")]
      const name = textAt(asked, "tableName")
      if (textAt(asked, "billingMode") === "PAY_PER_REQUEST" || reads + writes === 0)
        return { nothing: "a table without provisioned capacity" }
      return {
        type: "dynamodb:table",
        service: billedBy.dynamodb,
        resources: [name],
        what: `table with ${count(reads)} read and ${count(writes)} write units`,
        terms: [
          hourly("read units", reads, price()("dynamodb.rcuHour")),
          hourly("write units", writes, price()("dynamodb.wcuHour"))
        ],
        note: "Its storage comes on top."
      }
    }
  }
]

/** A property where there is a value. */
function asOptional<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: Value }
}

/** The row of a call. */
export const writeEventOf = ({
  eventName,
  eventSource
}: Pick<Detail, "eventName" | "eventSource">): WriteEvent | undefined =>
  writeEvents.find(
    (row) =>
      row.eventSource === eventSource &&
      (row.eventName === eventName ||
        (eventName.startsWith(row.eventName) && /^\d{8}(v\d+)?$/.test(eventName.slice(row.eventName.length))))
  )

/** What EventBridge lets through: calls of the table that AWS recorded and that succeeded. */
export const eventPattern = {
  source: [...new Set(writeEvents.map(({ source }) => source))],
  "detail-type": ["AWS API Call via CloudTrail"],
  detail: {
    eventSource: [...new Set(writeEvents.map(({ eventSource }) => eventSource))],
    eventName: [
      ...new Set(writeEvents.map(({ eventName }) => eventName)),
      ...writeEvents
        .filter(({ source }) => source === "aws.lambda")
        .map(({ eventName }) => ({ prefix: `${eventName}2` }))
    ],
    errorCode: [{ exists: false }],
    readOnly: [false]
  }
}
