/** A total is over all that match, however much of it is shown. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { dimensions } from "../../core/run/Rollup.ts"
import { severities } from "../../core/store/query.ts"
import { catalogue } from "../../audit/catalogue.ts"
import { allTools, asking, nothingNew } from "./harness.ts"

const call = asking({ live: nothingNew })
const tight = asking({ live: nothingNew, answerBytes: 2500 })

/** What every answer may have besides its rows: what is known of its age and its gaps, and totals over everything. */
const known = new Set(
  (
    "asOf ageSeconds source coverage notScanned moreGaps filters totals commitments count scan reports top " +
    "from to runs changedFindings waste inSums note shown nextCursor fieldsLeftOut aboveBill pricing"
  ).split(" ")
)

const lists: ReadonlyArray<readonly [tool: string, args: object, rows: string, fields: ReadonlyArray<string>]> = [
  ["search_findings", {}, "findings", ["id", "owner", "tags"]],
  ["search_findings", { sort: "severity", accounts: "777788889999" }, "findings", ["name"]],
  ["search_findings", { minMonthlyUsd: 10 }, "findings", ["evidence"]],
  ["compare_runs", {}, "changes", ["change"]],
  ["compare_runs", { to: "2026-11-20" }, "changes", ["details", "scan"]],
  ...dimensions.map((by) => ["summarize_savings", { by }, "rows", ["value", "hygiene"]] as const),
  ...catalogue
    .filter(({ kind }) => kind !== "report")
    .map(({ name }) => [name, {}, "findings", ["id", "evidence"]] as const)
]

describe("the totals", () => {
  for (const [tool, args, key, fields] of lists) {
    it.effect(`of ${tool} ${JSON.stringify(args)} are the same for each limit, page, choice of fields and size`, () =>
      Effect.gen(function* () {
        const totalsOf = (structured: any) => ({
          totals: structured.totals,
          commitments: structured.commitments,
          count: structured.count,
          changedFindings: structured.changedFindings,
          top: structured.top,
          inSums: structured.inSums
        })
        const whole = (yield* call(tool, { ...args, limit: 200 })).structured
        for (const [ask, given] of [
          [call, { limit: 1 }],
          [call, { limit: 25 }],
          [call, { fields }],
          [call, { format: "json" }],
          [tight, { limit: 200 }]
        ] as const) {
          const rows: Array<unknown> = []
          let cursor: string | undefined
          let pages = 0
          do {
            const { structured, text } = yield* ask(tool, { ...args, ...given, cursor })
            assert.deepStrictEqual(totalsOf(structured), totalsOf(whole), text)
            for (const name of Object.keys(structured)) assert.isTrue(known.has(name) || name === key, name)
            if (ask === tight && structured.shown > 1) assert.isAtMost(JSON.stringify(structured).length, 2500)
            rows.push(...structured[key])
            cursor = structured.nextCursor
            pages += 1
          } while (cursor !== undefined && pages < 12)
          if (cursor === undefined && whole.nextCursor === undefined) {
            const ids = (all: ReadonlyArray<any>) => all.map(({ id, value }) => id ?? value)
            assert.deepStrictEqual(ids(rows), ids(whole[key]), JSON.stringify(given))
          }
        }
      })
    )
  }

  it.effect("are the same for every dimension, and without one", () =>
    Effect.gen(function* () {
      const { structured: without } = yield* call("summarize_savings")
      for (const filter of [{}, { regions: "eu-central-1" }, { accounts: "444455556666", categories: "cleanup" }]) {
        const { structured: one } = yield* call("summarize_savings", filter)
        for (const by of dimensions) {
          const { structured } = yield* call("summarize_savings", { ...filter, by })
          assert.deepStrictEqual(structured.totals, one.totals, by)
          assert.deepStrictEqual(structured.commitments, one.commitments, by)
        }
        const { structured: found } = yield* call("search_findings", filter)
        assert.deepStrictEqual(found.totals, one.totals)
      }
      assert.isAbove(without.totals.monthlyUsd, 10_000)
    })
  )
})

const nowhere: Readonly<Record<string, unknown>> = {
  accounts: "999999999999",
  regions: "sa-east-1",
  services: "No Such Service",
  owner: "nobody@nowhere.example",
  statuses: "suppressed",
  minMonthlyUsd: 1e9,
  text: "no resource has this in its name",
  tags: { nobody: "has this" }
}

describe("a filter that matches nothing", () => {
  const rowsOf = ({ changes, findings, rows }: any): ReadonlyArray<unknown> | undefined => findings ?? changes ?? rows

  for (const tool of allTools) {
    it.effect(`gives nothing from ${tool.name}`, () =>
      Effect.gen(function* () {
        for (const [name, value] of Object.entries(nowhere)) {
          if (tool.arguments[name]?.wire?.["type"] === undefined) continue
          const { structured, text } = yield* call(tool.name, {
            [name]: value,
            ...(tool.name === "get_report" ? { scan: "get_cost_by_service" } : {}),
            ...(tool.name === "summarize_savings" ? { by: "scan" } : {})
          })
          assert.isUndefined(structured.error, text)
          assert.isEmpty(rowsOf(structured) ?? [], name)
          const found =
            structured.totals?.findings ??
            Object.values<any>(structured.totals ?? {}).reduce((sum, { findings = 0 }) => sum + findings, 0)
          assert.strictEqual(found, 0, name)
          assert.deepStrictEqual(structured.reports ?? [], name === "accounts" ? [] : (structured.reports ?? []), name)
        }
      })
    )
  }

  /** Filters of which every value has findings: what each gives makes up the whole, so none of them is dropped. */
  const parts: Readonly<Record<string, ReadonlyArray<string>>> = {
    scans: catalogue.map(({ name }) => name),
    categories: [...new Set(catalogue.map(({ category }) => category))],
    severities,
    kinds: ["money", "hygiene", "notice"],
    confirmed: ["true", "false"]
  }
  for (const tool of ["search_findings", "summarize_savings"]) {
    for (const [name, all] of Object.entries(parts)) {
      if (tool === "summarize_savings" && (name === "kinds" || name === "confirmed")) continue
      it.effect(`${tool}: each of ${name} gives its part of the whole`, () =>
        Effect.gen(function* () {
          const whole = (yield* call(tool)).structured.totals.findings
          let sum = 0
          for (const value of all) {
            const found = (yield* call(tool, { [name]: value })).structured.totals?.findings ?? 0
            assert.isBelow(found, whole)
            sum += found
          }
          assert.strictEqual(sum, whole)
        })
      )
    }
  }
})
