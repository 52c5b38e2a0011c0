/**
 * Live list prices from the AWS Price List API: seven calls for a region and week, one more for us-east-1. What the API does
 * not answer comes from the snapshot, fact by fact.
 *
 * The attributes were taken from public code and notes that quote the API (usage types, product families and units of EBS,
 * NAT gateways, load balancers, public IPv4, VPC endpoints, log storage, S3 and Lambda). Nothing of it was run against AWS.
 * Known from one place only: the group `VPCE:VpcEndpoint`, the unit of fast snapshot restore, the usage types of the
 * Intelligent-Tiering archive tiers, the offer `AmazonS3GlacierDeepArchive`, the tiers of `HostedZone`. An attribute that is
 * wrong matches no product, so its fact keeps the snapshot's price.
 */
import { GetProductsCommand, PricingClient } from "@aws-sdk/client-pricing"
import * as Cache from "effect/Cache"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Aws, AwsTarget, list } from "../aws/Aws.ts"
import type { AwsErrorReason } from "../aws/AwsError.ts"
import { Credentials } from "../aws/Credentials.ts"
import { listOperation } from "../aws/operation.ts"
import { Store } from "../store/Store.ts"
import type { Price, PriceBook } from "./Prices.ts"
import { type FactName, snapshotBook } from "./snapshot.ts"

/** Free of charge. Exported for the scanner's own policy. */
export const getProducts = listOperation(PricingClient, GetProductsCommand, "pricing:GetProducts", "PriceList", {
  paging: { size: ["MaxResults", 100], input: "NextToken", output: "NextToken" }
})

/** Which product of an answer has a fact's price. */
interface Pick {
  readonly fact: FactName
  /** Without the region's prefix: `EBS:VolumeUsage.gp3` also means `EUC1-EBS:VolumeUsage.gp3`. */
  readonly usageType?: string
  readonly productFamily?: string
  readonly group?: string
  /** Where the price tier begins, in the price's unit. */
  readonly tierFrom?: number
}

/** One call, and the facts that its answer has. */
interface Query {
  readonly serviceCode: string
  /** An attribute that narrows the answer, with its values. */
  readonly narrow?: readonly [attribute: string, values: ReadonlyArray<string>]
  /** Priced without a region; asked together with us-east-1, whose prices the global services have. */
  readonly global?: true
  readonly picks: ReadonlyArray<Pick>
}

const terabyte = 1024

const queries: ReadonlyArray<Query> = [
  {
    serviceCode: "AmazonEC2",
    narrow: [
      "productFamily",
      [
        "Storage",
        "System Operation",
        "Provisioned Throughput",
        "Storage Snapshot",
        "Fast Snapshot Restore",
        "NAT Gateway"
      ]
    ],
    picks: [
      { fact: "ebs.gp2GBMonth", usageType: "EBS:VolumeUsage.gp2" },
      { fact: "ebs.gp3GBMonth", usageType: "EBS:VolumeUsage.gp3" },
      { fact: "ebs.gp3IopsMonth_over3000", usageType: "EBS:VolumeP-IOPS.gp3" },
      { fact: "ebs.gp3MiBpsMonth_over125", usageType: "EBS:VolumeP-Throughput.gp3" },
      { fact: "ebs.io1GBMonth", usageType: "EBS:VolumeUsage.piops" },
      { fact: "ebs.io1IopsMonth", usageType: "EBS:VolumeP-IOPS.piops" },
      { fact: "ebs.io2GBMonth", usageType: "EBS:VolumeUsage.io2" },
      { fact: "ebs.io2IopsMonth_upTo32000", usageType: "EBS:VolumeP-IOPS.io2" },
      { fact: "ebs.io2IopsMonth_32001to64000", usageType: "EBS:VolumeP-IOPS.io2.tier2" },
      { fact: "ebs.io2IopsMonth_over64000", usageType: "EBS:VolumeP-IOPS.io2.tier3" },
      { fact: "ebs.st1GBMonth", usageType: "EBS:VolumeUsage.st1" },
      { fact: "ebs.sc1GBMonth", usageType: "EBS:VolumeUsage.sc1" },
      { fact: "ebs.standardGBMonth", usageType: "EBS:VolumeUsage" },
      { fact: "ebs.snapshotGBMonth", usageType: "EBS:SnapshotUsage" },
      { fact: "ebs.snapshotArchiveGBMonth", usageType: "EBS:SnapshotArchiveStorage" },
      { fact: "ebs.fastSnapshotRestoreHour", usageType: "EBS:FastSnapshotRestore" },
      // A regional NAT gateway is a product of its own.
      { fact: "natGateway.hour", usageType: "NatGateway-Hours" }
    ]
  },
  {
    serviceCode: "AmazonVPC",
    narrow: ["group", ["VPCPublicIPv4Address", "VPCE:VpcEndpoint"]],
    picks: [
      { fact: "publicIpv4.idle", usageType: "PublicIPv4:IdleAddress" },
      { fact: "publicIpv4.inUse", usageType: "PublicIPv4:InUseAddress" },
      { fact: "vpcEndpoint.interfaceAzHour", usageType: "VpcEndpoint-Hours" },
      { fact: "vpcEndpoint.gwlbeHour", usageType: "VpcEndpoint-GWLBE-Hours" }
    ]
  },
  {
    serviceCode: "AWSELB",
    narrow: [
      "productFamily",
      ["Load Balancer", "Load Balancer-Application", "Load Balancer-Network", "Load Balancer-Gateway"]
    ],
    picks: [
      { fact: "elb.albHour", usageType: "LoadBalancerUsage", productFamily: "Load Balancer-Application" },
      { fact: "elb.nlbHour", usageType: "LoadBalancerUsage", productFamily: "Load Balancer-Network" },
      { fact: "elb.gwlbHour", usageType: "LoadBalancerUsage", productFamily: "Load Balancer-Gateway" },
      { fact: "elb.clbHour", usageType: "LoadBalancerUsage", productFamily: "Load Balancer" }
    ]
  },
  {
    serviceCode: "AmazonCloudWatch",
    narrow: ["productFamily", ["Storage Snapshot"]],
    picks: [{ fact: "cloudwatch.logsStorageGBMonth", usageType: "TimedStorage-ByteHrs" }]
  },
  {
    serviceCode: "AWSLambda",
    narrow: ["group", ["AWS-Lambda-Provisioned-Concurrency", "AWS-Lambda-Provisioned-Concurrency-ARM"]],
    picks: [
      { fact: "lambda.provisionedConcurrencyGBs", group: "AWS-Lambda-Provisioned-Concurrency" },
      { fact: "lambda.provisionedConcurrencyArmGBs", group: "AWS-Lambda-Provisioned-Concurrency-ARM" }
    ]
  },
  {
    serviceCode: "AmazonS3",
    narrow: ["productFamily", ["Storage"]],
    picks: [
      { fact: "s3.standardGBMonth_first50TB", usageType: "TimedStorage-ByteHrs" },
      { fact: "s3.standardGBMonth_next450TB", usageType: "TimedStorage-ByteHrs", tierFrom: 50 * terabyte },
      { fact: "s3.standardGBMonth_over500TB", usageType: "TimedStorage-ByteHrs", tierFrom: 500 * terabyte },
      { fact: "s3.standardIAGBMonth", usageType: "TimedStorage-SIA-ByteHrs" },
      { fact: "s3.oneZoneIAGBMonth", usageType: "TimedStorage-ZIA-ByteHrs" },
      { fact: "s3.intFAGBMonth_first50TB", usageType: "TimedStorage-INT-FA-ByteHrs" },
      { fact: "s3.intIAGBMonth", usageType: "TimedStorage-INT-IA-ByteHrs" },
      { fact: "s3.intAIAGBMonth", usageType: "TimedStorage-INT-AIA-ByteHrs" },
      { fact: "s3.intArchiveGBMonth", usageType: "TimedStorage-INT-AA-ByteHrs" },
      { fact: "s3.intDeepArchiveGBMonth", usageType: "TimedStorage-INT-DAA-ByteHrs" },
      { fact: "s3.glacierInstantGBMonth", usageType: "TimedStorage-GIR-ByteHrs" },
      { fact: "s3.glacierFlexibleGBMonth", usageType: "TimedStorage-GlacierByteHrs" },
      { fact: "s3.expressOneZoneGBMonth", usageType: "TimedStorage-XZ-ByteHrs" }
    ]
  },
  {
    serviceCode: "AmazonS3GlacierDeepArchive",
    picks: [{ fact: "s3.deepArchiveGBMonth", usageType: "TimedStorage-GDA-ByteHrs" }]
  },
  {
    serviceCode: "AmazonRoute53",
    narrow: ["usagetype", ["HostedZone"]],
    global: true,
    picks: [
      { fact: "route53.hostedZoneMonth_first25", usageType: "HostedZone" },
      { fact: "route53.hostedZoneMonth_over25", usageType: "HostedZone", tierFrom: 25 }
    ]
  }
]

/** Facts that are asked about with a region. */
export const liveFacts = (region: string): ReadonlyArray<FactName> =>
  queriesOf(region).flatMap(({ picks }) => picks.map(({ fact }) => fact))

const queriesOf = (region: string) => queries.filter(({ global }) => global !== true || region === "us-east-1")

const inputOf = ({ global, narrow, serviceCode }: Query, region: string) => ({
  ServiceCode: serviceCode,
  FormatVersion: "aws_v1",
  Filters: [
    ...(global === true ? [] : [{ Type: "EQUALS" as const, Field: "regionCode", Value: region }]),
    ...(narrow === undefined ? [] : [{ Type: "ANY_OF" as const, Field: narrow[0], Value: narrow[1].join(",") }])
  ]
})

/** What is read of an element of `PriceList`, which is JSON in a string. */
const Product = Schema.fromJsonString(
  Schema.Struct({
    product: Schema.Struct({
      productFamily: Schema.optionalKey(Schema.String),
      attributes: Schema.Record(Schema.String, Schema.String),
      sku: Schema.String
    }),
    terms: Schema.Struct({
      OnDemand: Schema.optionalKey(
        Schema.Record(
          Schema.String,
          Schema.Struct({
            priceDimensions: Schema.Record(
              Schema.String,
              Schema.Struct({
                unit: Schema.String,
                beginRange: Schema.optionalKey(Schema.String),
                pricePerUnit: Schema.Record(Schema.String, Schema.String)
              })
            )
          })
        )
      )
    })
  })
)
type Product = typeof Product.Type

const decodeProduct = Schema.decodeUnknownOption(Product)

/** What a unit of the API means in a unit of the snapshot. A pair that is not here is a price of something else. */
const factors: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "GB-month": { "gb-mo": 1, "gb-month": 1 },
  "IOPS-month": { "iops-mo": 1, "iops-month": 1 },
  // The console quotes MiB/s, the API GiB/s.
  "MiBps-month": { "mibps-mo": 1, "gibps-mo": 1 / 1024 },
  hour: { hrs: 1, hours: 1 },
  "AZ-hour": { hrs: 1, hours: 1 },
  "address-hour": { hrs: 1, hours: 1 },
  "DSU-hour": { hrs: 1, hours: 1, "dsu-hours": 1 },
  "GB-second": { "lambda-gb-second": 1, "gb-second": 1, "gb-seconds": 1 },
  "zone-month": { hostedzone: 1 }
}

// us-east-1 has no prefix or `USE1-`, eu-west-1 has `EU-`. Outposts and local zones put more before the usage type.
const prefix = /^(?:[A-Z]{3}\d-|EU-)/

const outsideRegions = new Set(["AWS Outposts", "AWS Local Zone", "AWS Wavelength Zone"])

/** A price with the product that has it. */
const Found = Schema.Struct({ usd: Schema.Finite, sku: Schema.String })
type Found = typeof Found.Type

/** The one price that the products have for a fact. Two different ones are none: it cannot be told which is meant. */
const pick = (products: ReadonlyArray<Product>, wanted: Pick, unit: string): Found | null => {
  const found = products
    .filter(
      ({ product: { attributes, productFamily } }) =>
        (wanted.usageType === undefined || wanted.usageType === (attributes["usagetype"] ?? "").replace(prefix, "")) &&
        (wanted.productFamily === undefined || wanted.productFamily === productFamily) &&
        (wanted.group === undefined || wanted.group === attributes["group"]) &&
        !outsideRegions.has(attributes["locationType"] ?? "")
    )
    .flatMap(({ product, terms }) =>
      Object.values(terms.OnDemand ?? {})
        .flatMap(({ priceDimensions }) => Object.values(priceDimensions))
        .filter(({ beginRange }) => Number(beginRange ?? 0) === (wanted.tierFrom ?? 0))
        .map((dimension) => {
          const factor = factors[unit]?.[dimension.unit.toLowerCase()] ?? Number.NaN
          // Twelve digits keep every price and drop the noise of the division.
          return { usd: Number((Number(dimension.pricePerUnit["USD"]) * factor).toPrecision(12)), sku: product.sku }
        })
    )
    .filter(({ usd }) => usd > 0)
  const [first] = found
  return first !== undefined && found.every(({ usd }) => usd === first.usd) ? first : null
}

/** What the API said of a region's facts; null where it had no price. */
const Answer = Schema.Struct({
  /** ISO day on which it was asked. */
  asOf: Schema.String,
  prices: Schema.Record(Schema.String, Schema.NullOr(Found))
})
type Answer = typeof Answer.Type

const decodeAnswer = Schema.decodeUnknownOption(Answer)

/** Failures that say something about one query only; after any other, the next query would fail as well. */
const ofOneQuery: ReadonlySet<AwsErrorReason["_tag"]> = new Set(["Rejected", "Malformed"])

const daysKept = 7

/** The service behind `Prices.layerPriceList`. */
export const makePriceList = Effect.gen(function* () {
  const aws = yield* Aws
  const credentials = yield* Credentials
  const store = yield* Store
  const snapshot = yield* snapshotBook

  /** Asks the API. Never fails: `complete` says whether everything was answered. */
  const ask = Effect.fnUntraced(function* (region: string) {
    const prices: Record<string, Found | null> = {}
    const asOf = DateTime.formatIsoDateUtc(yield* DateTime.now)
    const incomplete = (why: string) =>
      Effect.as(Effect.logWarning(`Prices in ${region} that the Price List API did not give: ${why}`), {
        answer: { asOf, prices },
        complete: false
      })

    const own = yield* Effect.result(credentials.caller)
    if (own._tag === "Failure") return yield* incomplete(own.failure.message)

    const failures: Array<string> = []
    for (const query of queriesOf(region)) {
      const result = yield* list(getProducts, inputOf(query, region), (products) =>
        // The SDK gives its own kind of string, which is an object.
        Array.from<unknown>(products).flatMap((product) => Option.toArray(decodeProduct(String(product))))
      ).pipe(
        Effect.provideService(Aws, aws),
        Effect.provideService(AwsTarget, { account: own.success.account, region: "us-east-1", partition: "aws" }),
        Effect.result
      )
      if (result._tag === "Failure") {
        failures.push(result.failure.message)
        if (ofOneQuery.has(result.failure.reason._tag)) continue
        break
      }
      failures.push(...result.success.gaps.map(({ message }) => message))
      for (const wanted of query.picks) {
        prices[wanted.fact] = pick(result.success.items, wanted, snapshot.price(region, wanted.fact).unit)
      }
    }
    const [first] = failures
    return first === undefined ? { answer: { asOf, prices }, complete: true } : yield* incomplete(first)
  })

  const answerFor = Effect.fn("PriceList.answerFor")(function* (region: string) {
    const key = `price-list/${region}`
    // A store that fails fails the run elsewhere, with its reason; prices do not need it.
    const kept = yield* Effect.orElseSucceed(store.cached(key), () => undefined)
    const answer = Option.getOrUndefined(decodeAnswer(kept))
    // A newer version of the product may ask about more facts.
    if (answer !== undefined && liveFacts(region).every((fact) => fact in answer.prices)) return answer
    const asked = yield* ask(region)
    if (asked.complete) {
      const expires = DateTime.add(yield* DateTime.now, { days: daysKept })
      yield* Effect.ignore(store.cache(key, asked.answer, DateTime.toDateUtc(expires)))
    }
    return asked.answer
  })

  // Scopes of many accounts ask for the same region at once. After an hour the store is asked again.
  const answers = yield* Cache.make({
    lookup: answerFor,
    capacity: 100,
    timeToLive: "1 hour",
    requireServicesAt: "lookup"
  })

  const bookOf = (region: string, { asOf, prices }: Answer): PriceBook => {
    const live = new Map<string, Price>()
    for (const fact of liveFacts(region)) {
      const found = prices[fact]
      if (found === undefined || found === null) continue
      const { unit } = snapshot.price(region, fact)
      const source = `AWS Price List API, SKU ${found.sku}`
      live.set(fact, { fact, region, usd: found.usd, unit, source, asOf, confidence: "verified" })
    }
    return {
      price: (where, fact) => (where === region ? live.get(fact) : undefined) ?? snapshot.price(where, fact)
    }
  }

  return {
    bookFor: (region: string) => Effect.map(Cache.get(answers, region), (answer) => bookOf(region, answer))
  }
})
