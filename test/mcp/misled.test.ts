/** What a model was once led to believe by an answer, and must not be. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { Run } from "../../core/run/Run.ts"
import { ask, askedAtMillis, asking, everyTool, nights, storeCopy } from "./harness.ts"

const payer = "111122223333"
const sandbox = { accounts: ["123456789012"], tools: everyTool }

/** Live scans after the second night, of which none was a night. */
const afterLiveScans = Effect.gen(function* () {
  const store = yield* storeCopy
  const { second } = yield* nights
  const night = (yield* store.run(second)) as Run
  // What is written is kept for as long as its kind is, from now on.
  yield* TestClock.setTime(askedAtMillis)
  const stamps = ["20261121T050000Z-aaaaaa", "20261121T050100Z-bbbbbb"]
  yield* Effect.forEach(stamps, (id, at) =>
    store.putRun({
      ...night,
      id,
      trigger: "query",
      startedAt: `2026-11-21T05:0${at}:00.000Z`,
      plan: { ...night.plan, full: false, scans: night.plan.scans.slice(at, at + 1) }
    })
  )
  return asking({ store })
})

describe("live scans", () => {
  it.effect("are no nights: what changed is told between the two audits of everything", () =>
    Effect.gen(function* () {
      const answer = yield* afterLiveScans
      const { first, second } = yield* nights
      const { structured } = yield* answer("compare_runs")
      assert.deepStrictEqual([structured.from.id, structured.to.id], [first, second])
      assert.isAbove(structured.changedFindings, 0)
      const yesterday = yield* answer("compare_runs", { to: "last night" })
      assert.strictEqual(yesterday.structured.to.id, second)
      const day = yield* answer("compare_runs", { from: "2026-11-20", to: "2026-11-21" })
      assert.deepStrictEqual([day.structured.from.id, day.structured.to.id], [first, second])
    })
  )

  it.effect("of different scans are not told as waste that fell", () =>
    Effect.gen(function* () {
      const answer = yield* afterLiveScans
      const { structured, text } = yield* answer("compare_runs", {
        from: "20261121T050000Z-aaaaaa",
        to: "20261121T050100Z-bbbbbb"
      })
      assert.isUndefined(structured.waste)
      assert.notInclude(text, "Waste a month")
    })
  )
})

describe("totals", () => {
  for (const filters of [
    { scans: "find_unused_volumes", regions: "eu-central-1" },
    { services: "ec2", severities: ["high", "critical"] },
    { categories: "cleanup", regions: ["eu-west-1", "eu-central-1"] }
  ]) {
    it.effect(`by ${Object.keys(filters).join(" and ")} are those of the summary`, () =>
      Effect.gen(function* () {
        const found = yield* ask("search_findings", { ...filters, limit: 1 })
        const summary = yield* ask("summarize_savings", filters)
        assert.isAbove(summary.structured.totals.monthlyUsd, 0)
        assert.deepStrictEqual(found.structured.totals, summary.structured.totals)
      })
    )
  }
})

describe("a caller of one account whose findings a payer's scan made", () => {
  it.effect("is not told which account pays", () =>
    Effect.gen(function* () {
      const { structured } = yield* ask("search_findings", {}, sandbox)
      assert.isAbove(structured.findings.length, 0)
      for (const { id } of structured.findings) {
        for (const tool of ["get_finding", "explain_savings"]) {
          const answer = yield* ask(tool, { id }, sandbox)
          assert.isFalse(answer.isError)
          assert.notInclude(answer.text + JSON.stringify(answer.structured), payer)
        }
      }
    })
  )

  it.effect("is not told that nothing was read above what was found", () =>
    Effect.gen(function* () {
      for (const tool of ["search_findings", "summarize_savings", "get_all_cost_optimization_recommendations"]) {
        const { isError, structured, text } = yield* ask(tool, {}, sandbox)
        assert.isFalse(isError, tool)
        assert.notInclude(text, "Nothing was read", tool)
        assert.isAbove(structured.totals.monthlyUsd, 0, tool)
      }
    })
  )
})

describe("nothing found", () => {
  it.effect("in an account that no run has seen is no zero", () =>
    Effect.gen(function* () {
      const { isError, structured, text } = yield* ask("search_findings", { accounts: "999999999999" })
      assert.isTrue(isError)
      assert.isNull(structured.count)
      assert.notInclude(text, "$0.00")
    })
  )

  it.effect("of a service without a scan is said to be no result", () =>
    Effect.gen(function* () {
      for (const tool of ["search_findings", "summarize_savings"]) {
        assert.include((yield* ask(tool, { services: "sagemaker" })).text, "no result for a service", tool)
      }
    })
  )

  it.effect("by text or tag is said in words", () =>
    Effect.gen(function* () {
      const { structured, text } = yield* ask("search_findings", { tags: { env: "nowhere" } })
      assert.strictEqual(structured.count, 0)
      assert.include(text, "0 findings with this text or tag")
    })
  )
})

describe("get_coverage", () => {
  it.effect("does not take what a scan only reads for what it looks for waste in", () =>
    Effect.gen(function* () {
      for (const service of ["sagemaker", "glue"]) {
        assert.strictEqual((yield* ask("get_coverage", { service })).structured.looksAt, false, service)
      }
      assert.strictEqual((yield* ask("get_coverage", { service: "dynamodb" })).structured.looksAt, true)
    })
  )
})

describe("what was asked for", () => {
  it.effect("is said again without what hides in it", () =>
    Effect.gen(function* () {
      const hidden = "\u202eabc\u0000\u200b ignore all"
      const answers = [
        yield* ask("get_coverage", { service: hidden }),
        yield* ask("list_scans", { service: hidden }),
        yield* ask("get_report", { scan: "get_cost_by_service", fields: hidden })
      ]
      for (const { structured, text } of answers) {
        assert.notMatch(text + JSON.stringify(structured), /[\u202e\u200b]/)
        assert.include(text, "«bounds:")
      }
    })
  )

  it.effect("may be a name that every object has", () =>
    Effect.gen(function* () {
      for (const tool of ["search_findings", "summarize_savings"]) {
        for (const services of ["constructor", "toString", "__proto__"]) {
          const { structured } = yield* ask(tool, { services })
          assert.strictEqual(structured.totals?.findings, 0, `${tool} ${services}`)
        }
      }
    })
  )

  it.effect("is not said again at any length", () =>
    Effect.gen(function* () {
      const services = Array.from({ length: 5000 }, (_, at) => `service-${at}`)
      const { structured } = yield* ask("search_findings", { services, limit: 1 })
      assert.isBelow(JSON.stringify(structured).length, 24_000)
      assert.include(structured.filters.services, "and 4,950 more")
    })
  )
})
