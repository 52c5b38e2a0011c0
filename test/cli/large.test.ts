/** A store of 30,000 findings in a heap that could hold a few thousand of them: whatever lists them writes as it reads. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { aFinding, anEvent, anOutcome, aRun, aScopeRecord } from "../core/store/fixtures.ts"
import { nightaudit } from "./command.ts"

const findings = 30_000

/** A bit above what is needed to start at all. */
const heapMegabytes = 48

let folder: string
let someId: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightaudit-large-"))
  mkdirSync(join(folder, ".nightaudit"))
  await Effect.gen(function* () {
    const store = yield* Store
    yield* store.putRun(aRun({ status: "complete", process: null }))
    yield* store.putScope(aScopeRecord({ outcomes: [anOutcome()] }))
    for (let from = 0; from < findings; from += 5000) {
      const some = Array.from({ length: 5000 }, (_, index) => {
        const finding = aFinding({ resourceId: `vol-${from + index}`, monthlyUsd: (from + index) / 100 })
        return { ...finding, savings: { ...finding.savings, counted: true, note: "n".repeat(1000) } }
      })
      yield* store.writeTransitions(some.map((finding) => ({ finding, events: [anEvent(finding)] })))
      someId = some[7]?.id ?? ""
    }
  }).pipe(Effect.provide(layerSqlite(join(folder, ".nightaudit/audit.db"))), Effect.runPromise)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const inSmallHeap = (...args: ReadonlyArray<string>) =>
  Effect.map(
    nightaudit(folder, args, {
      env: { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes} --max-semi-space-size=2` }
    }),
    ({ code, stderr, stdout }) => {
      assert.strictEqual(code, 0, stderr.slice(0, 500))
      return stdout
    }
  )

describe("30,000 findings", () => {
  it.effect("are written whole as JSON, CSV and Markdown", () =>
    Effect.gen(function* () {
      const json = JSON.parse(yield* inSmallHeap("findings", "--format", "json"))
      assert.strictEqual(json.findings.length, findings)
      assert.strictEqual(json.matched.sums.confirmed.findings, findings)
      assert.isAbove(JSON.stringify(json).length, heapMegabytes * 1_000_000)
      const csv = (yield* inSmallHeap("findings", "--format", "csv")).split("\r\n")
      assert.strictEqual(csv.length, findings + 2)
      const markdown = (yield* inSmallHeap("findings", "--format", "markdown")).split("\n")
      assert.strictEqual(markdown.filter((line) => line.startsWith("| ")).length, findings + 2)
    })
  )

  it.effect("are compared, and twenty of them listed or one found", () =>
    Effect.gen(function* () {
      assert.match(yield* inSmallHeap("compare"), /New {9} +30,000 {2}/)
      assert.strictEqual(JSON.parse(yield* inSmallHeap("compare", "--format", "json")).changes.length, findings)
      assert.match(yield* inSmallHeap("findings", "--changed"), /^The 50 largest of 30,000 findings/)
      assert.match(yield* inSmallHeap("findings", "--limit", "20"), /^20 of more than 20,00\d findings\n/)
      assert.include(yield* inSmallHeap("finding", someId.slice(0, 8)), someId)
    })
  )
})
