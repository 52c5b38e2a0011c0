import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as cloudfront from "../../../datasets/aws/cloudfront.ts"
import { awsFailure, daysAgo, noSeries, readDataset, readProbe, valueOf } from "../harness.ts"

const awsDistribution = (index: number, more: object = {}) => ({
  Id: `E${index}`,
  ARN: `arn:aws:cloudfront::111111111111:distribution/E${index}`,
  Enabled: true,
  LastModifiedTime: new Date("2026-01-01T00:00:00Z"),
  Origins: { Quantity: 1, Items: [{ Id: "o", DomainName: "www.example.com" }] },
  DefaultCacheBehavior: {},
  ...more
})

describe("cloudfront.distributions", () => {
  it.effect("reads 201 distributions in three calls of 100, whose token lies inside the list", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 201 }, (_, index) => awsDistribution(index))
      const { calls, read } = yield* readDataset(cloudfront.distributions, {
        "cloudfront:ListDistributions": ({ Marker = "0", MaxItems }) => {
          assert.strictEqual(MaxItems, 100)
          const start = Number(Marker)
          const next = start + MaxItems
          return {
            DistributionList: {
              Items: items.slice(start, next),
              ...(next < items.length ? { IsTruncated: true, NextMarker: String(next) } : { IsTruncated: false })
            }
          }
        }
      })
      assert.deepStrictEqual(calls, { "cloudfront:ListDistributions": 3 })
      assert.strictEqual(valueOf(read).length, 201)
      assert.strictEqual(valueOf(read)[200].id, "E200")
    })
  )

  it.effect("collects functions and cache policies of every behaviour, and what it may be billed for", () =>
    Effect.gen(function* () {
      const functions = (...arns: ReadonlyArray<string>) => ({
        LambdaFunctionAssociations: { Items: arns.map((LambdaFunctionARN) => ({ LambdaFunctionARN })) }
      })
      const { read } = yield* readDataset(cloudfront.distributions, {
        "cloudfront:ListDistributions": () => ({
          DistributionList: {
            Items: [
              awsDistribution(1, {
                Staging: true,
                Aliases: { Items: ["www.example.com"] },
                Origins: {
                  Items: [
                    { Id: "a", DomainName: "bucket.s3.eu-west-1.amazonaws.com", S3OriginConfig: {} },
                    { Id: "b", DomainName: "api.example.com", OriginPath: "/v1", CustomOriginConfig: {} },
                    { Id: "c", DomainName: "internal", VpcOriginConfig: { VpcOriginId: "vo-1" } }
                  ]
                },
                DefaultCacheBehavior: { ...functions("fn:1", "fn:2"), CachePolicyId: "p-1" },
                CacheBehaviors: { Items: [{ ...functions("fn:2", "fn:3"), CachePolicyId: "p-2" }] },
                ViewerCertificate: { ACMCertificateArn: "arn:cert", SSLSupportMethod: "vip" },
                AnycastIpListId: "aip-1",
                WebACLId: "arn:acl",
                PriceClass: "PriceClass_100"
              }),
              awsDistribution(2, {
                ViewerCertificate: { CloudFrontDefaultCertificate: true, SSLSupportMethod: "vip" },
                AnycastIpListId: ""
              })
            ]
          }
        })
      })
      const [full, bare]: ReadonlyArray<cloudfront.Distribution> = valueOf(read)
      assert.deepStrictEqual(full?.edgeFunctionArns, ["fn:1", "fn:2", "fn:3"])
      assert.deepStrictEqual(full?.cachePolicyIds, ["p-1", "p-2"])
      assert.deepStrictEqual(
        full?.origins.map(({ kind, path }) => `${kind}${path}`),
        ["s3", "custom/v1", "vpc"]
      )
      assert.deepStrictEqual(
        [full?.staging, full?.sslSupportMethod, full?.certificate, full?.anycastIpListId, full?.webAclId],
        [true, "vip", "arn:cert", "aip-1", "arn:acl"]
      )
      assert.deepStrictEqual(full?.aliases, ["www.example.com"])
      assert.deepStrictEqual(
        [bare?.staging, bare?.sslSupportMethod, bare?.anycastIpListId, bare?.webAclId, bare?.connectionMode],
        [false, undefined, undefined, "", "direct"]
      )
    })
  )

  const messageOf = Effect.fnUntraced(function* (answer: object) {
    const { read } = yield* readDataset(cloudfront.distributions, { "cloudfront:ListDistributions": () => answer })
    return read.ok ? `read ${read.value.length}` : read.error.summary
  })

  it.effect("takes a list that is left out for empty only where CloudFront counts none", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* messageOf({ DistributionList: { Quantity: 0, IsTruncated: false } }), "read 0")
      for (const answer of [{}, { DistributionList: {} }, { DistributionList: { Quantity: 3 } }]) {
        assert.include(yield* messageOf(answer), "DistributionList.Items is missing", JSON.stringify(answer))
      }
      const behaviors = (list: object) => ({
        DistributionList: { Items: [awsDistribution(1, { CacheBehaviors: list })] }
      })
      assert.strictEqual(yield* messageOf(behaviors({ Quantity: 0 })), "read 1")
      assert.include(
        yield* messageOf(behaviors({ Quantity: 2 })),
        "DistributionList.Items[].CacheBehaviors.Items is missing"
      )
    })
  )

  it.effect("is malformed without what a verdict rests on, the origins of buckets included", () =>
    Effect.gen(function* () {
      const fields = ["ARN", "Id", "Enabled", "LastModifiedTime", "DefaultCacheBehavior", "Origins"]
      for (const field of fields) {
        const answer = { DistributionList: { Items: [awsDistribution(1, { [field]: undefined })] } }
        assert.include(yield* messageOf(answer), `DistributionList.Items[].${field}`)
      }
    })
  )
})

describe("cloudfront.requests", () => {
  it.effect(
    "asks us-east-1 for one series of each distribution that has traffic of its own, with the Global dimension",
    () =>
      Effect.gen(function* () {
        const { calls, sent } = yield* readDataset(
          cloudfront.requests,
          {
            "cloudfront:ListDistributions": () => ({
              DistributionList: {
                Items: [
                  awsDistribution(1),
                  awsDistribution(2, { Enabled: false }),
                  awsDistribution(3, { Staging: true }),
                  awsDistribution(4, { ConnectionMode: "tenant-only" })
                ]
              }
            }),
            "cloudwatch:GetMetricData": () => ({ MetricDataResults: [{ Id: "m0", StatusCode: "Complete" }] })
          },
          "global"
        )
        assert.deepStrictEqual(calls, { "cloudfront:ListDistributions": 1, "cloudwatch:GetMetricData": 1 })
        const asked = sent.find(({ operation }) => operation.name === "GetMetricData")
        assert.strictEqual(asked?.destination.region, "us-east-1")
        assert.deepStrictEqual(
          asked?.input.MetricDataQueries.map(({ MetricStat }: any) => MetricStat.Metric.Dimensions),
          [
            [
              { Name: "DistributionId", Value: "E1" },
              { Name: "Region", Value: "Global" }
            ]
          ]
        )
      })
  )
})

describe("cloudfront.additionalMetrics", () => {
  const asked = [{ id: "E1", arn: "arn:1", lastModifiedAt: daysAgo(9) } as cloudfront.Distribution]

  it.effect("takes a missing subscription for none, and a denied or empty answer for unknown", () =>
    Effect.gen(function* () {
      const subscription = (answer: () => object) =>
        Effect.map(
          readProbe(cloudfront.additionalMetrics, asked, { "cloudfront:GetMonitoringSubscription": answer }),
          ({ readings }) => readings[0]
        )
      const enabled = yield* subscription(() => ({
        MonitoringSubscription: { RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: "Enabled" } }
      }))
      assert.deepStrictEqual(enabled, known(true))
      const none = yield* subscription(() => {
        throw awsFailure("NoSuchMonitoringSubscription", "none", 404)
      })
      assert.deepStrictEqual(none, known(false))
      const denied = yield* subscription(() => {
        throw awsFailure("AccessDenied", "no", 403)
      })
      assert.isFalse(denied?.known)
      assert.isFalse((yield* subscription(() => ({})))?.known)
    })
  )

  it("is remembered for as long as the distribution is not changed", () => {
    const { identity } = cloudfront.additionalMetrics
    const [one] = asked as [cloudfront.Distribution]
    assert.strictEqual(identity?.(one), identity?.({ ...one }))
    assert.notStrictEqual(identity?.(one), identity?.({ ...one, lastModifiedAt: daysAgo(8) }))
  })
})

describe("how a distribution caches", () => {
  it.effect("is read of every behaviour, with errors and Origin Shield", () =>
    Effect.gen(function* () {
      const { read } = yield* readDataset(cloudfront.distributions, {
        "cloudfront:ListDistributions": () => ({
          DistributionList: {
            Items: [
              awsDistribution(1, {
                Origins: {
                  Items: [
                    {
                      Id: "a",
                      DomainName: "a.example.com",
                      OriginShield: { Enabled: true, OriginShieldRegion: "eu-west-1" }
                    },
                    { Id: "b", DomainName: "b.example.com", OriginShield: { Enabled: false } }
                  ]
                },
                DefaultCacheBehavior: { CachePolicyId: "p-1" },
                CacheBehaviors: { Items: [{ PathPattern: "/api/*", MinTTL: 0, MaxTTL: 60 }] },
                CustomErrorResponses: { Items: [{ ErrorCode: 404, ErrorCachingMinTTL: 300 }, { ErrorCode: 403 }] }
              })
            ]
          }
        })
      })
      const [one]: ReadonlyArray<cloudfront.Distribution> = valueOf(read)
      assert.deepStrictEqual(one?.caching, [
        { path: "*", policyId: "p-1", maxSeconds: undefined },
        { path: "/api/*", policyId: undefined, maxSeconds: 60 }
      ])
      assert.deepStrictEqual(one?.errorCaching, ["404 for 300 s"])
      assert.deepStrictEqual(
        one?.origins.map(({ shieldRegion }) => shieldRegion),
        ["eu-west-1", undefined]
      )
    })
  )

  it.effect("takes three metrics in one call a period, of candidates alone", () =>
    Effect.gen(function* () {
      const { calls, sent } = yield* readProbe(
        cloudfront.cacheUse(7),
        [{ id: "E1" } as cloudfront.Distribution],
        { "cloudwatch:GetMetricData": noSeries },
        "global"
      )
      assert.deepStrictEqual(calls, { "cloudwatch:GetMetricData": 2 })
      const stats = sent.flatMap(({ input }) =>
        input.MetricDataQueries.map(({ MetricStat }: any) => `${MetricStat.Metric.MetricName} ${MetricStat.Stat}`)
      )
      assert.sameMembers(stats, ["CacheHitRate Average", "Requests Sum", "BytesDownloaded Sum"])
    })
  )

  it.effect("depends on policies, which are listed once, 100 a page", () =>
    Effect.gen(function* () {
      const policy = (index: number, more: object = {}) => ({
        CachePolicy: {
          Id: `p-${index}`,
          CachePolicyConfig: { Name: `policy ${index}`, MinTTL: 0, MaxTTL: 60, ...more }
        }
      })
      const items = Array.from({ length: 150 }, (_, index) => policy(index))
      const { calls, readings } = yield* readProbe(cloudfront.cachePolicies, [undefined], {
        "cloudfront:ListCachePolicies": ({ Marker = "0", MaxItems }) => ({
          CachePolicyList: {
            Items: items.slice(Number(Marker), Number(Marker) + MaxItems),
            ...(Marker === "0" ? { NextMarker: String(MaxItems) } : {})
          }
        })
      })
      assert.deepStrictEqual(calls, { "cloudfront:ListCachePolicies": 2 })
      assert.deepStrictEqual(readings[0]?.known && readings[0].value.get("p-149"), {
        id: "p-149",
        name: "policy 149",
        minSeconds: 0,
        defaultSeconds: undefined,
        maxSeconds: 60
      })
      const broken = [{}, { CachePolicyList: {} }, { CachePolicyList: { Items: [policy(1, { MinTTL: undefined })] } }]
      for (const answer of broken) {
        const { readings } = yield* readProbe(cloudfront.cachePolicies, [undefined], {
          "cloudfront:ListCachePolicies": () => answer
        })
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})
