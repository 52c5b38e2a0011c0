import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { payerRegion } from "../../../core/Scope.ts"
import { comparedWindow } from "../../../datasets/billing/billing.ts"
import { ofAccounts, ofLastMonths, ofServices, partsOf } from "../../../datasets/billing/usageTypes.ts"
import type { Loaded } from "../../../datasets/engine/Reader.ts"
import { awsFailure, readDataset, valueOf } from "../harness.ts"

const tagOf = (read: Loaded) => (!read.ok && read.error._tag === "AwsError" ? read.error.reason._tag : "none")

const ce = "ce:GetCostAndUsage"

const group = (keys: ReadonlyArray<string>, amount: string, quantity: string, Unit = "GB") => ({
  Keys: keys,
  Metrics: { UnblendedCost: { Amount: amount, Unit: "USD" }, UsageQuantity: { Amount: quantity, Unit } }
})

const october = (...Groups: ReadonlyArray<object>) => ({
  TimePeriod: { Start: "2026-10-01", End: "2026-11-01" },
  Estimated: false,
  Groups
})

/** Answers by service to the first question, and by account to the second. */
const bill = (services: ReadonlyArray<object>, accounts: ReadonlyArray<object>) => ({
  [ce]: ({ GroupBy }: any) => ({
    ResultsByTime: [october(...(GroupBy[0].Key === "LINKED_ACCOUNT" ? accounts : services))]
  })
})

describe("usageTypes.partsOf", () => {
  it("takes the region's code off a usage type, as AWS writes it", () => {
    assert.deepStrictEqual(partsOf("EUC1-EBS:SnapshotUsage"), { name: "EBS:SnapshotUsage", region: "eu-central-1" })
    assert.deepStrictEqual(partsOf("EU-NatGateway-Bytes"), { name: "NatGateway-Bytes", region: "eu-west-1" })
    // Mumbai and Singapore are numbered otherwise than their names.
    assert.strictEqual(partsOf("APS3-BoxUsage").region, "ap-south-1")
    assert.strictEqual(partsOf("APS1-BoxUsage").region, "ap-southeast-1")
  })

  it("is Virginia without a code, and unknown with a code that is not known", () => {
    assert.deepStrictEqual(partsOf("EBS:SnapshotUsage"), { name: "EBS:SnapshotUsage", region: "us-east-1" })
    assert.deepStrictEqual(partsOf("DataTransfer-Out-Bytes"), { name: "DataTransfer-Out-Bytes", region: "us-east-1" })
    assert.deepStrictEqual(partsOf("LAX1-BoxUsage"), { name: "BoxUsage", region: undefined })
    assert.strictEqual(partsOf("ZZ9-constructor").region, undefined)
  })
})

describe("usageTypes.ofServices", () => {
  it.effect("asks once for two months of use alone, by usage type and service", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(
        ofLastMonths,
        bill([group(["EUC1-NatGateway-Bytes", "EC2 - Other"], "5.2", "100")], []),
        payerRegion
      )
      assert.deepStrictEqual(calls, { [ce]: 1 })
      assert.deepStrictEqual(sent[0]?.input, {
        TimePeriod: { Start: "2026-09-01", End: "2026-11-01" },
        Granularity: "MONTHLY",
        Metrics: ["UnblendedCost", "UsageQuantity"],
        GroupBy: [
          { Type: "DIMENSION", Key: "USAGE_TYPE" },
          { Type: "DIMENSION", Key: "SERVICE" }
        ],
        Filter: { Dimensions: { Key: "RECORD_TYPE", Values: ["Usage"] } }
      })
      assert.deepStrictEqual(valueOf(read), [
        {
          key: "EC2 - Other",
          usageType: "EUC1-NatGateway-Bytes",
          start: "2026-10-01",
          amount: 5.2,
          currency: "USD",
          quantity: 100,
          unit: "GB",
          estimated: false
        }
      ])
      assert.strictEqual(ofServices(comparedWindow("", "", true)), ofLastMonths)
      assert.strictEqual(ofLastMonths.cacheHours, 12)
    })
  )

  it.effect("pays for every page, and fails with the one that fails", () =>
    Effect.gen(function* () {
      const page = ({ NextPageToken = "0" }: any) => ({
        ResultsByTime: [october(group([`EU-Type${NextPageToken}`, "EC2 - Other"], "1", "1"))],
        ...(NextPageToken === "2" ? {} : { NextPageToken: String(Number(NextPageToken) + 1) })
      })
      const whole = yield* readDataset(ofLastMonths, { [ce]: page }, payerRegion)
      assert.deepStrictEqual([whole.calls[ce], valueOf(whole.read).length], [3, 3])
      const broken = yield* readDataset(
        ofLastMonths,
        {
          [ce]: (input) => {
            if (input.NextPageToken !== undefined) throw awsFailure("AccessDeniedException", "no", 403)
            return page(input)
          }
        },
        payerRegion
      )
      assert.strictEqual(tagOf(broken.read), "AccessDenied")
    })
  )

  it.effect("has no unit where AWS says that there is none", () =>
    Effect.gen(function* () {
      const answers = bill([group(["Requests", "AWS Key Management Service"], "1", "7", "N/A")], [])
      const { read } = yield* readDataset(ofLastMonths, answers, payerRegion)
      assert.strictEqual(valueOf(read)[0].unit, "")
    })
  )

  it.effect("calls answers without their lists, keys or figures malformed", () =>
    Effect.gen(function* () {
      const row = group(["EU-A", "S3"], "1", "1")
      const answers = [
        {},
        { ResultsByTime: [{ ...october(), Groups: undefined }] },
        { ResultsByTime: [{ Groups: [row] }] },
        ...[
          { ...row, Keys: ["EU-A"] },
          { ...row, Keys: undefined },
          { ...row, Metrics: {} },
          { ...row, Metrics: { UnblendedCost: { Amount: "1", Unit: "USD" } } },
          group(["EU-A", "S3"], "1", "much"),
          group(["EU-A", "S3"], "", "1")
        ].map((broken) => ({ ResultsByTime: [october(broken)] }))
      ]
      for (const answer of answers) {
        const { read } = yield* readDataset(ofLastMonths, { [ce]: () => answer }, payerRegion)
        assert.strictEqual(tagOf(read), "Malformed", JSON.stringify(answer))
      }
    })
  )
})

describe("usageTypes.ofAccounts", () => {
  const services = [
    group(["EUC1-EBS:SnapshotUsage", "EC2 - Other"], "60", "1200", "GB-Mo"),
    group(["EBS:SnapshotArchiveStorage", "EC2 - Other"], "6", "480", "GB-Mo"),
    group(["EU-ExtendedSupport:Yr1-Yr2:MySQL5.7", "Amazon Relational Database Service"], "160", "1460", "vCPU-Hours"),
    group(["EU-AmazonEKS-Hours:extendedSupport", "Amazon Elastic Container Service for Kubernetes"], "365", "730"),
    group(["EU-NatGateway-Bytes", "EC2 - Other"], "5", "100")
  ]

  it.effect("asks once for the accounts with snapshots and extended support, by the types that the bill shows", () =>
    Effect.gen(function* () {
      const { calls, read, sent } = yield* readDataset(
        ofAccounts,
        bill(
          services.map((one) =>
            one.Keys[0] === "EUC1-EBS:SnapshotUsage"
              ? one
              : group(one.Keys, one.Keys[0] === "EU-NatGateway-Bytes" ? "5" : "0", "0")
          ),
          [group(["222222222222", "EUC1-EBS:SnapshotUsage"], "60", "1200", "GB-Mo")]
        ),
        payerRegion
      )
      assert.deepStrictEqual(calls, { [ce]: 2 })
      assert.deepStrictEqual(sent[1]?.input, {
        TimePeriod: { Start: "2026-10-01", End: "2026-11-01" },
        Granularity: "MONTHLY",
        Metrics: ["UnblendedCost", "UsageQuantity"],
        GroupBy: [
          { Type: "DIMENSION", Key: "LINKED_ACCOUNT" },
          { Type: "DIMENSION", Key: "USAGE_TYPE" }
        ],
        Filter: {
          And: [
            { Dimensions: { Key: "RECORD_TYPE", Values: ["Usage"] } },
            {
              Dimensions: {
                Key: "USAGE_TYPE",
                Values: [
                  "EBS:SnapshotArchiveStorage",
                  "EU-AmazonEKS-Hours:extendedSupport",
                  "EU-ExtendedSupport:Yr1-Yr2:MySQL5.7",
                  "EUC1-EBS:SnapshotUsage"
                ]
              }
            }
          ]
        }
      })
      assert.deepStrictEqual(valueOf(read), [
        {
          account: "222222222222",
          usageType: "EUC1-EBS:SnapshotUsage",
          name: "EBS:SnapshotUsage",
          region: "eu-central-1",
          start: "2026-10-01",
          amount: 60,
          currency: "USD",
          quantity: 1200,
          unit: "GB-Mo",
          estimated: false
        }
      ])
    })
  )

  it.effect("does not believe that no account has what the bill shows, nor a bill without any use", () =>
    Effect.gen(function* () {
      const accounts = [group(["222222222222", "EUC1-EBS:SnapshotUsage"], "60", "1200", "GB-Mo")]
      for (const given of [bill(services, []), bill(services, accounts), bill([], [])]) {
        const { read } = yield* readDataset(ofAccounts, given, payerRegion)
        assert.strictEqual(tagOf(read), "Malformed")
      }
    })
  )

  it.effect("pays for no second question where the bill shows nothing of it", () =>
    Effect.gen(function* () {
      const { calls, read } = yield* readDataset(ofAccounts, bill(services.slice(-1), []), payerRegion)
      assert.deepStrictEqual([calls[ce], valueOf(read)], [1, []])
    })
  )

  it.effect("fails where the bill or its own question is denied, which is not a bill of nothing", () =>
    Effect.gen(function* () {
      const denied = () => {
        throw awsFailure("AccessDeniedException", "no", 403)
      }
      const whole = yield* readDataset(ofAccounts, { [ce]: denied }, payerRegion)
      assert.strictEqual(tagOf(whole.read), "AccessDenied")
      const second = yield* readDataset(
        ofAccounts,
        {
          [ce]: (input) => (input.GroupBy[0].Key === "LINKED_ACCOUNT" ? denied() : bill(services, [])[ce](input))
        },
        payerRegion
      )
      assert.strictEqual(tagOf(second.read), "AccessDenied")
    })
  )
})
