import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { catalogue } from "../../audit/catalogue.ts"
import { Store } from "../../core/store/Store.ts"
import { definitions } from "../../mcp/definitions.ts"
import type { LiveScans } from "../../mcp/LiveScans.ts"
import { instructionsFor } from "../../mcp/instructions.ts"
import { toolNames, writingTools } from "../../mcp/toolsets.ts"
import { generalTools } from "../../mcp/tools/generalTools.ts"
import { anybody, ask, askedAtMillis, asking, nights, storeCopy } from "./harness.ts"

const ours = [
  "get_coverage",
  "list_scans",
  "start_scan",
  "get_run",
  "get_report",
  "snooze_finding",
  "suppress_finding",
  "reopen_finding"
]

const member = "444455556666"

describe("get_run", () => {
  it.effect("is about the newest run, with the ids of those before it", () =>
    Effect.gen(function* () {
      const { first, second } = yield* nights
      const { structured, text } = yield* ask("get_run")
      assert.strictEqual(structured.run.id, second)
      assert.strictEqual(structured.run.status, "complete")
      assert.strictEqual(structured.run.full, true)
      assert.deepStrictEqual(structured.earlierRuns, [first])
      assert.strictEqual(structured.changes.opened.findings > 0, true)
      assert.strictEqual(
        structured.coverage.expected,
        structured.coverage.complete +
          structured.coverage.partial +
          structured.coverage.unavailable +
          structured.coverage.notApplicable
      )
      assert.notProperty(structured, "progress")
      assert.include(text, `Audit run ${second}`)
    })
  )

  it.effect("takes the beginning of an id, and names the newest where there is none such", () =>
    Effect.gen(function* () {
      const { first, second } = yield* nights
      assert.strictEqual((yield* ask("get_run", { id: first.slice(0, 10) })).structured.run.id, first)
      const refused = yield* ask("get_run", { id: "2019" })
      assert.isTrue(refused.isError)
      assert.include(refused.text, second)
    })
  )

  it.effect("tells how far a run is that is at work", () =>
    Effect.gen(function* () {
      const { second } = yield* nights
      const store = yield* storeCopy
      const run = yield* store.run(second)
      const records = yield* store.scopeRecords(second, member)
      const [one, two] = records
      if (run === undefined || one === undefined || two === undefined) return assert.fail("the night left no records")
      const id = "20261122T020000Z-000000"
      yield* TestClock.setTime(askedAtMillis)
      yield* store.putRun({ ...run, id, status: "running", summary: null, finishedAt: null })
      yield* store.putScope({ ...one, runId: id, outcomes: [], done: true })
      yield* store.putScope({ ...two, runId: id, outcomes: [], done: false })
      const { structured } = yield* asking({ store })("get_run", { id })
      assert.deepStrictEqual(structured.progress, {
        scopesDone: 1,
        scopesKnown: 2,
        waiting: [`${member}/${two.region}`]
      })
      assert.strictEqual(structured.costUsd, null)
    })
  )
})

describe("get_coverage", () => {
  it.effect("says what was not looked at and why", () =>
    Effect.gen(function* () {
      const { structured, text } = yield* ask("get_coverage", { regions: "ap-southeast-2", accounts: "777788889999" })
      assert.isTrue(
        structured.notScanned.some(
          ({ reason }: { readonly reason: { readonly code: string } }) => reason.code === "denied_by_scp"
        )
      )
      assert.include(text, "What was not looked at is not clean.")
      assert.deepStrictEqual(structured.filters, { accounts: ["777788889999"], regions: ["ap-southeast-2"] })
    })
  )

  it.effect("of a service without a scan is no result", () =>
    Effect.gen(function* () {
      const { structured, text } = yield* ask("get_coverage", { service: "Kinesis" })
      assert.strictEqual(structured.looksAt, false)
      assert.strictEqual(structured.count, null)
      assert.strictEqual(structured.nearestScans.length, 3)
      assert.include(text, "says nothing about waste there")
      const volumes = (yield* ask("get_coverage", { service: "EBS volumes" })).structured
      assert.include(volumes.checkedBy, "find_unused_volumes")
      assert.isAbove(volumes.coverage.complete, 0)
    })
  )

  it.effect("of a run is of all of it", () =>
    Effect.gen(function* () {
      const { first } = yield* nights
      assert.strictEqual((yield* ask("get_coverage", { run: first })).structured.filters.run, first)
      assert.isTrue((yield* ask("get_coverage", { run: first, regions: "eu-west-1" })).isError)
    })
  )
})

describe("list_scans", () => {
  it.effect("has every scan once, page by page", () =>
    Effect.gen(function* () {
      const names: Array<string> = []
      let cursor: string | undefined
      do {
        const { structured } = yield* ask("list_scans", { limit: 7, ...(cursor === undefined ? {} : { cursor }) })
        assert.strictEqual(structured.count, catalogue.length)
        names.push(...structured.scans.map(({ scan }: { readonly scan: string }) => scan))
        cursor = structured.nextCursor
      } while (cursor !== undefined)
      assert.deepStrictEqual(
        names,
        catalogue.map(({ name }) => name)
      )
    })
  )

  it.effect("says settings with their defaults, and finds scans by a word", () =>
    Effect.gen(function* () {
      const { structured } = yield* ask("list_scans", { scans: "find_unused_volumes", fields: ["settings", "needs"] })
      assert.deepStrictEqual(Object.keys(structured.scans[0]), ["scan", "settings", "needs"])
      assert.include(structured.scans[0].settings, "minUnattachedDays=7 days")
      assert.include(structured.scans[0].needs, "ec2:DescribeVolumes")
      const found = (yield* ask("list_scans", { service: "dynamodb" })).structured.scans
      assert.deepStrictEqual(
        found.map(({ scan }: { readonly scan: string }) => scan),
        [
          "find_overutilized_dynamodb_tables",
          "find_underutilized_dynamodb_tables",
          "find_unused_dynamodb_tables",
          "analyze_dynamodb_throttling"
        ]
      )
    })
  )
})

describe("get_report", () => {
  it.effect("gives every row of the newest report, page by page", () =>
    Effect.gen(function* () {
      const rows: Array<unknown> = []
      let cursor: string | undefined
      let total = 0
      do {
        const { structured } = yield* ask("get_report", {
          scan: "get_cost_by_service",
          limit: 5,
          ...(cursor === undefined ? {} : { cursor })
        })
        total = structured.count
        rows.push(...structured.rows)
        cursor = structured.nextCursor
      } while (cursor !== undefined)
      assert.isAbove(total, 10)
      assert.strictEqual(rows.length, total)
      assert.strictEqual(new Set(rows.map((row) => JSON.stringify(row))).size, total)
    })
  )

  it.effect("says which scans make one, and shows nobody the bill of others", () =>
    Effect.gen(function* () {
      const refused = yield* ask("get_report", { scan: "find_unused_volumes" })
      assert.isTrue(refused.isError)
      assert.include(refused.text, "get_cost_by_service")
      const other = yield* ask("get_report", { scan: "get_cost_by_service" }, { accounts: [member] })
      assert.isTrue(other.isError)
      assert.strictEqual(other.structured.count, null)
    })
  )
})

describe("the tools that write", () => {
  const first = Effect.map(
    ask("search_findings", { categories: "cleanup", limit: 1 }),
    ({ structured }) => structured.findings[0]
  )

  it.effect("set a finding aside and take it up again, and the totals follow", () =>
    Effect.gen(function* () {
      const { id, monthlyUsd } = yield* first
      const store = yield* storeCopy
      const answers = asking({ store })
      const total = Effect.map(answers("search_findings"), ({ structured }) => structured.totals.monthlyUsd as number)
      const before = yield* total
      const snoozed = yield* answers("snooze_finding", { id: id.slice(0, 10), until: "30d", reason: "sale" })
      assert.strictEqual(snoozed.structured.status, "snoozed")
      assert.strictEqual(snoozed.structured.until, "2026-12-21T07:00:00.000Z")
      assert.isAbove(monthlyUsd, 0)
      assert.isBelow(yield* total, before)
      const again = yield* answers("reopen_finding", { id, reason: "the sale is over" })
      assert.strictEqual(again.structured.status, "open")
      assert.strictEqual(yield* total, before)
      const hidden = yield* answers("suppress_finding", { id, reason: "wanted" })
      assert.strictEqual(hidden.structured.status, "suppressed")
      assert.strictEqual(hidden.structured.until, null)
      assert.include(hidden.text, "Nothing in AWS was changed.")
      assert.strictEqual((yield* store.finding(id))?.setAside?.author, "tester")
    })
  )

  it.effect("take an id and nothing else, and a reason", () =>
    Effect.gen(function* () {
      const { id, resource } = yield* first
      const store = yield* storeCopy
      const answers = asking({ store })
      for (const tool of writingTools) {
        const until = tool === "snooze_finding" ? { until: "2026-12-24" } : {}
        const refusals = [
          yield* answers(tool, { id: resource, reason: "x", ...until }),
          yield* answers(tool, { id: "orders-db-2019", reason: "x", ...until }),
          yield* answers(tool, { id: "ffffffffffffffffffff", reason: "x", ...until }),
          yield* answers(tool, { id, ...until }),
          yield* answers(tool, { id, reason: "x", ...until }, { accounts: ["999999999999"] })
        ]
        assert.deepStrictEqual(
          refusals.map(({ isError }) => isError),
          refusals.map(() => true)
        )
      }
      assert.isTrue((yield* answers("snooze_finding", { id, reason: "x" })).isError)
      assert.isTrue((yield* answers("snooze_finding", { id, reason: "x", until: "soon" })).isError)
      assert.isTrue((yield* answers("snooze_finding", { id, reason: "x", until: "2027-02-30" })).isError)
      const over = yield* answers("snooze_finding", { id, reason: "x", until: "30d", untilMonthlyUsd: 0.01 })
      assert.isTrue(over.isError)
      assert.include(over.text, "it would be back the next night")
      const [risk] = (yield* store.findings({ kinds: ["hygiene"], limit: 1 })).items
      const never = { id: risk?.id ?? "", reason: "x", untilMonthlyUsd: 10 }
      const silent = yield* answers("snooze_finding", never)
      assert.include(silent.text, "claims no money, so no amount would bring it back")
      assert.isFalse((yield* answers("snooze_finding", { ...never, until: "30d" })).isError ?? false)
      assert.strictEqual((yield* store.finding(id))?.status, "open")
    })
  )

  it.effect("are offered only where the operator says so, and say how", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual([...writingTools].sort(), ["reopen_finding", "snooze_finding", "suppress_finding"])
      const offered = toolNames([], ["all"])
      assert.isTrue([...writingTools].every((tool) => !offered.has(tool)))
      assert.isTrue([...writingTools].every((tool) => toolNames(["core"], ["all"], { writes: true }).has(tool)))
      const answer = yield* ask("suppress_finding", { id: "abcdef", reason: "x" }, { tools: offered })
      assert.isTrue(answer.isError)
      assert.include(answer.text, '"mcp": { "writes": true }')
    })
  )
})

describe("all other tools", () => {
  it.effect("write no finding and no run", () =>
    Effect.gen(function* () {
      const { store } = yield* nights
      const forbidden: Array<string> = []
      const reading = Object.fromEntries(
        Object.entries(store).map(([name, method]) => [
          name,
          /^(put|write|set|remember$|spend|cache$|lease|release)/.test(name)
            ? () => Effect.sync(() => void forbidden.push(name))
            : method
        ])
      ) as unknown as typeof store
      const live: LiveScans["Service"] = {
        start: () =>
          Effect.map(Store, (results) => ({
            runId: "20261122T020000Z-000000",
            scopes: new Set<string>(),
            results,
            wait: () => Effect.succeed("finished" as const)
          }))
      }
      const answers = asking({ store: reading, live })
      for (const { tool } of definitions) {
        if (writingTools.has(tool.name)) continue
        yield* answers(
          tool.name,
          tool.name.startsWith("get_report") ? { scan: "get_cost_by_service" } : { freshness: 0 }
        )
      }
      assert.deepStrictEqual(forbidden, [])
      yield* answers("suppress_finding", {
        id: (yield* ask("search_findings", { limit: 1 })).structured.findings[0].id,
        reason: "x"
      })
      assert.include(forbidden, "writeTransitions")
    })
  )
})

describe("the definitions", () => {
  it("of the tools about runs stay within their tokens", () => {
    const tokens = definitions
      .filter(({ tool }) => ours.includes(tool.name))
      .map(({ tool }) => encode(JSON.stringify(tool)).length)
    assert.strictEqual(tokens.length, ours.length)
    assert.isAtMost(
      tokens.reduce((sum, one) => sum + one, 0),
      1000
    )
  })

  it("say honestly what a tool does", () => {
    for (const { reaches, name } of generalTools) {
      const annotations = definitions.find(({ tool }) => tool.name === name)?.tool.annotations as any
      assert.strictEqual(annotations.readOnlyHint, reaches === undefined || reaches === "live", name)
    }
  })

  it("are named by the instructions only as far as a caller has them", () => {
    const text = instructionsFor({ ...anybody, tools: new Set(["get_coverage"]) })
    assert.include(text, "get_coverage")
    assert.notInclude(text, "search_findings")
  })
})
