import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { placeOf } from "../../../core/pricing/PricePlace.ts"
import { pricesAt } from "../../../core/pricing/pricesAt.ts"
import { snapshotBook } from "../../../core/pricing/snapshot.ts"

describe("placeOf", () => {
  it("is the region for what has no zone and for the region's own zones", () => {
    for (const [region, zone] of [
      ["eu-west-1", undefined],
      ["eu-west-1", "eu-west-1a"],
      ["us-gov-west-1", "us-gov-west-1c"],
      ["cn-north-1", "cn-north-1b"],
      // The id of a zone, and the network border group of a region.
      ["us-east-1", "use1-az4"],
      ["us-gov-west-1", "usgw1-az1"],
      ["us-west-2", "us-west-2"]
    ] as const) {
      assert.deepStrictEqual(placeOf(region, zone), { region, apart: undefined }, zone)
    }
  })

  it("says why a zone has not the prices of its region", () => {
    const apart = (region: string, zone: string) => placeOf(region, zone).apart ?? ""
    for (const zone of ["us-west-2-lax-1b", "us-west-2-lax-1"]) {
      assert.strictEqual(apart("us-west-2", zone), `${zone} is in a Local Zone, which has prices of its own`)
    }
    assert.match(apart("us-east-1", "us-east-1-bos-1a"), /Local Zone/)
    assert.match(apart("us-east-1", "us-east-1-wl1-bos-wlz-1"), /Wavelength Zone/)
    assert.match(apart("us-east-1", "us-east-1-wl1"), /Wavelength Zone/)
    assert.match(apart("us-east-1", "use1-wl1-bos-wlz1"), /Wavelength Zone/)
    assert.strictEqual(apart("us-west-2", "usw2-lax1-az1"), "usw2-lax1-az1 is not a zone of us-west-2")
    assert.strictEqual(apart("us-east-1", "eu-west-1a"), "eu-west-1a is not a zone of us-east-1")
    assert.match(apart("us-east-1", "us-east-1-something"), /not one of the region's own zones/)
    assert.strictEqual(apart("us-east-1", ""), "AWS did not tell in which zone of us-east-1 it is")
  })
})

describe("pricesAt", () => {
  it.effect("gives a zone apart no price of its region, and says why", () =>
    Effect.gen(function* () {
      const price = pricesAt(yield* snapshotBook, placeOf("us-west-2"))
      assert.strictEqual(price("ebs.gp3GBMonth").usd, 0.08)
      assert.strictEqual(price("ebs.gp3GBMonth", placeOf("us-west-2", "us-west-2a")).usd, 0.08)
      assert.strictEqual(price("ebs.gp3GBMonth", placeOf("eu-central-1")).usd, 0.0952)
      assert.deepStrictEqual(price("ebs.gp3GBMonth", placeOf("us-west-2", "us-west-2-lax-1a")), {
        fact: "ebs.gp3GBMonth",
        region: "us-west-2",
        usd: null,
        unit: "GB-month",
        source: "us-west-2-lax-1a is in a Local Zone, which has prices of its own",
        asOf: "undated",
        confidence: "unknown"
      })
    })
  )

  it.effect("knows its facts at compile time", () =>
    Effect.gen(function* () {
      const price = pricesAt(yield* snapshotBook, placeOf("us-east-1"))
      // @ts-expect-error -- a misspelt fact
      assert.throws(() => price("ebs.gp3GbMonth"), "There is no price named ebs.gp3GbMonth")
    })
  )
})
