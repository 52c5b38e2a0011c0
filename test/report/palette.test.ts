import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { drawn } from "../../report/page/palette.ts"
import reportAsset from "../../report/asset.json" with { type: "json" }
import viewAsset from "../../mcp/viewAsset.json" with { type: "json" }

const root = new URL("../../", import.meta.url)
const css = (file: string) => readFileSync(new URL(file, root), "utf8")

/** Each colour by its name: in light, in dark. */
const palette = new Map(
  [
    ...css("report/page/palette.css").matchAll(
      /(--[\w-]+): var\(--light, (#[0-9a-f]{6})\) var\(--dark, (#[0-9a-f]{6})\);/g
    )
  ].map(([, name = "", light = "", dark = ""]) => [name, [light, dark]] as const)
)

const declaredIn = (style: string) => new Set([...style.matchAll(/(--[\w-]+):/g)].map(([, name = ""]) => name))
const usedIn = (style: string) => new Set([...style.matchAll(/var\((--[\w-]+)[,)]/g)].map(([, name = ""]) => name))

/** WCAG 2.2, relative luminance. */
const luminance = (hex: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const contrast = (a: string, b: string): number => {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((one, other) => one - other)
  return (light + 0.05) / (dark + 0.05)
}

const grounds = ["--ground", "--surface", "--sunk"] as const
const texts = [
  "--ink",
  "--muted",
  "--accent",
  "--confirmed",
  "--unconfirmed",
  "--complete",
  "--unavailable",
  "--hygiene"
]

describe("the palette", () => {
  it("has every colour that a style or a canvas names, also in what is bundled", () => {
    for (const file of ["report/page/style.css", "mcp/view/style.css"]) {
      const declared = declaredIn(css("report/page/palette.css") + css(file))
      for (const name of usedIn(css(file))) assert.isTrue(declared.has(name), `${file}: ${name}`)
    }
    for (const name of drawn) {
      assert.isTrue(palette.has(name), name)
      // Only a script names some of them, and what nothing names is left out of a page.
      assert.isTrue(declaredIn(reportAsset.css).has(name), `report/asset.json: ${name}`)
    }
    for (const asset of [reportAsset, viewAsset])
      for (const name of usedIn(asset.css)) assert.isTrue(declaredIn(asset.css).has(name), name)
  })

  it("can be read: text by a contrast of 4.5 against every ground, bars by one of 3", () => {
    for (const theme of [0, 1] as const) {
      const of = (name: string) => palette.get(name)?.[theme] ?? ""
      for (const ground of grounds) {
        for (const text of texts) assert.isAtLeast(contrast(of(text), of(ground)), 4.5, `${text} on ${ground}`)
        assert.isAtLeast(contrast(of("--soft"), of(ground)), 3, `--soft on ${ground}`)
      }
    }
  })

  it("is chosen of without what browsers before the middle of 2024 lack, wherever a scheme is set", () => {
    for (const { css } of [reportAsset, viewAsset]) {
      const schemes = [...css.matchAll(/\{color-scheme:([^}]*)\}/g)].map(([, rule = ""]) => rule)
      assert.strictEqual(schemes.length, 5)
      for (const rule of schemes) {
        const isImportant = rule.includes("!important")
        const [set, empty] = rule.startsWith("dark") ? ["--dark", "--light"] : ["--light", "--dark"]
        assert.match(rule, new RegExp(`${set}: initial${isImportant ? " !important" : ""}(;|$)`))
        assert.match(rule, new RegExp(`${empty}:${isImportant ? " !important" : " "}(;|$)`))
      }
      assert.include(css, "@media(prefers-color-scheme:dark){:root{--light: ;--dark: initial}}")
    }
  })
})

/** What is younger than Chrome 97, Firefox 113 or Safari 16.4, by what the pages might use. Source: MDN's tables of compatibility. */
const younger = {
  css: /light-dark\(|color-mix\(|@container|@layer|@starting-style|@scope|@property|text-wrap|subgrid|field-sizing|anchor-name|[{;}]&/,
  js: /\.(toSorted|toReversed|toSpliced|isWellFormed|toWellFormed|checkVisibility|symmetricDifference|isSubsetOf)\(|\b(structuredClone|Array\.fromAsync|Object\.groupBy|Map\.groupBy|Promise\.withResolvers|Promise\.try|Iterator\.from|AbortSignal\.any|AbortSignal\.timeout|startViewTransition|showPopover)\b|","[dgimsuy]*v"\)/
}

describe("the bundles", () => {
  it("name nothing that the oldest browsers do not have", () => {
    for (const { css, js } of [reportAsset, viewAsset]) {
      assert.notMatch(css, younger.css)
      assert.notMatch(js, younger.js)
      for (const [, before] of css.matchAll(/([^;{}]*);height:100dvh/g)) assert.strictEqual(before, "height:100vh")
    }
    // Where it is not known a column more is seen on a narrow screen.
    assert.deepStrictEqual(reportAsset.css.match(/:has\(/g), null)
    assert.deepStrictEqual(viewAsset.css.match(/[^{},]*:has\([^{]*/g), ["table:has(.bar) tr>:nth-child(3)"])
    assert.match(reportAsset.css, /height:100vh;height:100dvh/)
  })
})
