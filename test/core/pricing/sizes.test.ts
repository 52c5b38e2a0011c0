import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadComputePrices } from "../../../core/pricing/ComputePrices.ts"
import { architectureOf, type InstanceSize, neighboursOf, type SizesOf } from "../../../core/pricing/sizes.ts"

const withSizes = (check: (sizes: SizesOf) => void) => () =>
  Effect.map(loadComputePrices(["sizes"]), ({ sizes }) => check(sizes))

const written = ({ memoryGib, type, vcpu }: InstanceSize) => `${type} ${vcpu}/${memoryGib}`

describe("sizes", () => {
  it.effect(
    "has the next size down and up with vCPU and memory",
    withSizes((sizes) => {
      const m5 = sizes("m5.xlarge")
      assert.deepStrictEqual(m5?.current, {
        type: "m5.xlarge",
        family: "m5",
        vcpu: 4,
        memoryGib: 16,
        architecture: "x86_64",
        currentGeneration: true,
        confidence: "single source"
      })
      assert.deepStrictEqual(m5?.smaller.map(written), ["m5.large 2/8"])
      assert.strictEqual(m5?.larger[0]?.type, "m5.2xlarge")
    })
  )

  it.effect(
    "crosses gaps between sizes",
    withSizes((sizes) => {
      const next = (type: string) => [sizes(type)?.smaller[0]?.type, sizes(type)?.larger[0]?.type]
      assert.deepStrictEqual(next("m5.8xlarge"), ["m5.4xlarge", "m5.12xlarge"])
      assert.deepStrictEqual(next("c5.9xlarge"), ["c5.4xlarge", "c5.12xlarge"])
      assert.deepStrictEqual(next("c5.18xlarge"), ["c5.12xlarge", "c5.24xlarge"])
      // Only memory falls.
      assert.deepStrictEqual(next("t3.micro"), ["t3.nano", "t3.small"])
      // Metal is no size of a family.
      assert.deepStrictEqual(next("m5.24xlarge"), ["m5.16xlarge", undefined])
      assert.deepStrictEqual(next("m5.metal"), [undefined, undefined])
      // A GPU more or less is not seen in vCPU: g5.16xlarge has fewer than g5.12xlarge.
      assert.deepStrictEqual(next("g5.16xlarge"), [undefined, undefined])
    })
  )

  it.effect(
    "names what came after by vCPU and memory, not by the name of the size",
    withSizes((sizes) => {
      const newer = (type: string) => sizes(type)?.newer.map(({ kind, size }) => `${kind}: ${written(size)}`)
      assert.deepStrictEqual(newer("m4.xlarge"), [
        "same architecture: m5.xlarge 4/16",
        "newest: m7i-flex.xlarge 4/16",
        "Graviton: m7g.xlarge 4/16"
      ])
      assert.deepStrictEqual(newer("c5.9xlarge"), [
        "same architecture: c6i.12xlarge 48/96",
        "newest: c7i-flex.12xlarge 48/96",
        "Graviton: c7g.12xlarge 48/96"
      ])
      assert.deepStrictEqual(newer("m4.10xlarge")?.[0], "same architecture: m5.12xlarge 48/192")
      assert.deepStrictEqual(newer("db.r5.large"), [
        "same architecture: db.r6i.large 2/16",
        "Graviton: db.r7g.large 2/16"
      ])
      // The node of the same name holds less.
      assert.deepStrictEqual(newer("cache.t2.micro"), ["Graviton: cache.t4g.small 2/1.37"])
      assert.deepStrictEqual(newer("p3.2xlarge"), [])
      assert.isFalse(sizes("m4.large")?.current.currentGeneration)
      assert.isUndefined(sizes("m8g.large")?.current.currentGeneration)
    })
  )

  it.effect(
    "says which sizes were taken from the family before",
    withSizes((sizes) => {
      assert.strictEqual(sizes("m8i.xlarge")?.current.confidence, "derived")
      assert.strictEqual(written(sizes("m8i.xlarge")?.current as InstanceSize), "m8i.xlarge 4/16")
      assert.strictEqual(written(sizes("cache.r8g.large")?.current as InstanceSize), "cache.r8g.large 2/13.07")
      assert.strictEqual(sizes("cache.r8g.large")?.current.confidence, "derived")
      // m7i has no such size.
      assert.isUndefined(sizes("m8i.96xlarge"))
    })
  )

  it.effect(
    "knows database classes and cache nodes by what is sold under their names",
    withSizes((sizes) => {
      // There is a t3.nano, and no db.t3.nano.
      assert.deepStrictEqual(sizes("db.t3.micro")?.smaller, [])
      assert.deepStrictEqual(sizes("db.r6g.2xlarge")?.smaller.map(written), ["db.r6g.xlarge 4/32", "db.r6g.large 2/16"])
      assert.strictEqual(sizes("db.r8g.xlarge")?.smaller[0]?.type, "db.r8g.large")
      assert.deepStrictEqual(sizes("cache.r6g.xlarge")?.smaller.map(written), ["cache.r6g.large 2/13.07"])
      assert.strictEqual(sizes("cache.m5.4xlarge")?.larger[0]?.type, "cache.m5.12xlarge")
      for (const type of ["db.serverless", "db.r5.6xlarge.tpc2.mem4x", "db.m1.small", "m99.large", "nonsense", ""]) {
        assert.isUndefined(sizes(type), type)
      }
    })
  )
})

describe("architectureOf", () => {
  it("reads the processor from the name", () => {
    for (const type of ["a1.large", "t4g.nano", "m6gd.large", "im4gn.large", "g5g.xlarge", "db.r6g.large"]) {
      assert.strictEqual(architectureOf(type), "arm64", type)
    }
    for (const type of [
      "m5.large",
      "g4dn.xlarge",
      "g6.xlarge",
      "c7i-flex.large",
      "u-6tb1.56xlarge",
      "cache.t3.micro"
    ]) {
      assert.strictEqual(architectureOf(type), "x86_64", type)
    }
  })
})

describe("neighboursOf", () => {
  it("takes no size that has less of one thing and more of another", () => {
    const size = (type: string, vcpu: number, memoryGib: number): InstanceSize => ({
      type,
      family: type.split(".")[0] ?? "",
      vcpu,
      memoryGib,
      architecture: "x86_64",
      currentGeneration: true,
      confidence: "single source"
    })
    const current = size("x9.b", 4, 16)
    const { larger, smaller } = neighboursOf(current, [
      size("x9.d", 8, 8),
      size("x9.e", 2, 32),
      size("x9.c", 8, 32),
      current,
      size("x9.a", 2, 16),
      size("y9.a", 1, 1),
      size("x9.twin", 4, 16)
    ])
    assert.deepStrictEqual(smaller.map(written), ["x9.a 2/16"])
    assert.deepStrictEqual(larger.map(written), ["x9.c 8/32"])
  })
})
