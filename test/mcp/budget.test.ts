/** What the definitions cost every message of every client, by a public tokenizer. */
import { assert, describe, it } from "@effect/vitest"
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { definitions } from "../../mcp/definitions.ts"

const tokensOf = (tools: ReadonlyArray<(typeof definitions)[number]>): number =>
  tools.reduce((sum, { tool }) => sum + encode(JSON.stringify(tool)).length, 0)

const core = definitions.filter(({ toolset }) => toolset === "core")
const scans = definitions.filter(({ toolset }) => toolset !== "core")

describe("the definitions", () => {
  it("take 105 tokens for a scan's tool in the mean", () => {
    assert.isAbove(scans.length, 20)
    assert.isAtMost(tokensOf(scans) / scans.length, 105)
  })

  it("take less than 2,000 tokens for the general tools, of which there are 13 at most", () => {
    assert.isBelow(tokensOf(core), 2000)
    assert.isAtMost(core.length, 13)
  })
})
