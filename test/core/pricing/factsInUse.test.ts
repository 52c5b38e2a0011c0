import { globSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { factNames } from "../../../core/pricing/snapshot.ts"

const root = new URL("../../../", import.meta.url)

/** The names that code asks prices by: `price("…")`, and `price(`…`)` with its parts that vary as they are written. */
const namesIn = (code: string) => [...code.matchAll(/\bprice\(\s*(["`])(.+?)\1/g)].map(([, , name = ""]) => name)

/** What a name with parts that vary may be. */
const pattern = (name: string) =>
  new RegExp(`^${name.replaceAll(".", "\\.").replaceAll(/\$\{[^}]*\}/g, "[A-Za-z0-9]+")}$`)

describe("the prices that are asked for", () => {
  it.effect("exist", () =>
    Effect.gen(function* () {
      const names = [...(yield* factNames)]
      const files = globSync(["scans/**/*.ts", "core/**/*.ts"], { cwd: root })
      const asked = files.flatMap((file) =>
        namesIn(readFileSync(new URL(file, root), "utf8")).map((name) => ({ file, name }))
      )
      assert.isNotEmpty(asked)
      assert.deepStrictEqual(
        asked.filter(({ name }) => !names.some((known) => pattern(name).test(known))),
        []
      )
    })
  )

  it("are found in code", () => {
    assert.deepStrictEqual(
      namesIn('a(price("x.y"), price(\n  `z.${type}Hour`, "eu-west-1")) + unprice("n") + price(fact)'),
      ["x.y", "z.${type}Hour"]
    )
    assert.isTrue(pattern("ebs.${type}GBMonth").test("ebs.gp3GBMonth"))
    assert.isFalse(pattern("ebs.gp3GBMonth").test("ebsXgp3GBMonth"))
  })
})
