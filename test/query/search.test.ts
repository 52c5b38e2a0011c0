import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { claimantOf, countedClaims } from "../../core/finding/claims.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { organisationRollup, rollupOf } from "../../core/run/totals.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { allFindings } from "../../query/findingsOf.ts"
import { matched, search, type SearchRequest, textLooksAt } from "../../query/search.ts"
import {
  account,
  aFinding,
  aHygieneFinding,
  anOutcome,
  aScopeRecord,
  night,
  resolved,
  runId,
  setAside
} from "../core/store/fixtures.ts"

const other = "222222222222"

const findings: ReadonlyArray<Finding> = [
  aFinding({ resourceId: "vol-1", monthlyUsd: 300, tags: { team: "blue" } }),
  aFinding({ resourceId: "vol-2", monthlyUsd: 20, region: "us-east-1" }),
  aFinding({ resourceId: "vol-3", monthlyUsd: 10, confirmed: false, severity: "low" }),
  // The same volume once more: it overlaps.
  aFinding({ resourceId: "vol-1", monthlyUsd: 50, scan: "find_old_volumes", category: "storage" }),
  aFinding({ resourceId: "vol-9", monthlyUsd: 7, account: other, service: "Amazon RDS" }),
  aHygieneFinding({ resourceId: "sg-1", severity: "critical" }),
  aHygieneFinding({ resourceId: "jump", kind: "notice", severity: "high" }),
  setAside(aFinding({ resourceId: "vol-4", monthlyUsd: 1000 }), "snoozed"),
  resolved(aFinding({ resourceId: "vol-5", monthlyUsd: 2000 }))
]

const settled = Effect.gen(function* () {
  const store = yield* Store
  yield* store.writeTransitions(findings.map((finding) => ({ finding, events: [] })))
  const rollups = [account, other].map((of) => {
    const own = findings.filter((finding) => finding.account === of).map(claimantOf)
    return rollupOf(of, { runId, asOf: night }, own, countedClaims(own))
  })
  yield* store.putRollups([...rollups, organisationRollup({ runId, asOf: night }, rollups)])
})

const names = (found: ReadonlyArray<Finding>) => found.map(({ resource, scan }) => `${resource.id} ${scan.slice(5, 8)}`)

const test = (title: string, body: Effect.Effect<unknown, unknown, Store>) =>
  it.effect(title, () => Effect.andThen(settled, body).pipe(Effect.provide(layerMemory)))

describe("search", () => {
  test(
    "gives a page with what all matches come to, each dollar once",
    Effect.gen(function* () {
      const answer = yield* search({ statuses: ["open"], limit: 2 })
      assert.deepStrictEqual(names(answer.findings), ["vol-1 una", "vol-1 old"])
      const nothing = { findings: 0, monthlyUsd: 0 }
      assert.deepStrictEqual(answer.matched, {
        from: "rollups",
        pricing: { covered: nothing, uncertain: nothing, net: nothing, billed: nothing },
        asOf: night,
        sums: {
          confirmed: { findings: 4, monthlyUsd: 327 },
          unconfirmed: { findings: 1, monthlyUsd: 10 },
          commitments: { findings: 0, monthlyUsd: 0 },
          overlapping: { findings: 1, monthlyUsd: 50 },
          hygiene: 1,
          notices: 1
        }
      })
      const next = yield* search({ statuses: ["open"], limit: 2, cursor: answer.cursor }, { matched: false })
      assert.deepStrictEqual(names(next.findings), ["vol-2 una", "vol-3 una"])
      assert.isNull(next.matched)
    })
  )

  test(
    "takes totals from rollups wherever they know the answer",
    Effect.gen(function* () {
      const money = (query: Omit<SearchRequest, "limit">) =>
        Effect.map(matched({ statuses: ["open"], ...query }), (answer) =>
          answer.from === "rollups"
            ? [
                answer.sums.confirmed.monthlyUsd,
                answer.sums.unconfirmed.monthlyUsd,
                answer.sums.hygiene + answer.sums.notices
              ]
            : answer
        )
      assert.deepStrictEqual(yield* money({ accounts: [other] }), [7, 0, 0])
      assert.deepStrictEqual(yield* money({ regions: ["us-east-1"] }), [20, 0, 0])
      assert.deepStrictEqual(yield* money({ services: ["Amazon RDS"] }), [7, 0, 0])
      assert.deepStrictEqual(yield* money({ owner: "blue" }), [300, 0, 0])
      assert.deepStrictEqual(yield* money({ owner: "" }), [27, 10, 2])
      assert.deepStrictEqual(yield* money({ categories: ["storage"] }), [0, 0, 0])
      assert.deepStrictEqual(yield* money({ severities: ["high", "low"], accounts: [account] }), [300, 10, 1])
      assert.deepStrictEqual(
        yield* money({ severities: ["high"], regions: ["eu-west-1"], accounts: [account] }),
        [300, 0, 1]
      )
      assert.deepStrictEqual(yield* money({ kinds: ["money"], confirmed: true }), [327, 0, 0])
      assert.deepStrictEqual(yield* money({ kinds: ["money"], confirmed: false }), [0, 10, 0])
      assert.deepStrictEqual(yield* money({ kinds: ["hygiene"] }), [0, 0, 1])
      assert.deepStrictEqual(yield* money({ scans: [] }), [0, 0, 0])
    })
  )

  test(
    "counts what rollups do not know",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* matched({ statuses: ["snoozed"] }), {
        from: "count",
        findings: 1,
        monthlyUsd: 1000,
        whole: true
      })
      assert.deepStrictEqual(yield* matched({ statuses: ["open"], minMonthlyUsd: 20 }), {
        from: "count",
        findings: 3,
        monthlyUsd: 370,
        whole: true
      })
      assert.strictEqual((yield* matched({})).from, "count")
      assert.strictEqual(
        (yield* matched({ statuses: ["open"], confirmed: true })).from,
        "count",
        "hygiene by certainty"
      )
      const two = yield* matched({ statuses: ["open"], regions: ["eu-west-1"], owner: "blue" })
      assert.strictEqual(two.from, "rollups", "two dimensions of few accounts")
    })
  )

  test(
    "sorts by severity over all pages",
    Effect.gen(function* () {
      const all: Array<Finding> = []
      let cursor: string | undefined
      let pages = 0
      do {
        const page: { readonly findings: ReadonlyArray<Finding>; readonly cursor: string | undefined } = yield* search({
          statuses: ["open"],
          sort: "severity",
          limit: 2,
          cursor
        })
        all.push(...page.findings)
        cursor = page.cursor
        pages += 1
      } while (cursor !== undefined)
      assert.deepStrictEqual(names(all), [
        "sg-1 una",
        "vol-1 una",
        "jump una",
        "vol-1 old",
        "vol-2 una",
        "vol-3 una",
        "vol-9 una"
      ])
      assert.strictEqual(pages, 4)
      const severe = yield* search({ statuses: ["open"], sort: "severity", severities: ["high", "critical"] })
      assert.deepStrictEqual(names(severe.findings), ["sg-1 una", "vol-1 una", "jump una"])
    })
  )

  test(
    "looks for a text in ids, names, tags and accounts, and goes on where it stopped",
    Effect.gen(function* () {
      const found = (request: SearchRequest) => Effect.map(search(request), ({ findings }) => names(findings))
      assert.deepStrictEqual(yield* found({ text: "BLUE" }), ["vol-1 una"])
      assert.deepStrictEqual(yield* found({ text: "vol-9" }), ["vol-9 una"])
      assert.deepStrictEqual(yield* found({ text: other }), ["vol-9 una"])
      assert.deepStrictEqual(yield* found({ text: "nowhere" }), [])
      const first = yield* search({ text: "vol-", statuses: ["open"], limit: 3 })
      assert.deepStrictEqual(names(first.findings), ["vol-1 una", "vol-1 old", "vol-2 una"])
      assert.isNull(first.matched)
      const second = yield* search({ text: "vol-", statuses: ["open"], limit: 3, cursor: first.cursor })
      assert.deepStrictEqual(names(second.findings), ["vol-3 una", "vol-9 una"])
      assert.isUndefined(second.cursor)
      const severe = yield* search({ text: "vol-", statuses: ["open"], sort: "severity", limit: 1 })
      assert.deepStrictEqual(
        yield* found({ text: "vol-", statuses: ["open"], sort: "severity", cursor: severe.cursor, limit: 1 }),
        ["vol-1 old"]
      )
    })
  )

  it.effect("looks at a bounded number of findings for a text", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* store.writeTransitions(
        Array.from({ length: textLooksAt + 600 }, (_, index) => ({
          finding: aFinding({ resourceId: `vol-${index}`, monthlyUsd: 5000 - index }),
          events: []
        }))
      )
      const first = yield* search({ text: "vol-2599" })
      assert.deepStrictEqual(first.findings, [])
      assert.isDefined(first.cursor)
      const second = yield* search({ text: "vol-2599", cursor: first.cursor })
      assert.strictEqual(second.findings.length, 1)
      assert.isUndefined(second.cursor)
    }).pipe(Effect.provide(layerMemory))
  )

  test(
    "shows findings as they were seen last",
    Effect.gen(function* () {
      const store = yield* Store
      const later = "2026-11-25T02:00:00.000Z"
      yield* store.putScope(aScopeRecord({ outcomes: [anOutcome({ lastComplete: later })] }))
      const { findings } = yield* search({ statuses: ["snoozed"] })
      assert.strictEqual(findings[0]?.lastSeen, later, "what is set aside is seen all the same")
    })
  )

  test(
    "refuses limits and cursors that cannot be",
    Effect.gen(function* () {
      assert.match((yield* Effect.flip(search({ limit: 0, text: "a" }))).message, /The limit 0 is not possible/)
      assert.match(
        (yield* Effect.flip(search({ sort: "severity", cursor: "x" }))).message,
        /did not come from this list/
      )
    })
  )

  test(
    "goes through everything page by page",
    Effect.gen(function* () {
      const store = yield* Store
      yield* store.writeTransitions(
        Array.from({ length: 1100 }, (_, index) => ({ finding: aFinding({ resourceId: `more-${index}` }), events: [] }))
      )
      const ids = yield* Stream.runCollect(Stream.map(allFindings({ accounts: [account] }), ({ id }) => id))
      assert.strictEqual(ids.length, 1108)
      assert.strictEqual(new Set(ids).size, 1108)
    })
  )
})
