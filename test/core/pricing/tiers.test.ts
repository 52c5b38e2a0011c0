import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { SavingsTerm } from "../../../core/finding/Finding.ts"
import { totalOf } from "../../../core/pricing/bucketStorage.ts"
import { placeOf } from "../../../core/pricing/PricePlace.ts"
import type { PriceOf } from "../../../core/pricing/Prices.ts"
import { pricesAt } from "../../../core/pricing/pricesAt.ts"
import { snapshotBook } from "../../../core/pricing/snapshot.ts"
import {
  customMetricTiers,
  hostedZoneTiers,
  sharedTierSaving,
  standardAlarmTiers,
  tieredBill
} from "../../../core/pricing/tiers.ts"
import { volumeTerms } from "../../../core/pricing/volume.ts"

const withPrice = (check: (price: PriceOf) => void) => () =>
  Effect.map(snapshotBook, (book) => check(pricesAt(book, placeOf("us-east-1"))))

const written = (terms: ReadonlyArray<SavingsTerm>) =>
  terms.map(({ label, price, quantity }) => `${label}: ${quantity} × ${price.usd}`)
const usd = (terms: ReadonlyArray<SavingsTerm>) => Number((totalOf(terms) ?? Number.NaN).toFixed(6))

describe("tieredBill", () => {
  it.effect(
    "has a term for each step that is reached",
    withPrice((price) => {
      const zones = hostedZoneTiers(price)
      assert.deepStrictEqual(written(tieredBill(30, zones)), [
        "hosted zones up to 25: 25 × 0.5",
        "hosted zones above 25: 5 × 0.1"
      ])
      assert.strictEqual(usd(tieredBill(30, zones)), 13)
      assert.deepStrictEqual(written(tieredBill(25, zones)), ["hosted zones up to 25: 25 × 0.5"])
      assert.deepStrictEqual(tieredBill(0, zones), [])
      assert.strictEqual(tieredBill(1, zones)[0]?.unit, "zone-month")
    })
  )

  it.effect(
    "has no term for what is free",
    withPrice((price) => {
      assert.deepStrictEqual(tieredBill(10, standardAlarmTiers(price)), [])
      assert.deepStrictEqual(written(tieredBill(12, standardAlarmTiers(price))), ["alarms above 10: 2 × 0.1"])
    })
  )

  it.effect(
    "adds up all steps of custom metrics",
    withPrice((price) => {
      // 10,000 × 0.30 + 240,000 × 0.10 + 750,000 × 0.05 + 1 × 0.02
      assert.strictEqual(usd(tieredBill(1_000_001, customMetricTiers(price))), 64_500.02)
    })
  )
})

describe("sharedTierSaving", () => {
  it.effect(
    "is the bill before less the bill after, shared among the members",
    withPrice((price) => {
      const zones = hostedZoneTiers(price)
      const each = sharedTierSaving(30, 10, zones)
      assert.deepStrictEqual(written(each(1)), ["hosted zones up to 25: 0.5 × 0.5", "hosted zones above 25: 0.5 × 0.1"])
      assert.strictEqual(usd(each(1)), 0.3)
      assert.strictEqual(usd(each(10)), 3)
      // All that is beyond 25, and all of it.
      assert.strictEqual(usd(sharedTierSaving(30, 5, zones)(1)), 0.1)
      assert.strictEqual(usd(sharedTierSaving(30, 30, zones)(30)), 13)
      assert.strictEqual(usd(sharedTierSaving(20, 3, zones)(1)), 0.5)
    })
  )

  it.effect(
    "adds up to the whole, whatever each member has",
    withPrice((price) => {
      const metrics = customMetricTiers(price)
      for (const [total, members] of [
        [300_000, [1, 7, 199_992]],
        [12_000, [5_000, 3_000]],
        [9, [2, 3]]
      ] as const) {
        const removed = members.reduce<number>((sum, quantity) => sum + quantity, 0)
        const share = sharedTierSaving(total, removed, metrics)
        const shared = members.reduce((sum, quantity) => sum + (totalOf(share(quantity)) ?? Number.NaN), 0)
        const whole = usd(tieredBill(total, metrics)) - usd(tieredBill(total - removed, metrics))
        assert.closeTo(shared, whole, 1e-6)
      }
    })
  )

  it.effect(
    "saves nothing while what is left over stays free, and counts a total that is too small as all of it",
    withPrice((price) => {
      const alarms = standardAlarmTiers(price)
      assert.deepStrictEqual(sharedTierSaving(10, 4, alarms)(1), [])
      // Two of the four would have been billed.
      assert.strictEqual(usd(sharedTierSaving(12, 4, alarms)(1)), 0.05)
      assert.strictEqual(usd(sharedTierSaving(0, 12, alarms)(12)), 0.2)
      assert.deepStrictEqual(sharedTierSaving(5, 0, alarms)(1), [])
    })
  )

  it.effect(
    "has no sum where a price is unknown",
    Effect.fnUntraced(function* () {
      const price = pricesAt(yield* snapshotBook, placeOf("mars-1"))
      assert.isUndefined(totalOf(sharedTierSaving(30, 10, hostedZoneTiers(price))(1)))
    })
  )
})

describe("volumeTerms", () => {
  const volume = { sizeGb: 100, iops: undefined, throughputMbPerSecond: undefined }

  it.effect(
    "bills what is provisioned beyond what a type includes",
    withPrice((price) => {
      const terms = (type: string, iops?: number, throughputMbPerSecond?: number) =>
        written(volumeTerms({ ...volume, type, iops, throughputMbPerSecond }, price))
      assert.deepStrictEqual(terms("gp3", 3000, 125), ["gp3 storage: 100 × 0.08"])
      assert.deepStrictEqual(terms("gp3", 4000, 250), [
        "gp3 storage: 100 × 0.08",
        "IOPS above 3,000: 1000 × 0.005",
        "throughput above 125: 125 × 0.04"
      ])
      assert.deepStrictEqual(terms("io1", 2000), ["io1 storage: 100 × 0.125", "IOPS above 0: 2000 × 0.065"])
      assert.deepStrictEqual(terms("io2", 70_000), [
        "io2 storage: 100 × 0.125",
        "IOPS above 0: 32000 × 0.065",
        "IOPS above 32,000: 32000 × 0.0455",
        "IOPS above 64,000: 6000 × 0.03185"
      ])
      // Its IOPS are included.
      assert.deepStrictEqual(terms("gp2", 300), ["gp2 storage: 100 × 0.1"])
    })
  )

  it.effect(
    "has no figure for a type without a price",
    withPrice((price) => {
      const [term] = volumeTerms({ ...volume, type: "gp4" }, price)
      assert.isNull(term?.monthlyUsd)
      assert.strictEqual(term?.price.fact, "ebs.gp4GBMonth")
      assert.strictEqual(term?.price.source, "no price is known for gp4 volumes")
    })
  )
})
