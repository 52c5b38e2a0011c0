import { assert, describe, it } from "@effect/vitest"
import { displayWidth, padEnd, padStart, shorten, wrap } from "../../core/width.ts"
import { oneLine } from "../../core/text.ts"

describe("displayWidth", () => {
  it("counts what a terminal shows", () => {
    assert.deepStrictEqual(
      ["", "plain", "größer", "e\u0301te\u0301", "日本語", "한국어", "ｆｕｌｌ", "🚀", "👩‍👩‍👧", "❤️", "🇩🇪", "…–→"].map(
        displayWidth
      ),
      [0, 5, 6, 3, 6, 6, 8, 2, 2, 2, 2, 3]
    )
  })
})

describe("shorten", () => {
  it("keeps what fits and marks what does not", () => {
    assert.strictEqual(shorten("volume", 6), "volume")
    assert.strictEqual(shorten("volumes", 6), "volum…")
    assert.strictEqual(shorten("a volume", 3), "a…")
    assert.strictEqual(shorten("volume", 0), "")
  })

  it("never splits a character in two", () => {
    assert.strictEqual(shorten("日本語です", 6), "日本…")
    assert.strictEqual(shorten("ab👩‍👩‍👧cd", 4), "ab…")
    for (let width = 0; width < 14; width++) assert.isAtMost(displayWidth(shorten("a日🚀e\u0301한 x", width)), width)
  })
})

describe("pad", () => {
  it("fills up to columns, not to characters", () => {
    assert.strictEqual(padEnd("日", 4), "日  ")
    assert.strictEqual(padStart("🚀", 4), "  🚀")
    assert.strictEqual(padEnd("longer", 3), "longer")
  })
})

describe("wrap", () => {
  it("breaks at spaces, and in words that are wider than a line", () => {
    assert.deepStrictEqual(wrap("one two three", 7), ["one two", "three"])
    assert.deepStrictEqual(wrap("arn:aws:ec2:eu-west-1 x", 8), ["arn:aws:", "ec2:eu-w", "est-1 x"])
    assert.deepStrictEqual(wrap("", 8), [""])
    assert.deepStrictEqual(wrap("日本語", 1), ["日本語"])
  })

  it("loses no text", () => {
    const text = "日本語 and 🚀 rockets in arn:aws:ec2:eu-west-1:111111111111:volume/vol-1"
    for (let width = 2; width < 40; width++) {
      const lines = wrap(text, width)
      assert.strictEqual(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""))
      for (const line of lines) assert.isAtMost(displayWidth(line), width)
    }
  })
})

describe("oneLine", () => {
  it("leaves nothing that a terminal obeys", () => {
    assert.strictEqual(oneLine("a\u001b[31mred\u001b[0m\r\nb\tc\u0007\u009b2J"), "a[31mred[0m b c2J")
    assert.strictEqual(oneLine("abc\u202egnp.exe\u200b\u2066x"), "abcgnp.exex")
  })
})
