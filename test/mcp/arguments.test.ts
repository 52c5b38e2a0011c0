/** What tools are called with, by the dispatch of the server: every way in which models and clients write an argument. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { common, type Tool } from "../../mcp/tools/Tool.ts"
import { allTools, ask, asking, nothingNew } from "./harness.ts"

/** What a tool cannot do without. */
const needed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  get_finding: { id: "903c666721fd60a9975c" },
  explain_savings: { id: "903c666721fd60a9975c" },
  get_report: { scan: "get_cost_by_service" },
  // What they refuse is compared, so that nothing is written: no finding has this id.
  snooze_finding: { id: "ffffffffffffffffffff", reason: "later", until: "30d" },
  suppress_finding: { id: "ffffffffffffffffffff", reason: "never" },
  reopen_finding: { id: "ffffffffffffffffffff", reason: "now" }
}

/** Answers that are refusals whatever else is given. */
const isRefusing = ({ reaches }: Tool): boolean => reaches === "write"

const neededBy = (tool: Tool): Readonly<Record<string, unknown>> => {
  const given = needed[tool.name] ?? {}
  for (const name of tool.required ?? []) if (!(name in given)) assert.fail(`say here what ${tool.name} needs`)
  return given
}

/** Two values for each list that a tool takes. */
const values: Readonly<Record<string, readonly [string, string]>> = {
  accounts: ["444455556666", "777788889999"],
  accountIds: ["444455556666", "777788889999"],
  regions: ["eu-central-1", "us-east-1"],
  scans: ["find_unused_volumes", "find_unused_snapshots"],
  categories: ["cleanup", "cost"],
  services: ["AWS Lambda", "Amazon CloudFront"],
  severities: ["low", "high"],
  statuses: ["open", "resolved"],
  kinds: ["money", "notice"],
  types: ["opened", "resolved"],
  fields: ["id", "monthlyUsd"],
  resourceTypes: ["Ec2Instance", "EbsVolume"],
  actionTypes: ["Stop", "Delete"],
  requiredTags: ["Owner", "CostCenter"],
  approvedRegions: ["eu-central-1", "us-east-1"],
  tagKeys: ["Owner", "CostCenter"],
  sensitivePorts: ["22", "3389"],
  webPorts: ["80", "443"],
  kmsRequiredTag: ["data", "privacy"]
}

/** What a list of scans has columns for. */
const listFields: Readonly<Record<string, readonly [string, string]>> = { fields: ["title", "category"] }

/** Names that mean the list too. */
const singularOf = (name: string): string =>
  name.endsWith("ies")
    ? name.replace(/ies$/, "y")
    : name.endsWith("ses")
      ? name.replace(/ses$/, "s")
      : name.replace(/s$/, "")

const listsOf = (tool: Tool): ReadonlyArray<string> =>
  Object.entries(tool.arguments).flatMap(([name, { wire }]) => (wire?.["type"] === "array" ? [name] : []))

const call = asking({ live: nothingNew })

describe("every list of every tool", () => {
  for (const tool of allTools) {
    for (const name of listsOf(tool)) {
      it.effect(`${tool.name}: ${name}`, () =>
        Effect.gen(function* () {
          const two =
            (tool.name === "list_scans" ? listFields[name] : undefined) ??
            values[name] ??
            assert.fail(`give two values for ${name}`)
          const [one] = two
          const others = neededBy(tool)
          const said = Effect.fnUntraced(function* (args: unknown) {
            const { structured, text } = yield* call(tool.name, args)
            assert.isUndefined(structured.error, text)
            return structured
          })
          const both = yield* said({ ...others, [name]: two })
          if (both.filters !== undefined && name !== "fields") assert.deepStrictEqual(both.filters[name], [...two])
          for (const form of [JSON.stringify(two), two.join(","), `${two.join(" , ")},`]) {
            assert.deepStrictEqual(yield* said({ ...others, [name]: form }), both, JSON.stringify(form))
          }
          for (const wrapped of [
            { arguments: { ...others, [name]: two } },
            { arguments: JSON.stringify({ ...others, [name]: two }) },
            JSON.stringify({ ...others, [name]: two }),
            { ...others, [singularOf(name)]: two },
            { ...others, [name.toUpperCase()]: two }
          ]) {
            assert.deepStrictEqual(yield* said(wrapped), both, JSON.stringify(wrapped))
          }
          const alone = yield* said({ ...others, [name]: [one] })
          assert.notDeepEqual(alone, both)
          for (const form of [one, JSON.stringify([one]), `${one},`]) {
            assert.deepStrictEqual(yield* said({ ...others, [name]: form }), alone, JSON.stringify(form))
          }
        })
      )
    }
  }
})

describe("what is empty", () => {
  for (const tool of allTools) {
    it.effect(`was not given to ${tool.name}`, () =>
      Effect.gen(function* () {
        const others = neededBy(tool)
        const names = Object.keys({ ...common, ...tool.arguments }).filter((name) => !(name in others))
        const without = yield* call(tool.name, others)
        if (!isRefusing(tool)) assert.isUndefined(without.structured.error, without.text)
        for (const empty of ["", " ", null, [], {}, "null", "[]", [""], [null]]) {
          const given = Object.fromEntries(names.map((name) => [name, empty]))
          assert.deepStrictEqual(yield* call(tool.name, { ...given, ...others }), without, JSON.stringify(empty))
        }
        assert.deepStrictEqual(yield* call(tool.name, { ...others, limit: 0 }), without)
      })
    )
  }

  it.effect("is missed where it is needed", () =>
    Effect.gen(function* () {
      for (const tool of allTools) {
        for (const name of tool.required ?? []) {
          const { isError, text } = yield* call(tool.name, { ...needed[tool.name], [name]: "" })
          assert.isTrue(isError)
          assert.include(text, `${name}: it has to be given`)
        }
      }
    })
  )
})

describe("an argument that does not exist", () => {
  for (const tool of allTools) {
    it.effect(`is refused by ${tool.name} with the nearest one`, () =>
      Effect.gen(function* () {
        for (const name of Object.keys({ ...tool.arguments, limit: 0 })) {
          const written = `${name.slice(0, -1)}q${name.slice(-1)}`
          for (const value of ["x", ""]) {
            const { isError, structured, text } = yield* ask(tool.name, { ...neededBy(tool), [written]: value })
            assert.isTrue(isError)
            assert.match(
              text,
              new RegExp(`^there is no argument "${written}"\\.( Did you mean | There are: )`),
              written
            )
            if (name.length > 3) assert.include(text, `Did you mean ${name}?`)
            assert.deepStrictEqual(structured, { error: text })
          }
        }
      })
    )
  }
})

describe("a refusal", () => {
  const refusals: ReadonlyArray<readonly [tool: string, args: object, text: string]> = [
    ["search_findings", { limit: "many" }, 'limit: expected a whole number from 1 to 200, not "many"'],
    ["search_findings", { limit: 201 }, "limit: expected a whole number from 1 to 200, not 201"],
    ["search_findings", { accounts: "production" }, 'accounts: expected 12-digit account ids, not "production"'],
    ["search_findings", { severities: "hihg" }, 'severities: there is no "hihg". Did you mean high?'],
    [
      "search_findings",
      { regions: ["eu-central-11"] },
      'regions: there is no region "eu-central-11". Did you mean eu-central-1?'
    ],
    ["search_findings", { confirmed: "maybe" }, 'confirmed: expected true or false, not "maybe"'],
    [
      "search_findings",
      { scans: "find_unused_volume" },
      'scans: there is no "find_unused_volume". Did you mean find_unused_volumes?'
    ],
    ["summarize_savings", { by: "regoin" }, 'by: there is no "regoin". Did you mean region?'],
    [
      "summarize_savings",
      { by: ["region", "scan"] },
      'by: expected one of account, region, service, category, scan, severity, owner, not ["region","scan"]'
    ],
    [
      "summarize_savings",
      { statuses: "resolved", minMonthlyUsd: 5 },
      "A summary adds up all open findings and cannot be narrowed by minMonthlyUsd and statuses: leave that out, or call search_findings with it, which has totals too."
    ],
    [
      "compare_runs",
      { from: "the beginning" },
      'from: «bounds:the beginning:bounds» names no night. Give the id of a run, "last night", "yesterday", "7d", "last month" or a day such as 2026-11-20; the newest run is '
    ]
  ]
  for (const [tool, args, expected] of refusals) {
    it.effect(`of ${tool} with ${JSON.stringify(args)} names the argument, what came and what would do`, () =>
      Effect.gen(function* () {
        const { isError, text } = yield* ask(tool, args)
        assert.isTrue(isError)
        assert.isTrue(text.startsWith(expected), text)
      })
    )
  }

  it.effect("tells all mistakes at once, and names no tool that the caller has not", () =>
    Effect.gen(function* () {
      const { text } = yield* ask("search_findings", { limit: -1, severities: "huge" })
      assert.deepStrictEqual(
        text.split("\n").map((line) => line.split(":")[0]),
        ["limit", "severities"]
      )
      const tools = new Set(["summarize_savings", "get_finding"])
      for (const [tool, args] of [
        ["summarize_savings", { confirmed: true }],
        ["get_finding", { id: "vol-nowhere" }]
      ] as const) {
        assert.notInclude((yield* ask(tool, args, { tools })).text, "search_findings")
        assert.include((yield* ask(tool, args)).text, "search_findings")
      }
    })
  )
})
