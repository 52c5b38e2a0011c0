import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { claimantOf, countedClaims } from "../../core/finding/claims.ts"
import { monthlyUsdOf } from "../../core/finding/lifecycle.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { dimensions, type Dimension, type Sums } from "../../core/run/Rollup.ts"
import { maxOwners, moneyOf, organisationRollup, rollupOf } from "../../core/run/totals.ts"
import { layerDynamo } from "../../core/store/dynamo/dynamo.ts"
import { ownerOf, Store } from "../../core/store/Store.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { totals, type TotalsFilter } from "../../query/totals.ts"
import { dynamoTable, tableName } from "../core/store/dynamoLayer.ts"
import { aFinding, aHygieneFinding, night, runId } from "../core/store/fixtures.ts"

const accounts = ["111111111111", "222222222222", "333333333333"]

const findings: ReadonlyArray<Finding> = Array.from({ length: 120 }, (_, index) => {
  const what = {
    resourceId: `r-${index}`,
    account: accounts[index % 3] ?? "",
    region: ["eu-west-1", "us-east-1"][index % 2] ?? "",
    scan: ["find_a", "find_b", "find_c"][index % 5] ?? "find_d",
    category: index % 4 === 0 ? "network" : "cleanup",
    service: index % 7 === 0 ? "" : "Amazon RDS",
    confirmed: index % 6 !== 0,
    monthlyUsd: (index * 37) % 1500,
    tags: index % 3 === 1 ? { team: `team-${index % 4}` } : {}
  }
  return index % 10 === 9 ? aHygieneFinding({ ...what, severity: "high" }) : aFinding(what)
})

const counted = countedClaims(findings.map(claimantOf))

const settle = (of: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const store = yield* Store
    const rollups = of.map((account, index) =>
      rollupOf(
        account,
        { runId, asOf: index === 0 ? "2026-11-19T02:00:00.000Z" : night },
        findings.filter((finding) => finding.account === account).map(claimantOf),
        counted
      )
    )
    yield* store.putRollups([...rollups, organisationRollup({ runId, asOf: night }, rollups)])
  })

const valueOf = (finding: Finding, dimension: Dimension): string =>
  dimension === "service"
    ? finding.resource.service
    : dimension === "owner"
      ? (ownerOf(finding) ?? "")
      : finding[dimension]

/** Findings added up one by one: value → money, and the number of findings without a saving. */
const expected = (wanted: ReadonlyArray<Finding>, by: Dimension) => {
  const rows: Record<string, Array<number>> = {}
  for (const finding of wanted) {
    const value = valueOf(finding, by)
    const [usd = 0, others = 0] = rows[value] ?? []
    rows[value] = [
      usd + (counted.has(finding.id) ? monthlyUsdOf(finding) : 0),
      others + (finding.savings === null ? 1 : 0)
    ]
  }
  return rows
}

const plain = (rows: ReadonlyArray<{ readonly value: string; readonly sums: Sums }>) =>
  Object.fromEntries(rows.map(({ sums, value }) => [value, [moneyOf(sums), sums.hygiene]]))

const filters: ReadonlyArray<readonly [TotalsFilter, (finding: Finding) => boolean]> = [
  [{}, () => true],
  [{ accounts: accounts.slice(1) }, ({ account }) => account !== accounts[0]],
  [{ accounts: [accounts[2] ?? ""] }, ({ account }) => account === accounts[2]],
  [{ accounts: [] }, () => false],
  [{ scans: ["find_a"] }, ({ scan }) => scan === "find_a"],
  [{ owners: ["", "team-1"] }, (finding) => [undefined, "team-1"].includes(ownerOf(finding))],
  [
    {
      accounts: accounts.slice(0, 2),
      severities: ["high"],
      categories: ["network", "cleanup"],
      services: ["Amazon RDS"]
    },
    ({ account, resource, severity }) =>
      account !== accounts[2] && severity === "high" && resource.service === "Amazon RDS"
  ],
  [{ regions: ["us-east-1"], categories: ["network"] }, () => false]
]

const layers = {
  SQLite: layerMemory,
  DynamoDB: Layer.unwrap(Effect.map(dynamoTable, (calls) => layerDynamo({ tableName, calls })))
}

for (const [name, layer] of Object.entries(layers)) {
  describe(`totals from ${name}`, () => {
    it.effect("are those of the findings, by every dimension, for any accounts and filters", () =>
      Effect.gen(function* () {
        yield* settle(accounts)
        for (const by of dimensions) {
          for (const [filter, isWanted] of filters) {
            const answer = yield* totals({ by, ...filter })
            const message = `${by} ${JSON.stringify(filter)}`
            assert.deepStrictEqual(plain(answer.rows), expected(findings.filter(isWanted), by), message)
            assert.deepStrictEqual(
              moneyOf(answer.whole),
              Object.values(expected(findings.filter(isWanted), by)).reduce((sum, [usd = 0]) => sum + usd, 0),
              message
            )
          }
        }
      }).pipe(Effect.provide(layer))
    )
  })
}

describe("totals", () => {
  it.effect("come largest first, and say as of when and for whom they are", () =>
    Effect.gen(function* () {
      yield* settle(accounts.slice(0, 2))
      const { rows } = yield* totals({ by: "scan" })
      const money = rows.map(({ sums }) => moneyOf(sums))
      assert.deepStrictEqual(
        money,
        money.toSorted((a, b) => b - a)
      )
      const some = yield* totals({ by: "account", accounts: [...accounts, "444444444444"] })
      assert.deepStrictEqual(some.asOf, { oldest: "2026-11-19T02:00:00.000Z", newest: night })
      assert.deepStrictEqual(some.unsettled, ["333333333333", "444444444444"])
      assert.deepStrictEqual((yield* totals({ by: "account", accounts: ["444444444444"] })).asOf, null)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("read no finding, and for everything one rollup", () =>
    Effect.gen(function* () {
      yield* settle(accounts)
      const store = yield* Store
      const asked: Array<unknown> = []
      const counting = Layer.mock(Store, {
        rollups: (accounts, options) => {
          asked.push([accounts, options?.cells ?? false])
          return store.rollups(accounts, options)
        }
      })
      yield* Effect.gen(function* () {
        yield* totals({ by: "owner" })
        yield* totals({ by: "severity", severities: ["high"] })
        yield* totals({ by: "severity", accounts: accounts.slice(1) })
        yield* totals({ by: "severity", accounts: accounts.slice(1), owners: ["team-1"] })
      }).pipe(Effect.provide(counting))
      assert.deepStrictEqual(asked, [
        [["all"], false],
        [["all"], false],
        [accounts.slice(1), false],
        [accounts.slice(1), true]
      ])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("add up the accounts where no run has added them up yet", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* store.putRollups([rollupOf(accounts[0] ?? "", { runId, asOf: night }, findings.map(claimantOf), counted)])
      assert.deepStrictEqual(plain((yield* totals({ by: "region" })).rows), expected(findings, "region"))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("name an owner who is not in the organisation's list", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const many = Array.from({ length: maxOwners + 2 }, (_, index) =>
        claimantOf(aFinding({ resourceId: `r-${index}`, monthlyUsd: index + 1, tags: { team: `team-${index}` } }))
      )
      const rollup = rollupOf(accounts[0] ?? "", { runId, asOf: night }, many, countedClaims(many))
      yield* store.putRollups([rollup, organisationRollup({ runId, asOf: night }, [rollup])])
      assert.deepStrictEqual(plain((yield* totals({ by: "owner", owners: ["team-0"] })).rows), { "team-0": [1, 0] })
    }).pipe(Effect.provide(layerMemory))
  )
})
