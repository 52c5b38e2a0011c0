import { readdirSync, readFileSync } from "node:fs"
import { STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "vitest"
import { quiet } from "../../../core/aws/quiet.ts"

const root = new URL("../../..", import.meta.url).pathname

describe("a quiet client", () => {
  it("copies no answer for a log", () => {
    assert.notInclude(quiet(new STSClient({})).middlewareStack.identify().join("; "), "loggerMiddleware")
  })

  it("is every client of the product", () => {
    const folders = ["core", "datasets", "workflows", "functions", "mcp", "audit", "query", "cli"]
    const loud = folders.flatMap((folder) =>
      readdirSync(root, { encoding: "utf8" }).includes(folder)
        ? readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
            .filter((file) => file.endsWith(".ts"))
            .flatMap((file) => {
              const text = readFileSync(`${root}${folder}/${file}`, "utf8")
              return [...text.matchAll(/(quiet\(\s*)?new [A-Z]\w*Client\(/g)].flatMap(([all, isQuiet]) =>
                isQuiet === undefined ? [`${folder}/${file}: ${all}`] : []
              )
            })
        : []
    )
    assert.deepStrictEqual(loud, [])
  })
})
