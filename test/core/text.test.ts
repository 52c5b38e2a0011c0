import { assert, describe, it } from "@effect/vitest"
import { cleanTags, cleanText, withoutControls } from "../../core/text.ts"

describe("withoutControls", () => {
  it("leaves nothing that a terminal obeys, that reorders text or that looks like nothing", () => {
    assert.strictEqual(withoutControls("a\u001b[31mred\u0007\u009b2J"), "a[31mred2J")
    assert.strictEqual(withoutControls("abc\u202egnp.exe\u200b\u2066x\u061cy"), "abcgnp.exexy")
    assert.strictEqual(withoutControls("\u3164prod\u115f\u1160\uffa0\u2800\u00ad\u034f\u180e\ufff9\u{e0041}"), "prod")
    assert.strictEqual(withoutControls("a\u2028b\u2029c"), "abc")
  })

  it("keeps line ends, tabs, joiners and emoji", () => {
    assert.strictEqual(withoutControls("a\r\nb\tc"), "a\r\nb\tc")
    assert.strictEqual(withoutControls("می‌خواهم 👩‍👩‍👧 ❤️"), "می‌خواهم 👩‍👩‍👧 ❤️")
  })

  it("makes half a character a whole one, so that it can stand in an address", () => {
    for (const text of ["a\ud83d", "\ude80b", "a\ud83dz"]) {
      assert.throws(() => encodeURIComponent(text))
      assert.include(encodeURIComponent(withoutControls(text)), "%EF%BF%BD")
    }
    assert.strictEqual(withoutControls("🚀"), "🚀")
  })
})

describe("cleanText", () => {
  it("is one line of at most 256 characters, and never ends with half of one", () => {
    assert.strictEqual(cleanText("a\r\nb\tc"), "abc")
    assert.strictEqual(cleanText("x".repeat(257)), `${"x".repeat(255)}…`)
    const cut = cleanText(`${"x".repeat(254)}🚀🚀`)
    assert.strictEqual(cut, `${"x".repeat(254)}…`)
    assert.isTrue(cut.isWellFormed())
    assert.deepStrictEqual(cleanTags({ "a\u061c": "b\ud83d" }), { a: "b\ufffd" })
  })
})
