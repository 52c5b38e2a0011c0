import { assert, describe, it } from "@effect/vitest"
import { closest, hint, unknownName } from "../../../core/config/suggest.ts"

const regions = ["eu-west-1", "eu-west-2", "eu-central-1", "us-east-1"]

describe("closest", () => {
  it("finds a name with a letter too few, too many, wrong or swapped, in whatever case", () => {
    assert.strictEqual(closest("eu-wst-1", regions), "eu-west-1")
    assert.strictEqual(closest("eu-wesst-2", regions), "eu-west-2")
    assert.strictEqual(closest("eu-cantral-1", regions), "eu-central-1")
    assert.strictEqual(closest("su-east-1", regions), "us-east-1")
    assert.strictEqual(closest("US-EAST-1", regions), "us-east-1")
    assert.strictEqual(closest("badc", ["abcd"]), "abcd")
  })

  it("finds nothing where nothing is close", () => {
    assert.isUndefined(closest("mars-north-9", ["find_unused_volumes"]))
    assert.isUndefined(closest("abcd", ["efgh"]))
    assert.isUndefined(closest("x", []))
  })

  it("does not compare megabytes with names", () => {
    assert.isUndefined(closest("x".repeat(5_000_000), regions))
  })

  it("prefers the first of two that are as close", () => {
    assert.strictEqual(closest("eu-west-3", regions), "eu-west-1")
  })
})

describe("hint and unknownName", () => {
  it("suggests, or lists names when they are few", () => {
    assert.strictEqual(hint("eu-wst-1", regions), " Did you mean eu-west-1?")
    assert.strictEqual(hint("nothing", ["aaa", "bbb"]), " There are: aaa, bbb.")
    assert.strictEqual(hint("nothing", []), "")
    assert.strictEqual(
      hint(
        "nothing",
        Array.from({ length: 13 }, (_, index) => `name-${index}-of-many`)
      ),
      ""
    )
  })

  it("quotes what was written, so that it cannot steer a terminal", () => {
    assert.strictEqual(unknownName("scan", "a\u001b[31mb", ["z"]), 'there is no scan "a\\u001b[31mb". There are: z.')
  })
})
