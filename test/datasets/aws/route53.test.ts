import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as route53 from "../../../datasets/aws/route53.ts"
import { awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const pages = { size: "MaxItems", input: "Marker", output: "NextMarker" }

const awsZone = (index: number, overrides: object = {}) => ({
  Id: `/hostedzone/Z${index}`,
  Name: `zone${index}.example.`,
  ResourceRecordSetCount: 4,
  Config: { PrivateZone: index % 2 === 1, Comment: "made by hand" },
  ...overrides
})

const zone = (id: string) => ({ id }) as route53.HostedZone

describe("route53.hostedZones", () => {
  it.effect("reads 250 zones in three calls of 100 and cuts the prefix off their ids", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 250 }, (_, index) => awsZone(index))
      const { calls, read } = yield* readDataset(
        route53.hostedZones,
        { "route53:ListHostedZones": paged(items, "HostedZones", pages) },
        "global"
      )
      assert.deepStrictEqual(calls, { "route53:ListHostedZones": 3 })
      const zones: ReadonlyArray<route53.HostedZone> = valueOf(read)
      assert.strictEqual(zones.length, 250)
      assert.deepStrictEqual(zones[1], {
        arn: "arn:aws:route53:::hostedzone/Z1",
        id: "Z1",
        name: "zone1.example.",
        comment: "made by hand",
        isPrivate: true,
        recordSets: 4,
        linkedService: undefined
      })
    })
  )

  it.effect("keeps the service that made a zone, and takes what Route 53 leaves out for unknown", () =>
    Effect.gen(function* () {
      const linked = awsZone(0, {
        LinkedService: { ServicePrincipal: "servicediscovery.amazonaws.com" },
        ResourceRecordSetCount: undefined,
        Config: undefined
      })
      const { read } = yield* readDataset(route53.hostedZones, {
        "route53:ListHostedZones": () => ({ HostedZones: [linked] })
      })
      const [zone]: ReadonlyArray<route53.HostedZone> = valueOf(read)
      assert.strictEqual(zone?.linkedService, "servicediscovery.amazonaws.com")
      assert.isUndefined(zone?.recordSets)
      assert.isFalse(zone?.isPrivate)
    })
  )
})

describe("route53.queries", () => {
  it.effect("asks in us-east-1, for public zones only", () =>
    Effect.gen(function* () {
      const items = [awsZone(0), awsZone(1), awsZone(2)]
      const { calls, sent } = yield* readDataset(
        route53.queries,
        {
          "route53:ListHostedZones": paged(items, "HostedZones", pages),
          "cloudwatch:GetMetricData": () => ({ MetricDataResults: [] })
        },
        "global"
      )
      assert.deepStrictEqual(calls, { "route53:ListHostedZones": 1, "cloudwatch:GetMetricData": 1 })
      const asked = sent.find(({ operation }) => operation.name === "GetMetricData")
      assert.strictEqual(asked?.destination.region, "us-east-1")
      assert.deepStrictEqual(
        asked?.input.MetricDataQueries.map(({ MetricStat }: any) => MetricStat.Metric),
        ["Z0", "Z2"].map((Value) => ({
          Namespace: "AWS/Route53",
          MetricName: "DNSQueries",
          Dimensions: [{ Name: "HostedZoneId", Value }]
        }))
      )
    })
  )
})

describe("route53 probes", () => {
  it.effect("tell the VPCs and the name servers of a zone, one call each", () =>
    Effect.gen(function* () {
      const { calls, result } = yield* readProbe(route53.zoneDetails, [zone("Z1"), zone("Z2")], {
        "route53:GetHostedZone": ({ Id }) =>
          Id === "Z1"
            ? { VPCs: [{ VPCId: "vpc-1", VPCRegion: "eu-west-1" }] }
            : { DelegationSet: { NameServers: ["ns-1"] } }
      })
      assert.deepStrictEqual(calls, { "route53:GetHostedZone": 2 })
      assert.isTrue(result._tag === "Success")
      if (result._tag === "Success") {
        assert.deepStrictEqual(result.success, [
          { vpcs: ["vpc-1 in eu-west-1"], nameServers: [] },
          { vpcs: [], nameServers: ["ns-1"] }
        ])
      }
    })
  )

  it.effect("tell the types of the first records", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* readProbe(route53.recordTypes, [zone("Z1")], {
        "route53:ListResourceRecordSets": () => ({ ResourceRecordSets: [{ Type: "NS" }, { Type: "SOA" }, {}] })
      })
      assert.deepStrictEqual(sent[0]?.input, { HostedZoneId: "Z1", MaxItems: 10 })
      if (result._tag === "Success") assert.deepStrictEqual(result.success, [["NS", "SOA", ""]])
      else assert.fail(result.failure.message)
    })
  )

  it.effect("tell the tags of ten zones in one call, in their order", () =>
    Effect.gen(function* () {
      assert.strictEqual(route53.zoneTags.batchSize, 10)
      const zones = Array.from({ length: 10 }, (_, index) => zone(`Z${index}`))
      const { calls, result, sent } = yield* readProbe(route53.zoneTags, zones, {
        "route53:ListTagsForResources": () => ({
          ResourceTagSets: [
            { ResourceId: "Z9", Tags: [{ Key: "owner", Value: "dns" }] },
            { ResourceId: "Z1", Tags: [{ Key: "owner", Value: "web" }] }
          ]
        })
      })
      assert.deepStrictEqual(calls, { "route53:ListTagsForResources": 1 })
      assert.strictEqual(sent[0]?.input.ResourceType, "hostedzone")
      assert.strictEqual(sent[0]?.input.ResourceIds.length, 10)
      if (result._tag === "Failure") return assert.fail(result.failure.message)
      assert.deepStrictEqual(
        [result.success[0], result.success[1], result.success[9]],
        [{}, { owner: "web" }, { owner: "dns" }]
      )
    })
  )

  it.effect("fail when they are denied, and say so", () =>
    Effect.gen(function* () {
      const { result } = yield* readProbe(route53.zoneDetails, [zone("Z1")], {
        "route53:GetHostedZone": () => {
          throw awsFailure("AccessDenied", "no", 403)
        }
      })
      assert.strictEqual(result._tag === "Failure" ? result.failure.reason._tag : "", "AccessDenied")
    })
  )
})
