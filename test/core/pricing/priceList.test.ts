import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { Aws, RetrySchedule } from "../../../core/aws/Aws.ts"
import { AwsError, NoCredentials } from "../../../core/aws/AwsError.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { Credentials } from "../../../core/aws/Credentials.ts"
import { RateOf, unlimited } from "../../../core/aws/RateLimits.ts"
import { type Destination, Transport } from "../../../core/aws/Transport.ts"
import { liveFacts } from "../../../core/pricing/priceList.ts"
import { Prices } from "../../../core/pricing/Prices.ts"
import { type FactName, factNames } from "../../../core/pricing/snapshot.ts"
import { Store, StoreError } from "../../../core/store/Store.ts"

interface Product {
  readonly service: string
  readonly region: string
  readonly family?: string
  readonly usage: string
  readonly group?: string
  readonly locationType?: string
  readonly unit: string
  /** USD by the beginning of the tier. */
  readonly usd: Readonly<Record<string, string>>
}

/** A product as GetProducts answers it: JSON in a string. */
const json = (
  { family, group, locationType = "AWS Region", region, service, unit, usage, usd }: Product,
  index: number
) => {
  const sku = `SKU${String(index).padStart(13, "0")}`
  return JSON.stringify({
    product: {
      ...(family === undefined ? {} : { productFamily: family }),
      attributes: {
        regionCode: region,
        servicecode: service,
        usagetype: usage,
        locationType,
        ...(group === undefined ? {} : { group }),
        operation: ""
      },
      sku
    },
    serviceCode: service,
    terms: {
      OnDemand: {
        [`${sku}.JRTCKXETXF`]: {
          priceDimensions: Object.fromEntries(
            Object.entries(usd).map(([beginRange, price], tier) => [
              `${sku}.JRTCKXETXF.${tier}`,
              { unit, beginRange, endRange: "Inf", description: "…", appliesTo: [], pricePerUnit: { USD: price } }
            ])
          ),
          sku,
          effectiveDate: "2026-11-01T00:00:00Z",
          offerTermCode: "JRTCKXETXF",
          termAttributes: {}
        }
      }
    },
    version: "20261101000000",
    publicationDate: "2026-11-01T00:00:00Z"
  })
}

const london = { region: "eu-west-2", unit: "Hrs" }
const ec2 = { ...london, service: "AmazonEC2" }
const vpc = { ...london, service: "AmazonVPC" }
const elb = { ...london, service: "AWSELB", usage: "EUW2-LoadBalancerUsage" }
const storage = { ...london, service: "AmazonS3", family: "Storage", unit: "GB-Mo" }
const lambda = { ...london, service: "AWSLambda", family: "Serverless", unit: "Lambda-GB-Second" }

const catalogue: ReadonlyArray<Product> = [
  { ...ec2, family: "Compute Instance", usage: "EUW2-BoxUsage:m5.large", usd: { 0: "0.1110000000" } },
  { ...ec2, family: "Storage", usage: "EUW2-EBS:VolumeUsage.gp3", unit: "GB-Mo", usd: { 0: "0.0930000000" } },
  { ...ec2, family: "Storage", usage: "EUW2-EBS:VolumeUsage.io2", unit: "GB-month", usd: { 0: "0.1450000000" } },
  { ...ec2, family: "Storage", usage: "EUW2-EBS:VolumeUsage", unit: "GB-Mo", usd: { 0: "0.0580000000" } },
  {
    ...ec2,
    family: "Storage",
    usage: "EUW2-LHR1-EBS:VolumeUsage.gp2",
    locationType: "AWS Local Zone",
    unit: "GB-Mo",
    usd: { 0: "0.5" }
  },
  {
    ...ec2,
    family: "Storage",
    usage: "EUW2-EBS:VolumeUsage.gp2",
    locationType: "AWS Outposts",
    unit: "GB-Mo",
    usd: { 0: "0.6" }
  },
  { ...ec2, family: "Storage", usage: "EUW2-EBS:VolumeUsage.st1", unit: "GB-Mo", usd: { 0: "0.0530000000" } },
  { ...ec2, family: "Storage", usage: "EUW2-EBS:VolumeUsage.st1", unit: "GB-Mo", usd: { 0: "0.9990000000" } },
  { ...ec2, family: "Storage", usage: "EUW2-EBS:VolumeUsage.sc1", unit: "Quarks", usd: { 0: "0.0180000000" } },
  { ...ec2, family: "System Operation", usage: "EUW2-EBS:VolumeP-IOPS.gp3", unit: "IOPS-Mo", usd: { 0: "0.0058" } },
  { ...ec2, family: "System Operation", usage: "EUW2-EBS:VolumeP-IOPS.io2", unit: "IOPS-Mo", usd: { 0: "0.076" } },
  {
    ...ec2,
    family: "System Operation",
    usage: "EUW2-EBS:VolumeP-IOPS.io2.tier2",
    unit: "IOPS-Mo",
    usd: { 0: "0.0532" }
  },
  {
    ...ec2,
    family: "Provisioned Throughput",
    usage: "EUW2-EBS:VolumeP-Throughput.gp3",
    unit: "GiBps-mo",
    usd: { 0: "47.5136000000" }
  },
  { ...ec2, family: "Storage Snapshot", usage: "EUW2-EBS:SnapshotUsage", unit: "GB-Mo", usd: { 0: "0.0530000000" } },
  { ...ec2, family: "Storage Snapshot", usage: "EUW2-EBS:SnapshotUsageUnderBilling", unit: "GB-Mo", usd: { 0: "0" } },
  {
    ...ec2,
    family: "Storage Snapshot",
    usage: "EUW2-EBS:SnapshotArchiveStorage",
    unit: "GB-Mo",
    usd: { 0: "0.01325" }
  },
  { ...ec2, family: "Fast Snapshot Restore", usage: "EUW2-EBS:FastSnapshotRestore", unit: "hours", usd: { 0: "0.79" } },
  { ...ec2, family: "NAT Gateway", usage: "EUW2-NatGateway-Hours", usd: { 0: "0.0500000000" } },
  { ...ec2, family: "NAT Gateway", usage: "EUW2-RegionalNatGateway-Hours", usd: { 0: "0.0700000000" } },
  { ...vpc, group: "VPCPublicIPv4Address", usage: "EUW2-PublicIPv4:IdleAddress", usd: { 0: "0.0050000000" } },
  { ...vpc, group: "VPCPublicIPv4Address", usage: "EUW2-PublicIPv4:InUseAddress", usd: { 0: "0.0050000000" } },
  { ...vpc, group: "VPCE:VpcEndpoint", usage: "EUW2-VpcEndpoint-Hours", usd: { 0: "0.0110000000" } },
  { ...vpc, group: "VPCE:VpcEndpoint", usage: "EUW2-VpcEndpoint-GWLBE-Hours", usd: { 0: "0.0115" } },
  { ...elb, family: "Load Balancer-Application", usd: { 0: "0.0264600000" } },
  { ...elb, family: "Load Balancer-Application", usage: "EUW2-TS-LoadBalancerUsage", usd: { 0: "0.0059" } },
  {
    ...elb,
    family: "Load Balancer-Application",
    usage: "EUW2-Outposts-LoadBalancerUsage",
    locationType: "AWS Outposts",
    usd: { 0: "0.03" }
  },
  { ...elb, family: "Load Balancer-Network", usd: { 0: "0.0264600000" } },
  { ...elb, family: "Load Balancer-Gateway", usd: { 0: "0.0147000000" } },
  { ...elb, family: "Load Balancer", usd: { 0: "0.0294000000" } },
  {
    ...london,
    service: "AmazonCloudWatch",
    family: "Storage Snapshot",
    usage: "EUW2-TimedStorage-ByteHrs",
    unit: "GB-Mo",
    usd: { 0: "0.0315" }
  },
  {
    ...lambda,
    group: "AWS-Lambda-Provisioned-Concurrency",
    usage: "EUW2-Lambda-Provisioned-Concurrency",
    usd: { 0: "0.0000048611" }
  },
  {
    ...lambda,
    group: "AWS-Lambda-Provisioned-Concurrency-ARM",
    usage: "EUW2-Lambda-Provisioned-Concurrency-ARM",
    usd: { 0: "0.0000038889" }
  },
  // The tiers come in any order.
  { ...storage, usage: "EUW2-TimedStorage-ByteHrs", usd: { 51200: "0.0230", 512000: "0.0220", 0: "0.0240" } },
  { ...storage, usage: "EUW2-TimedStorage-ByteHrs", usd: { 0: "0.0240" } },
  { ...storage, usage: "EUW2-TimedStorage-SIA-ByteHrs", usd: { 0: "0.0131" } },
  { ...storage, service: "AmazonS3GlacierDeepArchive", usage: "EUW2-TimedStorage-GDA-ByteHrs", usd: { 0: "0.0018" } },
  { ...storage, service: "AmazonS3GlacierDeepArchive", usage: "EUW2-EarlyDelete-GDA", usd: { 0: "0.5" } },
  {
    service: "AmazonRoute53",
    region: "",
    family: "DNS Zone",
    usage: "HostedZone",
    unit: "HostedZone",
    usd: { 25: "0.1000000000", 0: "0.5000000000" }
  },
  // us-east-1 has no prefix.
  {
    ...elb,
    region: "us-east-1",
    family: "Load Balancer-Application",
    usage: "LoadBalancerUsage",
    usd: { 0: "0.0226" }
  },
  {
    ...elb,
    region: "us-east-1",
    family: "Load Balancer-Application",
    usage: "TS-LoadBalancerUsage",
    usd: { 0: "0.005" }
  },
  { ...ec2, region: "us-east-1", family: "NAT Gateway", usage: "NatGateway-Hours", usd: { 0: "0.0460000000" } }
]

interface Input {
  readonly ServiceCode: string
  readonly Filters: ReadonlyArray<{ readonly Type: string; readonly Field: string; readonly Value: string }>
  readonly MaxResults: number
  readonly NextToken?: string
}

/** Answers like the API, filters included, two products a page. */
const answer = ({ Filters, NextToken = "0", ServiceCode }: Input) => {
  const matching = catalogue
    .map((product, index) => ({ product, index }))
    .filter(({ product }) => product.service === ServiceCode)
    .filter(({ product }) =>
      Filters.every(({ Field, Type, Value }) => {
        const attribute = { regionCode: "region", productFamily: "family", usagetype: "usage", group: "group" }[Field]
        const value = product[attribute as keyof Product]
        return Type === "ANY_OF" ? Value.split(",").includes(String(value)) : Type === "EQUALS" && value === Value
      })
    )
  const from = Number(NextToken)
  return {
    FormatVersion: "aws_v1",
    PriceList: matching.slice(from, from + 2).map(({ index, product }) => json(product, index)),
    ...(from + 2 < matching.length ? { NextToken: String(from + 2) } : {})
  }
}

const refusal = (name: string, message = "no") => Object.assign(new Error(message), { name })

interface Sent {
  readonly input: Input
  readonly destination: Destination
}

/** What a run has around it. */
const inRun = <A, E, R>(effect: Effect.Effect<A, E, R>, ledger = CallLedger.make()) =>
  effect.pipe(
    Effect.provideServiceEffect(CallLedger, ledger),
    Effect.provideService(RetrySchedule, Schedule.recurs(0)),
    Effect.provideService(RateOf, unlimited)
  )

/** The layer over a stubbed API and a store in memory, with what was sent and what is kept. */
const world = (
  options: {
    readonly respond?: (input: Input) => object
    readonly caller?: Effect.Effect<{ readonly account: string; readonly arn: string }, AwsError>
    readonly storeFails?: boolean
  } = {}
) => {
  const {
    caller = Effect.succeed({ account: "111111111111", arn: "" }),
    respond = answer,
    storeFails = false
  } = options
  const sent: Array<Sent> = []
  const kept = new Map<string, { readonly value: any; readonly expires: Date }>()
  const failure = new StoreError({ kind: "failed", message: "no store" })
  const layer = Prices.layerPriceList.pipe(
    Layer.provide([
      Aws.layer.pipe(
        Layer.provide(
          Layer.succeed(Transport, {
            send: (_operation, input, destination) => {
              sent.push({ input: input as Input, destination })
              return new Promise((resolve) => resolve(respond(input as Input)))
            }
          })
        )
      ),
      Layer.mock(Credentials, { caller, provider: () => Promise.reject(new Error()) }),
      Layer.mock(Store, {
        cache: (key, value, expires) =>
          storeFails
            ? Effect.fail(failure)
            : Effect.sync(() => void kept.set(key, { value: JSON.parse(JSON.stringify(value)), expires })),
        cached: (key) =>
          storeFails
            ? Effect.fail(failure)
            : Effect.map(Clock.currentTimeMillis, (now) => {
                const entry = kept.get(key)
                return entry !== undefined && entry.expires.getTime() > now ? entry.value : undefined
              })
      })
    ])
  )
  /** Gets a region's book from a new process, so to speak: nothing but the store remembers. */
  const book = (region: string) =>
    Effect.flatMap(Prices, (prices) => prices.bookFor(region)).pipe(Effect.provide(layer, { local: true }), inRun)
  return { book, kept, layer, sent }
}

describe("Prices.layerPriceList", () => {
  it.effect("picks the price of every fact out of the answers", () =>
    Effect.gen(function* () {
      const { book } = world()
      const { price } = yield* book("eu-west-2")
      const live: Readonly<Record<string, number>> = {
        "ebs.gp3GBMonth": 0.093,
        "ebs.io2GBMonth": 0.145,
        "ebs.standardGBMonth": 0.058,
        "ebs.gp3IopsMonth_over3000": 0.0058,
        "ebs.gp3MiBpsMonth_over125": 0.0464,
        "ebs.io2IopsMonth_upTo32000": 0.076,
        "ebs.io2IopsMonth_32001to64000": 0.0532,
        "ebs.snapshotGBMonth": 0.053,
        "ebs.snapshotArchiveGBMonth": 0.01325,
        "ebs.fastSnapshotRestoreHour": 0.79,
        "natGateway.hour": 0.05,
        "publicIpv4.idle": 0.005,
        "publicIpv4.inUse": 0.005,
        "vpcEndpoint.interfaceAzHour": 0.011,
        "vpcEndpoint.gwlbeHour": 0.0115,
        "elb.albHour": 0.02646,
        "elb.nlbHour": 0.02646,
        "elb.gwlbHour": 0.0147,
        "elb.clbHour": 0.0294,
        "cloudwatch.logsStorageGBMonth": 0.0315,
        "lambda.provisionedConcurrencyGBs": 4.8611e-6,
        "lambda.provisionedConcurrencyArmGBs": 3.8889e-6,
        "s3.standardGBMonth_first50TB": 0.024,
        "s3.standardGBMonth_next450TB": 0.023,
        "s3.standardGBMonth_over500TB": 0.022,
        "s3.standardIAGBMonth": 0.0131,
        "s3.deepArchiveGBMonth": 0.0018
      }
      for (const [fact, usd] of Object.entries(live) as Array<[FactName, number]>) {
        const found = price("eu-west-2", fact)
        assert.strictEqual(found.usd, usd, fact)
        assert.match(found.source, /^AWS Price List API, SKU SKU\d{13}$/, fact)
        assert.strictEqual(found.confidence, "verified", fact)
      }
      assert.deepStrictEqual(price("eu-west-2", "elb.gwlbHour"), {
        fact: "elb.gwlbHour",
        region: "eu-west-2",
        usd: 0.0147,
        unit: "hour",
        source: `AWS Price List API, SKU SKU${String(catalogue.findIndex((p) => p.family === "Load Balancer-Gateway")).padStart(13, "0")}`,
        asOf: "1970-01-01",
        confidence: "verified"
      })
    })
  )

  it.effect("keeps the snapshot's price where the answer has none, two different ones or another unit", () =>
    Effect.gen(function* () {
      const { book } = world()
      const { price } = yield* book("eu-west-2")
      // In order: only away from the region, two prices, a strange unit, no product.
      for (const [fact, usd] of [
        ["ebs.gp2GBMonth", 0.116],
        ["ebs.st1GBMonth", 0.053],
        ["ebs.sc1GBMonth", 0.0174],
        ["ebs.io1GBMonth", 0.145]
      ] as const) {
        const found = price("eu-west-2", fact)
        assert.strictEqual(found.usd, usd, fact)
        assert.strictEqual(found.source, "AWS pricing page feed", fact)
      }
    })
  )

  it.effect("keeps the snapshot for facts and regions that were not asked about, and throws at unknown names", () =>
    Effect.gen(function* () {
      const { book } = world()
      const { price } = yield* book("eu-west-2")
      assert.match(price("eu-west-2", "dynamodb.wcuHour").source, /Calculator/)
      assert.strictEqual(price("us-east-1", "natGateway.hour").usd, 0.045)
      assert.isNull(price("mars-1", "natGateway.hour").usd)
      // @ts-expect-error -- for code that is not checked
      assert.throws(() => price("eu-west-2", "natGateway.minute"), "There is no price named natGateway.minute")
    })
  )

  it.effect(
    "asks us-east-1 in the scanner's own account, one call per service and page, for the region's products",
    () =>
      Effect.gen(function* () {
        const { book, sent } = world({ respond: (input) => ({ ...answer(input), NextToken: undefined }) })
        yield* book("eu-west-2")
        assert.deepStrictEqual(
          sent.map(({ input }) => input.ServiceCode),
          [
            "AmazonEC2",
            "AmazonVPC",
            "AWSELB",
            "AmazonCloudWatch",
            "AWSLambda",
            "AmazonS3",
            "AmazonS3GlacierDeepArchive"
          ]
        )
        for (const { destination, input } of sent) {
          assert.deepStrictEqual(destination, { account: "111111111111", region: "us-east-1" })
          assert.strictEqual(input.MaxResults, 100)
          assert.deepStrictEqual(input.Filters[0], { Type: "EQUALS", Field: "regionCode", Value: "eu-west-2" })
        }
        assert.deepStrictEqual(sent[1]?.input.Filters[1], {
          Type: "ANY_OF",
          Field: "group",
          Value: "VPCPublicIPv4Address,VPCE:VpcEndpoint"
        })
      })
  )

  it.effect("asks for hosted zones, which have no region, with us-east-1", () =>
    Effect.gen(function* () {
      const { book, sent } = world()
      const { price } = yield* book("us-east-1")
      assert.strictEqual(price("us-east-1", "natGateway.hour").usd, 0.046)
      assert.strictEqual(price("us-east-1", "elb.albHour").usd, 0.0226)
      assert.strictEqual(price("us-east-1", "route53.hostedZoneMonth_first25").usd, 0.5)
      assert.strictEqual(price("us-east-1", "route53.hostedZoneMonth_over25").usd, 0.1)
      assert.strictEqual(price("us-east-1", "route53.hostedZoneMonth_over25").confidence, "verified")
      const zones = sent.find(({ input }) => input.ServiceCode === "AmazonRoute53")
      assert.deepStrictEqual(zones?.input.Filters, [{ Type: "ANY_OF", Field: "usagetype", Value: "HostedZone" }])
    })
  )

  it.effect("asks only about facts that exist, each once", () =>
    Effect.gen(function* () {
      const names = yield* factNames
      const asked = liveFacts("us-east-1")
      assert.strictEqual(new Set(asked).size, asked.length)
      assert.deepStrictEqual(
        asked.filter((fact) => !names.has(fact)),
        []
      )
      assert.strictEqual(liveFacts("eu-west-2").length, asked.length - 2)
    })
  )

  it.effect("asks once a week, however many processes and scopes want the prices", () =>
    Effect.gen(function* () {
      const { book, kept, layer, sent } = world()
      yield* Effect.gen(function* () {
        const prices = yield* Prices
        yield* Effect.all([prices.bookFor("eu-west-2"), prices.bookFor("eu-west-2"), prices.bookFor("eu-west-2")], {
          concurrency: "unbounded"
        })
      }).pipe(Effect.provide(layer), inRun)
      const calls = sent.length
      assert.isAbove(calls, 0)
      assert.deepStrictEqual([...kept.keys()], ["price-list/eu-west-2"])

      yield* TestClock.adjust("6 days")
      const again = yield* book("eu-west-2")
      assert.strictEqual(sent.length, calls)
      assert.strictEqual(again.price("eu-west-2", "elb.gwlbHour").usd, 0.0147)
      assert.strictEqual(again.price("eu-west-2", "elb.gwlbHour").asOf, "1970-01-01")

      yield* TestClock.adjust("2 days")
      const later = yield* book("eu-west-2")
      assert.strictEqual(sent.length, calls * 2)
      assert.strictEqual(later.price("eu-west-2", "elb.gwlbHour").asOf, "1970-01-09")

      yield* book("us-east-1")
      assert.deepStrictEqual([...kept.keys()], ["price-list/eu-west-2", "price-list/us-east-1"])
    })
  )

  it.effect("asks again when what is kept is of another version or damaged", () =>
    Effect.gen(function* () {
      const { book, kept, sent } = world()
      const expires = new Date(1_000_000_000)
      for (const value of ["?", { asOf: "1970-01-01" }, { asOf: "1970-01-01", prices: { "ebs.gp3GBMonth": null } }]) {
        kept.set("price-list/eu-west-2", { value, expires })
        const before = sent.length
        const { price } = yield* book("eu-west-2")
        assert.strictEqual(price("eu-west-2", "ebs.gp3GBMonth").usd, 0.093)
        assert.isAbove(sent.length, before)
      }
    })
  )

  it.effect("falls back to the snapshot when it is denied, after one call, and keeps nothing", () =>
    Effect.gen(function* () {
      const { book, kept, sent } = world({
        respond: () => {
          throw refusal("AccessDeniedException", "not authorized to perform: pricing:GetProducts")
        }
      })
      const { price } = yield* book("eu-west-2")
      assert.strictEqual(sent.length, 1)
      assert.strictEqual(kept.size, 0)
      assert.strictEqual(price("eu-west-2", "natGateway.hour").usd, 0.05)
      assert.match(price("eu-west-2", "natGateway.hour").source, /Calculator/)
    })
  )

  it.effect("falls back fact by fact when one query is rejected, and asks again next time", () =>
    Effect.gen(function* () {
      let rejects = true
      const { book, kept, sent } = world({
        respond: (input) => {
          if (rejects && input.ServiceCode === "AmazonEC2") throw refusal("InvalidParameterException")
          return answer(input)
        }
      })
      const first = yield* book("eu-west-2")
      assert.match(first.price("eu-west-2", "natGateway.hour").source, /Calculator/)
      assert.match(first.price("eu-west-2", "elb.albHour").source, /^AWS Price List API/)
      assert.strictEqual(kept.size, 0)

      rejects = false
      const calls = sent.length
      const second = yield* book("eu-west-2")
      assert.isAbove(sent.length, calls)
      assert.match(second.price("eu-west-2", "natGateway.hour").source, /^AWS Price List API/)
      assert.strictEqual(kept.size, 1)
    })
  )

  it.effect("uses what was read before a page failed", () =>
    Effect.gen(function* () {
      const { book, kept } = world({
        respond: (input) => {
          if (input.ServiceCode === "AWSELB" && input.NextToken !== undefined) throw refusal("InternalErrorException")
          return answer(input)
        }
      })
      const { price } = yield* book("eu-west-2")
      assert.match(price("eu-west-2", "elb.albHour").source, /^AWS Price List API/)
      assert.strictEqual(price("eu-west-2", "elb.gwlbHour").confidence, "derived")
      assert.match(price("eu-west-2", "s3.standardIAGBMonth").source, /^AWS Price List API/)
      assert.strictEqual(kept.size, 0)
    })
  )

  it.effect("survives products that it cannot read", () =>
    Effect.gen(function* () {
      const { book } = world({
        respond: (input) => ({ ...answer(input), PriceList: ["<html>", "{}", ...answer(input).PriceList, "[1"] })
      })
      const { price } = yield* book("eu-west-2")
      assert.strictEqual(price("eu-west-2", "natGateway.hour").usd, 0.05)
      assert.match(price("eu-west-2", "natGateway.hour").source, /^AWS Price List API/)
    })
  )

  it.effect("works without credentials and without a store", () =>
    Effect.gen(function* () {
      const reason = new NoCredentials({ code: "ExpiredToken", message: "expired", expired: true })
      const error = new AwsError({ operation: "sts:GetCallerIdentity", account: "-", region: "us-east-1", reason })
      const nobody = world({ caller: Effect.fail(error) })
      assert.match((yield* nobody.book("eu-west-2")).price("eu-west-2", "natGateway.hour").source, /Calculator/)
      assert.strictEqual(nobody.sent.length, 0)

      const storeless = world({ storeFails: true })
      assert.strictEqual((yield* storeless.book("eu-west-2")).price("eu-west-2", "elb.gwlbHour").usd, 0.0147)
    })
  )

  it.effect("counts its calls in the run's ledger", () =>
    Effect.gen(function* () {
      const { layer, sent } = world()
      const ledger = yield* CallLedger.make()
      yield* Effect.flatMap(Prices, (prices) => prices.bookFor("eu-west-2")).pipe(Effect.provide(layer), (effect) =>
        inRun(effect, Effect.succeed(ledger))
      )
      assert.deepStrictEqual(ledger.counts(), [
        { service: "pricing", operation: "GetProducts", calls: sent.length, throttled: 0, usd: 0 }
      ])
    })
  )
})
