import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { drawn } from "../../report/page/palette.ts"
import reportAsset from "../../report/asset.json" with { type: "json" }
import viewAsset from "../../mcp/viewAsset.json" with { type: "json" }

const root = new URL("../../", import.meta.url)
const css = (file: string) => readFileSync(new URL(file, root), "utf8")

/** Each colour by its name: in light, in dark. */
const palette = new Map(
  [...css("report/page/palette.css").matchAll(/(--[\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, [light, dark]] as const
  )
)

const declaredIn = (style: string) => new Set([...style.matchAll(/(--[\w-]+):/g)].map(([, name = ""]) => name))
const usedIn = (style: string) => new Set([...style.matchAll(/var\((--[\w-]+)\)/g)].map(([, name = ""]) => name))

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
    const declared = declaredIn(css("report/page/palette.css"))
    for (const file of ["report/page/style.css", "mcp/view/style.css"])
      for (const name of usedIn(css(file))) assert.isTrue(declared.has(name), `${file}: ${name}`)
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
})
