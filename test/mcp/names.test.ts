/** No text of ours sends anybody to a tool that they cannot call. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { catalogue } from "../../audit/catalogue.ts"
import { definitions } from "../../mcp/definitions.ts"
import { instructionsFor } from "../../mcp/instructions.ts"
import { getPrompt, promptDefinitions } from "../../mcp/prompts.ts"
import { readResource, resources, resourceTemplates } from "../../mcp/resources.ts"
import { toolNames, toolsetNames } from "../../mcp/toolsets.ts"
import { anybody, ask, servicesOf } from "./harness.ts"

const allNames = definitions.map(({ tool }) => tool.name)
const generalNames = definitions.filter(({ toolset }) => toolset === "core").map(({ tool }) => tool.name)

/** The tools that a text mentions. What follows `scan` or `scans` in quotes, or is code, names a scan and no tool. */
const mentioned = (text: string, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const said = text.replace(/scans? ("|`)[a-z0-9_]+\1/gi, "")
  return names.filter((name) => new RegExp(`(?<![\\w/])${name}(?!\\w)`).test(said))
}

const assertCallable = (text: string, tools: ReadonlySet<string>, names: ReadonlyArray<string>, where: string) => {
  for (const name of mentioned(text, names)) assert.isTrue(tools.has(name), `${where} names ${name}: ${text}`)
}

/** Each toolset, and callers who have a single tool or none. */
const callers: ReadonlyArray<readonly [name: string, tools: ReadonlySet<string>]> = [
  ...toolsetNames.map((name) => [name, toolNames([name], ["all"])] as const),
  ...generalNames.map((name) => [`${name} alone`, new Set([name])] as const),
  ["nothing", new Set<string>()]
]

const arguments_: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cleanup_plan: { account: "444455556666" }
}

describe("the names of tools", () => {
  it("are found in a text, and scans are told from them", () => {
    assert.deepStrictEqual(mentioned("call get_finding, then more", allNames), ["get_finding"])
    assert.deepStrictEqual(mentioned('search_findings with scans "find_unused_volumes"', allNames), ["search_findings"])
    assert.throws(() => assertCallable("call get_finding", new Set(), allNames, "test"))
  })

  it("in the instructions can be called", () => {
    for (const [name, tools] of callers) {
      assertCallable(instructionsFor({ ...anybody, tools }), tools, allNames, `${name}: instructions`)
    }
  })

  it.effect("in prompts and scans' documentation can be called", () =>
    Effect.gen(function* () {
      for (const [name, tools] of callers) {
        for (const prompt of promptDefinitions) {
          const { description, messages } = yield* getPrompt(prompt.name, arguments_[prompt.name], {
            ...anybody,
            tools
          })
          const text = [description, ...messages.map(({ content }) => content.text)].join("\n")
          assertCallable(text, tools, allNames, `${name}: ${prompt.name}`)
        }
        for (const { name: scan } of catalogue) {
          const { contents } = yield* readResource(`nightaudit://scans/${scan}`, { ...anybody, tools })
          assertCallable(contents[0]?.text ?? "", tools, allNames, `${name}: ${scan}`)
        }
      }
    }).pipe(Effect.provide(servicesOf()))
  )

  it.effect("in answers and refusals can be called by who has that one tool alone", () =>
    Effect.gen(function* () {
      const calls: ReadonlyArray<readonly [string, object]> = allNames.flatMap((tool) => [
        [tool, {}] as const,
        [tool, { limit: 2 }] as const,
        [tool, { id: "vol-0ac1e64389b26e4b0", scan: "get_daily_cost_trend", reason: "because" }] as const,
        [tool, { id: "nothing", scan: "get_daily_cost_trend", reason: "because" }] as const,
        [tool, { id: "nothing", reason: "because" }] as const,
        [tool, { from: "the beginning", service: "Redshift", statuses: "resolved" }] as const,
        [tool, { service: "Redshift" }] as const,
        [tool, { freshness: 0 }] as const
      ])
      for (const [tool, given] of calls) {
        const { text } = yield* ask(tool, given, { tools: new Set([tool]) })
        assertCallable(text, new Set([tool]), generalNames, `${tool} ${JSON.stringify(given)}`)
      }
      for (const [name, tools] of callers) {
        const { text } = yield* ask("find_unused_volume", {}, { tools })
        assertCallable(text, tools, allNames, name)
      }
    })
  )

  it("in lists of resources and prompts are none", () => {
    assert.deepStrictEqual(mentioned(JSON.stringify([resources, resourceTemplates, promptDefinitions]), allNames), [])
  })

  it("in definitions and documents are of tools that there are", () => {
    const verbs =
      /\b(?:find|get|list|start|compare|search|explain|summarize|snooze|suppress|reopen|analyze)_[a-z0-9_]+\b/g
    const documents = ["README.md", "docs/scans.md"].map(
      (file) => [file, readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")] as const
    )
    for (const [file, text] of [...documents, ["the definitions", JSON.stringify(definitions)] as const]) {
      for (const [name] of text.matchAll(verbs)) assert.include(allNames, name, file)
    }
  })
})
