import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { type PriceBook, Prices } from "../../../core/pricing/Prices.ts"
import { bookOf, type FactName, factNames, type PriceSnapshot, snapshotBook } from "../../../core/pricing/snapshot.ts"

const withBook = (check: (book: PriceBook) => void) => () => Effect.map(snapshotBook, check)

/** The rows of shared/scans.md 0.8 that are prices in us-east-1, with the fact that has them. */
const specified: { readonly [fact in FactName]?: number } = {
  "publicIpv4.idle": 0.005,
  "publicIpv4.inUse": 0.005,
  "ebs.gp3GBMonth": 0.08,
  "ebs.gp3IopsMonth_over3000": 0.005,
  "ebs.gp3MiBpsMonth_over125": 0.04,
  "ebs.gp2GBMonth": 0.1,
  "ebs.st1GBMonth": 0.045,
  "ebs.sc1GBMonth": 0.015,
  "ebs.standardGBMonth": 0.05,
  "ebs.standardIoRequest": 0.05e-6,
  "ebs.io1GBMonth": 0.125,
  "ebs.io1IopsMonth": 0.065,
  "ebs.io2GBMonth": 0.125,
  "ebs.io2IopsMonth_upTo32000": 0.065,
  "ebs.io2IopsMonth_32001to64000": 0.0455,
  "ebs.io2IopsMonth_over64000": 0.03185,
  "ebs.snapshotGBMonth": 0.05,
  "ebs.snapshotArchiveGBMonth": 0.0125,
  "ebs.fastSnapshotRestoreHour": 0.75,
  "elb.albHour": 0.0225,
  "elb.nlbHour": 0.0225,
  "elb.gwlbHour": 0.0125,
  "elb.clbHour": 0.025,
  "elb.albLcuHour": 0.008,
  "elb.nlbLcuHour": 0.006,
  "natGateway.hour": 0.045,
  "natGateway.dataGB": 0.045,
  "vpcEndpoint.interfaceAzHour": 0.01,
  "vpcEndpoint.interfaceDataGB_first1PB": 0.01,
  "vpcEndpoint.gwlbeHour": 0.01,
  "vpcEndpoint.gwlbeDataGB": 0.0035,
  "dataTransfer.interAzEachDirectionGB": 0.01,
  "cloudwatch.logsStorageGBMonth": 0.03,
  "cloudwatch.logsIngestGB": 0.5,
  "cloudwatch.logsIngestIAGB": 0.25,
  "cloudwatch.alarmStandardMonth": 0.1,
  "cloudwatch.alarmHighResMonth": 0.3,
  "cloudwatch.alarmCompositeMonth": 0.5,
  "cloudwatch.dashboardMonth": 3,
  "cloudwatch.logsInsightsGBScanned": 0.005,
  "route53.hostedZoneMonth_first25": 0.5,
  "route53.hostedZoneMonth_over25": 0.1,
  "s3.standardGBMonth_first50TB": 0.023,
  "s3.standardIAGBMonth": 0.0125,
  "s3.intFAGBMonth_first50TB": 0.023,
  "s3.intIAGBMonth": 0.0125,
  "s3.intAIAGBMonth": 0.004,
  "s3.glacierInstantGBMonth": 0.004,
  "s3.glacierFlexibleGBMonth": 0.0036,
  "s3.deepArchiveGBMonth": 0.00099,
  "s3.intMonitoringPerObjectMonth": 0.0025 / 1000,
  "ecr.storageGBMonth": 0.1,
  "dynamodb.wcuHour": 0.00065,
  "dynamodb.rcuHour": 0.00013,
  "dynamodb.wcuHourIA": 0.00081,
  "dynamodb.rcuHourIA": 0.00016,
  "dynamodb.wruEach": 0.625e-6,
  "dynamodb.rruEach": 0.125e-6,
  "dynamodb.storageGBMonth": 0.25,
  "dynamodb.storageIAGBMonth": 0.1,
  "dynamodb.pitrGBMonth": 0.2,
  "lambda.request": 0.2e-6,
  "lambda.x86GBs": 0.0000166667,
  "lambda.armGBs": 0.0000133334,
  "lambda.provisionedConcurrencyGBs": 0.0000041667,
  "lambda.provisionedConcurrencyArmGBs": 0.0000033334,
  "fargate.x86VcpuHour": 0.04048,
  "fargate.x86GBHour": 0.004445,
  "fargate.armVcpuHour": 0.03238,
  "fargate.armGBHour": 0.00356,
  "eks.clusterHour": 0.1,
  "eks.extendedSupportTotalHour": 0.6,
  "rds.extendedSupportVcpuHour_year1_2": 0.1,
  "rds.extendedSupportVcpuHour_year3": 0.2,
  "rds.extendedSupportAcuHour_year1_2": 0.085,
  "costExplorer.apiRequest": 0.01,
  "ec2.tSurplusCreditVcpuHourLinux": 0.05,
  "waf.webAclMonth": 5,
  "cloudfront.dedicatedIpSslMonth": 600,
  "cloudfront.anycastIpListMonth": 3000
}

describe("the snapshot", () => {
  it.effect(
    "has the prices of the scan specification for us-east-1",
    withBook((book) => {
      for (const [fact, usd] of Object.entries(specified) as Array<[FactName, number]>) {
        assert.closeTo(book.price("us-east-1", fact).usd ?? Number.NaN, usd, usd * 1e-9, fact)
      }
    })
  )

  it.effect(
    "says unit, source, date and trust with a price",
    withBook((book) => {
      assert.deepStrictEqual(book.price("us-east-1", "ebs.gp3GBMonth"), {
        fact: "ebs.gp3GBMonth",
        region: "us-east-1",
        usd: 0.08,
        unit: "GB-month",
        source: "AWS pricing page feed, Infracost golden files",
        asOf: "2024-07-18",
        confidence: "verified"
      })
    })
  )

  it.effect(
    "has each region's own price",
    withBook((book) => {
      const usd = (region: string, fact: FactName) => book.price(region, fact).usd
      assert.strictEqual(usd("eu-central-1", "ebs.gp3GBMonth"), 0.0952)
      assert.strictEqual(usd("eu-central-1", "natGateway.hour"), 0.052)
      assert.strictEqual(usd("eu-central-1", "cloudwatch.logsStorageGBMonth"), 0.0324)
      assert.strictEqual(usd("eu-central-1", "lambda.provisionedConcurrencyGBs"), 5.0147e-6)
      assert.strictEqual(usd("eu-central-1", "s3.standardGBMonth_first50TB"), 0.0245)
      assert.strictEqual(usd("sa-east-1", "elb.albHour"), 0.034)
      assert.strictEqual(usd("us-west-2", "ebs.gp3GBMonth"), 0.08)
      assert.strictEqual(usd("eu-west-1", "publicIpv4.idle"), 0.005)
    })
  )

  it.effect(
    "trusts a price less where only one source has it, or a note says so",
    withBook((book) => {
      const trust = (region: string, fact: FactName) => {
        const { confidence, source } = book.price(region, fact)
        return `${confidence}: ${source}`
      }
      assert.strictEqual(trust("eu-central-1", "ebs.gp3GBMonth"), "single source: AWS pricing page feed")
      assert.strictEqual(trust("us-east-1", "publicIpv4.inUse"), "single source: AWS Pricing Calculator feed")
      assert.strictEqual(trust("eu-north-1", "elb.albHour"), "from memory: memory of the AWS price pages")
      assert.strictEqual(
        trust("eu-central-1", "elb.nlbHour"),
        "derived: assumed equal to the Application Load Balancer"
      )
      assert.strictEqual(
        trust("us-east-1", "elb.clbHour"),
        "verified: Infracost golden files, memory of the AWS price pages"
      )
      assert.strictEqual(trust("eu-west-1", "elb.clbHour"), "from memory: memory of the AWS price pages")
      assert.strictEqual(trust("us-east-1", "elb.gwlbHour"), "single source: several third-party price tables")
      assert.strictEqual(
        trust("us-east-2", "dataTransfer.interAzEachDirectionGB"),
        "single source: Infracost golden files"
      )
      assert.match(trust("eu-west-1", "cloudfront.anycastIpListMonth"), /^from memory: shared\/scans\.md/)
      assert.match(trust("eu-west-1", "secretsManager.secretMonth"), /^from memory/)
    })
  )

  it.effect(
    "derives a price that was not seen from us-east-1 and says how",
    withBook((book) => {
      assert.deepStrictEqual(book.price("eu-central-1", "elb.gwlbHour"), {
        fact: "elb.gwlbHour",
        region: "eu-central-1",
        usd: 0.0153,
        unit: "hour",
        source: "us-east-1 × 1.224 (loadBalancer ratio; us-east-1: several third-party price tables)",
        asOf: "undated",
        confidence: "derived"
      })
      const mexico = book.price("mx-central-1", "ebs.gp3GBMonth")
      assert.strictEqual(mexico.usd, 0.084)
      assert.match(mexico.source, /^us-east-1 × 1\.05 \(blockStorage ratio; us-east-1: AWS pricing page feed/)
      assert.strictEqual(mexico.confidence, "derived")
      const cached = book.price("eu-central-1", "elasticache.serverlessRedisGBHour")
      assert.strictEqual(cached.usd, 0.14935)
      assert.match(cached.source, /^us-east-1 × 1\.1948 \(compute ratio; us-east-1: AWS pricing page feed/)
    })
  )

  it.effect(
    "never scales a price that is the same everywhere",
    withBook((book) => {
      for (const [region, fact, usd] of [
        ["ap-northeast-3", "route53.query_first1B", 4e-7],
        ["mx-central-1", "dataTransfer.interAzEachDirectionGB", 0.01],
        ["eu-central-1", "ecr.storageGBMonth", 0.1],
        ["eu-central-1", "sqs.standardRequest_after1M", 4e-7],
        ["sa-east-1", "sqs.fifoRequest_after1M", 5e-7]
      ] as const) {
        const price = book.price(region, fact)
        assert.strictEqual(price.usd, usd)
        assert.strictEqual(price.confidence, "derived")
        assert.match(price.source, /^us-east-1, as it costs the same in every region/)
      }
      assert.strictEqual(book.price("sa-east-1", "route53.hostedZoneMonth_first25").usd, 0.5)
      assert.strictEqual(book.price("sa-east-1", "costExplorer.apiRequest").usd, 0.01)
      assert.strictEqual(book.price("sa-east-1", "publicIpv4.idle").usd, 0.005)
    })
  )

  it.effect(
    "knows no price in a region that it does not know, not even a global one",
    withBook((book) => {
      for (const region of ["mars-1", "cn-north-1", "global", ""]) {
        for (const fact of ["ebs.gp3GBMonth", "elb.gwlbHour", "route53.hostedZoneMonth_first25"] as const) {
          const price = book.price(region, fact)
          assert.isNull(price.usd)
          assert.strictEqual(price.confidence, "unknown")
          assert.strictEqual(price.source, `the price snapshot of 2025-11-04 does not know ${region}`)
        }
      }
    })
  )

  it.effect(
    "throws at a name that no price has",
    withBook((book) => {
      // @ts-expect-error -- a misspelt name is an error of types, too
      assert.throws(() => book.price("us-east-1", "ebs.gp4GBMonth"), "There is no price named ebs.gp4GBMonth")
      // Amounts are not prices, and a table is not one price.
      // @ts-expect-error
      assert.throws(() => book.price("us-east-1", "s3.intMinimumObjectBytes"))
      // @ts-expect-error
      assert.throws(() => book.price("us-east-1", "cloudwatch.freeAlarmMetrics"))
      // @ts-expect-error
      assert.throws(() => book.price("us-east-1", "rdsInstances.engines"))
    })
  )

  it.effect(
    "has the newer of two prices, and says of which regions it was seen",
    withBook((book) => {
      const of = (region: string, fact: FactName) => {
        const { asOf, confidence, usd } = book.price(region, fact)
        return `${usd} ${confidence} ${asOf}`
      }
      assert.strictEqual(of("ap-northeast-2", "rds.extendedSupportVcpuHour_year1_2"), "0.12 verified 2026-08-31")
      assert.strictEqual(of("sa-east-1", "rds.extendedSupportVcpuHour_year1_2"), "0.159 derived 2026-08-31")
      assert.strictEqual(of("us-east-1", "rds.extendedSupportAcuHour_year3"), "0.17 derived 2026-08-31")
      assert.strictEqual(of("af-south-1", "ecr.storageGBMonth"), "0.1 verified 2026-08-11")
      assert.strictEqual(of("eu-west-1", "ecr.storageGBMonth"), "0.1 derived 2026-08-11")
      assert.strictEqual(of("us-east-1", "waf.webAclMonth"), "5 single source 2025-10-03")
      // Both files have it, of one day.
      assert.strictEqual(of("eu-west-1", "apigateway.restRequest_first333M"), "0.0000035 single source 2025-10-20")
    })
  )

  it.effect(
    "has the facts of API Gateway, containers and tiers",
    withBook((book) => {
      const usd = (region: string, fact: FactName) => book.price(region, fact).usd
      assert.strictEqual(usd("us-east-1", "apigateway.restRequest_over20B"), 0.00000151)
      assert.strictEqual(usd("us-east-1", "apigateway.cacheHour_0_5GB"), 0.02)
      assert.strictEqual(usd("eu-central-1", "fargate.windowsVcpuHour"), 0.053544)
      assert.strictEqual(usd("us-east-1", "dynamodb.replicatedWruEach"), 6.25e-7)
      assert.strictEqual(usd("eu-west-1", "ecs.externalInstanceHour"), 0.01025)
      assert.strictEqual(usd("us-east-1", "eks.provisionedControlPlaneHour_tier2xl"), 3.4)
      assert.strictEqual(usd("us-east-1", "cloudfront.flatRatePlanMonth_business"), 200)
      assert.strictEqual(usd("us-east-1", "vpcEndpoint.interfaceDataGB_over5PB"), 0.004)
      assert.strictEqual(book.price("eu-west-1", "vpcEndpoint.interfaceDataGB_next4PB").confidence, "derived")
      assert.strictEqual(usd("eu-west-1", "vpcEndpoint.interfaceDataGB_next4PB"), 0.006)
      // Known from us-east-1 alone, though the data has it without a region.
      const insights = book.price("eu-west-1", "cloudwatch.performanceInsightsLongTermVcpuMonth")
      assert.strictEqual(insights.confidence, "derived")
    })
  )

  it.effect(
    "has a CloudFront price for every geography",
    withBook((book) => {
      assert.strictEqual(book.price("us-east-1", "cloudfront.dataOutGB_first10TB_usMexicoCanada").usd, 0.085)
      assert.strictEqual(
        book.price("us-east-1", "cloudfront.dataOutGB_first10TB_hongKongPhilippinesAsiaPacific").usd,
        0.12
      )
      assert.strictEqual(book.price("us-east-1", "cloudfront.httpsPer10k_europeIsrael").confidence, "single source")
    })
  )

  it.effect("names every price, and each has a price or says why not in every region", () =>
    Effect.gen(function* () {
      const names = yield* factNames
      const book = yield* snapshotBook
      assert.isAbove(names.size, 150)
      for (const name of names) {
        assert.match(name, /^[a-z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$/)
        for (const region of ["us-east-1", "eu-central-1", "ap-southeast-6", "us-gov-west-1"]) {
          const price = book.price(region, name)
          assert.isAbove(price.usd ?? Number.NaN, 0, `${name} in ${region}`)
          assert.notStrictEqual(price.source, "", name)
          assert.notStrictEqual(price.asOf, "", name)
          if (region === "us-east-1") assert.notMatch(price.source, /us-east-1/, name)
        }
      }
    })
  )

  it.effect("is what Prices.layerSnapshot gives", () =>
    Effect.gen(function* () {
      const prices = yield* Prices
      const book = yield* prices.bookFor("eu-west-1")
      assert.strictEqual(book.price("eu-west-1", "natGateway.hour").usd, 0.048)
    }).pipe(Effect.provide(Prices.layerSnapshot), Effect.provideServiceEffect(CallLedger, CallLedger.make()))
  )
})

describe("a snapshot with gaps", () => {
  const priceOf = (region: string, name: string) => book.price(region, name as FactName)
  const fact = {
    unit: "hour",
    confidence: "verified",
    sources: ["a"],
    asOf: "2026-01-01",
    whereUnknown: "compute"
  } as const
  const book = bookOf({
    snapshotDate: "2026-01-01",
    regions: ["us-east-1", "eu-west-1", "eu-west-9"],
    sources: { a: { label: "A", what: "a source" } },
    fallbackMethods: {},
    multipliers: { compute: [1, 1.5, null] },
    facts: {
      "x.listed": { ...fact, verifiedAt: ["us-east-1"], usd: [2, null, null] },
      "x.nowhere": { ...fact, usd: [null, null, null] },
      "x.notAtHome": { ...fact, usd: [null, 3, null] },
      "x.otherRatio": { ...fact, whereUnknown: "network", usd: [2, null, null] }
    }
  } satisfies PriceSnapshot)

  it("does not use the us-east-1 price where there is no ratio, although the data's rule would", () => {
    assert.strictEqual(priceOf("eu-west-1", "x.listed").usd, 3)
    assert.isNull(priceOf("eu-west-9", "x.listed").usd)
    assert.strictEqual(priceOf("eu-west-9", "x.listed").confidence, "unknown")
    assert.isNull(priceOf("eu-west-1", "x.otherRatio").usd)
  })

  it("leaves a price unknown that us-east-1 does not have", () => {
    assert.isNull(priceOf("us-east-1", "x.nowhere").usd)
    assert.isNull(priceOf("eu-west-1", "x.nowhere").usd)
    assert.isNull(priceOf("us-east-1", "x.notAtHome").usd)
    assert.strictEqual(priceOf("eu-west-1", "x.notAtHome").usd, 3)
  })
})
