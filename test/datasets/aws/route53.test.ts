import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
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

const zone = (id: string, isPrivate = false) => ({ id, isPrivate, recordSets: 2 }) as route53.HostedZone

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
      assert.isUndefined(zone?.isPrivate)
    })
  )
})

describe("route53.hostedZones, malformed", () => {
  it.effect("is what an answer is without its list, or without the id or the name of a zone", () =>
    Effect.gen(function* () {
      const answers = [
        [{}, "HostedZones is missing"],
        [{ HostedZones: [awsZone(0, { Id: undefined })] }, "HostedZones[].Id is missing"],
        [{ HostedZones: [awsZone(0, { Name: undefined })] }, "HostedZones[].Name is missing"]
      ] as const
      for (const [answer, message] of answers) {
        const { read } = yield* readDataset(route53.hostedZones, { "route53:ListHostedZones": () => answer })
        assert.include(read.ok ? "" : read.error.summary, message)
      }
    })
  )
})

describe("route53.queries", () => {
  it.effect("asks in us-east-1, for public zones only that no service keeps", () =>
    Effect.gen(function* () {
      const kept = awsZone(4, { LinkedService: { ServicePrincipal: "servicediscovery.amazonaws.com" } })
      const items = [awsZone(0), awsZone(1), awsZone(2), awsZone(3, { Config: undefined }), kept]
      const { calls, sent } = yield* readDataset(
        route53.queries,
        {
          "route53:ListHostedZones": paged(items, "HostedZones", pages),
          "cloudwatch:GetMetricData": ({ MetricDataQueries }) => ({
            MetricDataResults: MetricDataQueries.map(({ Id }: any) => ({ Id, StatusCode: "Complete" }))
          })
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
  const zones = { Z1: { VPCs: [{ VPCId: "vpc-1", VPCRegion: "eu-west-1" }] }, Z3: {} } as Record<string, object>

  it.effect("tell the VPCs and the name servers of a zone, one call each, and not those of one that is refused", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(
        route53.zoneDetails,
        [zone("Z1", true), zone("Z2"), zone("Z3", true), zone("Z4")],
        {
          "route53:GetHostedZone": ({ Id }) => {
            if (Id === "Z4") throw awsFailure("AccessDenied", "no", 403)
            return zones[Id] ?? { DelegationSet: { NameServers: ["ns-1"] } }
          }
        }
      )
      assert.deepStrictEqual(calls, { "route53:GetHostedZone": 4 })
      assert.deepStrictEqual(readings.slice(0, 2), [
        known({ vpcs: ["vpc-1 in eu-west-1"], nameServers: [] }),
        known({ vpcs: [], nameServers: ["ns-1"] })
      ])
      // A private zone whose VPCs are left out is not one without.
      assert.deepStrictEqual(
        readings
          .slice(2)
          .map((reading) =>
            reading.known ? "told" : /VPCs is missing|missing permission|denied/i.test(reading.reason)
          ),
        [true, true]
      )
    })
  )

  it.effect("tell the types of the first records, and nothing where Route 53 leaves one out", () =>
    Effect.gen(function* () {
      const ask = (answer: object) =>
        readProbe(route53.recordTypes, [zone("Z1")], { "route53:ListResourceRecordSets": () => answer })
      const told = yield* ask({ ResourceRecordSets: [{ Type: "NS" }, { Type: "SOA" }] })
      assert.deepStrictEqual(told.sent[0]?.input, { HostedZoneId: "Z1", MaxItems: 10 })
      assert.deepStrictEqual(told.readings, [known(["NS", "SOA"])])
      assert.isFalse((yield* ask({ ResourceRecordSets: [{ Type: "NS" }, {}] })).readings[0]?.known)
      assert.isFalse((yield* ask({})).readings[0]?.known)
    })
  )

  it("are remembered until the number of records changes", () => {
    for (const { identity } of [route53.zoneDetails, route53.recordTypes]) {
      assert.strictEqual(identity?.(zone("Z1")), identity?.(zone("Z1")))
      assert.notStrictEqual(identity?.(zone("Z1")), identity?.({ ...zone("Z1"), recordSets: 3 }))
    }
  })
})

describe("route53.healthChecks", () => {
  it.effect("reads 1,500 health checks in two calls, and which alarm is one", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 1500 }, (_, n) => ({
        Id: `h-${n}`,
        HealthCheckConfig: n === 1 ? { AlarmIdentifier: { Region: "eu-west-1", Name: "errors" } } : { Type: "HTTPS" }
      }))
      const { calls, read } = yield* readDataset(
        route53.healthChecks,
        { "route53:ListHealthChecks": paged(items, "HealthChecks", pages) },
        "global"
      )
      assert.deepStrictEqual(calls, { "route53:ListHealthChecks": 2 })
      assert.deepStrictEqual(valueOf(read).slice(0, 2), [
        { id: "h-0", alarm: undefined },
        { id: "h-1", alarm: "eu-west-1/errors" }
      ])
    })
  )

  for (const [field, answer] of [
    ["HealthChecks", {}],
    ["HealthChecks[].Id", { HealthChecks: [{}] }]
  ] as const) {
    it.effect(`are malformed without ${field}`, () =>
      Effect.gen(function* () {
        const answers = { "route53:ListHealthChecks": () => answer }
        const { read } = yield* readDataset(route53.healthChecks, answers, "global")
        assert.include(read.ok ? "" : read.error.summary, `${field} is missing`)
      })
    )
  }
})
