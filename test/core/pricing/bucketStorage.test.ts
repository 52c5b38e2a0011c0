import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  bucketStorageTerms,
  colderClasses,
  intelligentTieringTerms,
  standardTerms,
  totalOf
} from "../../../core/pricing/bucketStorage.ts"
import { placeOf } from "../../../core/pricing/PricePlace.ts"
import { pricesAt } from "../../../core/pricing/pricesAt.ts"
import { snapshotBook } from "../../../core/pricing/snapshot.ts"

const inRegion = (region: string) => Effect.map(snapshotBook, (book) => pricesAt(book, placeOf(region)))

const alone = (regionGb: number, removedGb: number) => ({ regionGb, removedGb })

const use = { getsPerMonth: 1_000_000, downloadedGbPerMonth: 100 }

describe("standardTerms", () => {
  it.effect("takes what goes away from the cheapest tier that the region reaches", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("us-east-1")
      const quantities = (gb: number, regionGb: number) =>
        standardTerms(gb, alone(regionGb, gb), price).map(
          ({ price, quantity }) => `${quantity} ${price.fact.split("_")[1]}`
        )
      assert.deepStrictEqual(quantities(100, 100), ["100 first50TB"])
      assert.deepStrictEqual(quantities(100, 51_250), ["50 first50TB", "50 next450TB"])
      assert.deepStrictEqual(quantities(100, 400_000), ["100 next450TB"])
      assert.deepStrictEqual(quantities(600_000, 600_000), ["51200 first50TB", "460800 next450TB", "88000 over500TB"])
      assert.strictEqual(totalOf(standardTerms(1000, alone(1000, 1000), price)), 23)
    })
  )

  it.effect("shares what several save together: the bill before less the bill after", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("us-east-1")
      const together = { regionGb: 61_200, removedGb: 20_000 }
      // 10,000 GB above 50 TB and 10,000 GB below: 20,000 × (0.022 + 0.023) / 2.
      const shares = [5_000, 15_000].map((gb) => totalOf(standardTerms(gb, together, price)))
      assert.deepStrictEqual(
        shares.map((usd) => usd?.toFixed(4)),
        ["112.5000", "337.5000"]
      )
    })
  )

  it.effect("counts a bucket that the region's total lacks from its beginning", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("us-east-1")
      assert.strictEqual(totalOf(standardTerms(1000, alone(0, 1000), price)), 23)
    })
  )
})

describe("bucketStorageTerms", () => {
  const types = [
    "IntelligentTieringFAStorage",
    "IntelligentTieringIAStorage",
    "IntelligentTieringAIAStorage",
    "IntelligentTieringAAStorage",
    "IntelligentTieringDAAStorage",
    "IntAAObjectOverhead",
    "IntAAS3ObjectOverhead",
    "IntDAAObjectOverhead",
    "IntDAAS3ObjectOverhead",
    "StandardIAStorage",
    "StandardIASizeOverhead",
    "OneZoneIAStorage",
    "OneZoneIASizeOverhead",
    "GlacierInstantRetrievalStorage",
    "GlacierIRSizeOverhead",
    "GlacierStorage",
    "GlacierStagingStorage",
    "GlacierObjectOverhead",
    "GlacierS3ObjectOverhead",
    "DeepArchiveStorage",
    "DeepArchiveStagingStorage",
    "DeepArchiveObjectOverhead",
    "DeepArchiveS3ObjectOverhead"
  ]

  it.effect("has a price for every storage type of S3", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("us-east-1")
      for (const type of types) {
        const [term] = bucketStorageTerms({ [type]: 1000 }, alone(0, 0), price)
        assert.isAbove(term?.monthlyUsd ?? 0, 0, type)
      }
      const archived = bucketStorageTerms({ DeepArchiveStorage: 1000, GlacierStorage: 1000 }, alone(0, 0), price)
      assert.deepStrictEqual(
        archived.map(({ label, monthlyUsd }) => `${label} ${monthlyUsd}`),
        ["DeepArchive 0.99", "Glacier 3.6"]
      )
    })
  )

  it.effect("has no figure for a type that it does not know", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("us-east-1")
      const terms = bucketStorageTerms({ StandardStorage: 10, ReducedRedundancyStorage: 10 }, alone(10, 10), price)
      assert.deepStrictEqual(
        terms.map(({ monthlyUsd, price }) => [monthlyUsd, price.confidence]),
        [
          [0.22999999999999998, "verified"],
          [null, "unknown"]
        ]
      )
    })
  )
})

describe("colderClasses", () => {
  it.effect("subtracts retrieval and dearer requests from the difference of the classes", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("us-east-1")
      const usd = Object.fromEntries(
        colderClasses(1000, use, alone(1000, 1000), price).map(({ monthlyUsd, reason }) => [
          reason,
          monthlyUsd.toFixed(4)
        ])
      )
      assert.deepStrictEqual(usd, {
        // 1000 × (0.023 − 0.0125) − 100 × 0.01 − 1M × 1.5 × 0.0000004
        standard_ia: "8.9000",
        // 1000 × (0.023 − 0.004) − 100 × 0.03 − 1M × 24 × 0.0000004
        glacier_ir: "6.4000"
      })
    })
  )

  it.effect("leaves out what has no price in the region", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("xx-nowhere-1")
      assert.deepStrictEqual(colderClasses(1000, use, alone(1000, 1000), price), [])
      assert.isUndefined(totalOf(intelligentTieringTerms(1000, 10, alone(1000, 1000), price)))
    })
  )
})

describe("intelligentTieringTerms", () => {
  it.effect("subtracts the fee for watching each object", () =>
    Effect.gen(function* () {
      const price = yield* inRegion("us-east-1")
      // 1000 × (0.023 − 0.004) − 1M × 0.0000025
      assert.strictEqual(
        totalOf(intelligentTieringTerms(1000, 1_000_000, alone(1000, 1000), price))?.toFixed(4),
        "16.5000"
      )
    })
  )
})
