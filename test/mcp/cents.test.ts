/** One finding has one amount, whichever tool is asked. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Finding } from "../../core/finding/Finding.ts"
import { Store } from "../../core/store/Store.ts"
import { findingsOf } from "../../query/findingsOf.ts"
import { ask, asking, nights, nothingNew } from "./harness.ts"

/** As the command line and the nightly report print them. */
let findings: ReadonlyArray<Finding>

beforeAll(async () => {
  findings = await nights.pipe(
    Effect.flatMap(({ store }) =>
      Effect.provideService(
        findingsOf({ statuses: ["open"] }, (finding) => finding),
        Store,
        store
      )
    ),
    Effect.runPromise
  )
})

/** In whole cents; null where there is no amount. */
const centsOf = (usd: number | null): number | null => (usd === null ? null : Math.round(usd * 100))

const amountOf = ({ savings }: Finding): number | null =>
  savings === null || savings.basis === "none" ? null : centsOf(savings.monthlyUsd)

interface Listed {
  readonly id: string
  readonly monthlyUsd: number | null
  readonly counted: boolean
}

/** Every row of a list, page by page. */
const allRows = Effect.fnUntraced(function* (tool: string, args: object) {
  const call = asking({ live: nothingNew })
  const rows: Array<Listed> = []
  let cursor: string | undefined
  do {
    const { structured } = yield* call(tool, { ...args, fields: "id, monthlyUsd, counted", limit: 90, cursor })
    rows.push(...structured.findings)
    cursor = structured.nextCursor
  } while (cursor !== undefined)
  return rows
})

const amounts = (rows: ReadonlyArray<Listed>) =>
  Object.fromEntries(rows.map(({ counted, id, monthlyUsd }) => [id, [centsOf(monthlyUsd), counted]]))

const expected = (some: ReadonlyArray<Finding>) =>
  Object.fromEntries(some.map((finding) => [finding.id, [amountOf(finding), finding.savings?.counted === true]]))

describe("every finding of the sample estate has the same amount to the cent", () => {
  it.effect("in a search", () =>
    Effect.gen(function* () {
      assert.isAbove(findings.length, 150)
      assert.deepStrictEqual(amounts(yield* allRows("search_findings", {})), expected(findings))
    })
  )

  it.effect("in its scan's tool", () =>
    Effect.gen(function* () {
      for (const scan of new Set(findings.map(({ scan }) => scan))) {
        assert.deepStrictEqual(
          amounts(yield* allRows(scan, {})),
          expected(findings.filter((finding) => finding.scan === scan)),
          scan
        )
      }
    })
  )

  it.effect("in get_finding and explain_savings, whose terms add up to it", () =>
    Effect.gen(function* () {
      for (const finding of findings) {
        const { id, savings } = finding
        const got = (yield* ask("get_finding", { id })).structured.finding
        const explained = (yield* ask("explain_savings", { id })).structured
        assert.deepStrictEqual(
          [
            [centsOf(got.monthlyUsd), got.counted],
            [centsOf(explained.monthlyUsd), explained.counted]
          ],
          Array.from({ length: 2 }, () => [amountOf(finding), savings?.counted === true]),
          id
        )
        if (amountOf(finding) !== null) assert.strictEqual(centsOf(got.savings.monthlyUsd), amountOf(finding))
      }
    })
  )

  it.effect("in the summary, scan by scan and in all", () =>
    Effect.gen(function* () {
      const { structured } = yield* ask("summarize_savings", { by: "scan", limit: 200 })
      const countedOf = (some: ReadonlyArray<Finding>) =>
        some.reduce((sum, finding) => sum + (finding.savings?.counted === true ? (amountOf(finding) ?? 0) : 0), 0)
      const scans = [...new Set(findings.map(({ scan }) => scan))].sort()
      assert.deepStrictEqual(
        Object.fromEntries(
          structured.rows.map((row: { value: string; monthlyUsd: number }) => [row.value, centsOf(row.monthlyUsd)])
        ),
        Object.fromEntries(scans.map((scan) => [scan, countedOf(findings.filter((one) => one.scan === scan))]))
      )
      assert.strictEqual(centsOf(structured.totals.monthlyUsd), countedOf(findings))
    })
  )
})
