/** Totals agree with the findings to the cent after every run and after every person, on each store. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { claimantOf, countedClaims } from "../../core/finding/claims.ts"
import { rollupOf } from "../../core/run/totals.ts"
import { layerDynamo } from "../../core/store/dynamo/dynamo.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { findingsOf } from "../../query/findingsOf.ts"
import { runNightly } from "../../workflows/engine.ts"
import { recountAccount } from "../../workflows/accountTotals.ts"
import { type CannotSetAside, setAsideFinding, type SetAsideChange } from "../../workflows/setAside.ts"
import { putTrendPoint } from "../../workflows/trendPoint.ts"
import { dynamoTable, tableName } from "../core/store/dynamoLayer.ts"
import { awsVolume, type Estate, member, organizationOf, payer, request, world } from "./harness.ts"

const firstNight = Date.parse("2026-11-20T02:00:00Z")
const hours = (after: number) => TestClock.setTime(firstNight + after * 3_600_000)

const estateOf = (): Estate => ({
  [payer]: { "eu-west-1": [awsVolume("vol-a"), awsVolume("vol-b", { Size: 200 })] },
  [member]: { "us-east-1": [awsVolume("vol-c", { Size: 300 })] }
})

/** The totals of each account and of all, which must be what the findings come to. */
const agreed = Effect.fnUntraced(function* () {
  const store = yield* Store
  const usd: Record<string, readonly [number, string, string]> = {}
  for (const account of [payer, member]) {
    const findings = yield* findingsOf({ statuses: ["open"], accounts: [account] }, claimantOf)
    const [rollup] = yield* store.rollups([account], { cells: true })
    assert.deepStrictEqual(
      rollup?.sums,
      rollupOf(account, { runId: "", asOf: "" }, findings, countedClaims(findings)).sums,
      account
    )
    for (const { id, savings } of findings) assert.strictEqual(savings?.counted, countedClaims(findings).has(id))
    usd[account] = [moneyOf(rollup?.sums), rollup?.asOf ?? "", rollup?.runId ?? ""]
  }
  const [all] = yield* store.rollups(["all"])
  usd.all = [moneyOf(all?.sums), all?.asOf ?? "", all?.runId ?? ""]
  assert.strictEqual(
    Math.round(moneyOf(all?.sums) * 100),
    Math.round((usd[payer]?.[0] ?? 0) * 100 + (usd[member]?.[0] ?? 0) * 100)
  )
  return usd
})

const moneyOf = (
  sums: { readonly confirmed: { monthlyUsd: number }; unconfirmed: { monthlyUsd: number } } | undefined
) => Math.round(((sums?.confirmed.monthlyUsd ?? 0) + (sums?.unconfirmed.monthlyUsd ?? 0)) * 100) / 100

const because = { reason: "in use", author: "ann" }

const suite = (name: string, store: Layer.Layer<Store, unknown>) =>
  describe(`totals on ${name}`, () => {
    const test = (title: string, body: Effect.Effect<unknown, unknown, Store>) =>
      it.effect(title, () => Effect.provide(body, store))

    const night = Effect.fnUntraced(function* (estate: Estate, overrides: Parameters<typeof request>[0] = {}) {
      const shared = Layer.succeedContext(yield* Effect.context<Store>())
      const { layer } = world(organizationOf(estate), shared)
      yield* Effect.provide(runNightly(request(overrides)), layer)
      const service = yield* Store
      return (yield* service.runs(1)).items[0]
    })

    test(
      "follow a narrower run, which makes nothing else fresher",
      Effect.gen(function* () {
        yield* hours(0)
        const estate = estateOf()
        const full = yield* night(estate)
        const first = yield* agreed()
        assert.strictEqual(first.all?.[2], full?.id)
        assert.isAbove(first[payer]?.[0] ?? 0, 0)

        yield* hours(12)
        estate[payer] = { "eu-west-1": [awsVolume("vol-b", { Size: 200 })] }
        const narrow = yield* night(estate, { full: false, accounts: [payer] })
        assert.isFalse(narrow?.plan.full)
        const second = yield* agreed()
        assert.isBelow(second[payer]?.[0] ?? 0, first[payer]?.[0] ?? 0)
        assert.isBelow(second.all?.[0] ?? 0, first.all?.[0] ?? 0)
        assert.deepStrictEqual(second[member], first[member])
        for (const account of [payer, "all"]) {
          assert.deepStrictEqual(second[account]?.slice(1), first[account]?.slice(1), "as old as before")
        }
        const service = yield* Store
        assert.strictEqual(
          (yield* service.trend(payer, "2026-01-01"))[0]?.runId,
          full?.id,
          "a narrower run is no night"
        )

        yield* hours(24)
        const next = yield* night(estate)
        assert.strictEqual((yield* agreed()).all?.[2], next?.id)
      })
    )

    test(
      "are those of a narrower run where there was none, and a night that began before it still has its say",
      Effect.gen(function* () {
        yield* hours(2)
        const narrow = yield* night(estateOf(), { full: false, accounts: [payer] })
        const service = yield* Store
        const [first] = yield* service.rollups([payer])
        assert.strictEqual(first?.runId, narrow?.id)
        assert.strictEqual(first?.asOf, narrow?.startedAt)
        assert.strictEqual((yield* service.rollups(["all"]))[0]?.runId, narrow?.id)
        yield* hours(1)
        yield* night(estateOf(), { anyDate: true })
        yield* agreed()
        assert.strictEqual((yield* service.trend("all", "2026-01-01")).length, 1)
      })
    )

    test(
      "have a point of the trend that holds the changes of all runs of a day, however often one is settled",
      Effect.gen(function* () {
        yield* hours(0)
        const estate = estateOf()
        yield* night(estate)
        const service = yield* Store
        const [first] = yield* service.trend("all", "2026-01-01")
        assert.isAbove(first?.changes.opened.findings ?? 0, 0)
        yield* hours(1)
        const second = yield* night(estate)
        const pointsOf = (account: string) => service.trend(account, "2026-01-01")
        for (const account of [payer, "all"]) {
          const [point, ...more] = yield* pointsOf(account)
          assert.deepStrictEqual([point?.runId, more], [second?.id, []])
        }
        const [again] = yield* pointsOf("all")
        assert.deepStrictEqual(again?.changes.opened, first?.changes.opened)
        if (second !== undefined && second.summary !== null) yield* putTrendPoint("all", second, second.summary)
        assert.deepStrictEqual((yield* pointsOf("all"))[0], again)
      })
    )

    test(
      "follow what a person sets aside and takes up again",
      Effect.gen(function* () {
        yield* hours(0)
        const full = yield* night(estateOf())
        const first = yield* agreed()
        const service = yield* Store
        const [finding] = yield* service.findingsNamed("vol-b", 1)
        const id = finding?.id ?? ""

        yield* hours(8)
        const aside = yield* setAsideFinding(id, { action: "suppress", ...because, until: null })
        assert.deepStrictEqual(
          [aside.changed, aside.finding.status, aside.finding.savings?.counted],
          [true, "suppressed", false]
        )
        const second = yield* agreed()
        const usd = finding?.savings?.monthlyUsd ?? 0
        assert.isAbove(usd, 0)
        for (const account of [payer, "all"]) {
          assert.closeTo(second[account]?.[0] ?? 0, (first[account]?.[0] ?? 0) - usd, 0.005)
          assert.deepStrictEqual(second[account]?.slice(1), first[account]?.slice(1))
        }
        assert.isFalse((yield* setAsideFinding(id, { action: "suppress", ...because, until: null })).changed)

        yield* hours(9)
        const snoozed = yield* setAsideFinding(id, {
          action: "snooze",
          ...because,
          until: "2026-12-24",
          untilMonthlyUsd: null
        })
        assert.strictEqual(snoozed.finding.setAside?.until, "2026-12-24T00:00:00.000Z")

        yield* hours(10)
        const back = yield* setAsideFinding(id, { action: "reopen", reason: "not in use", author: "bob" })
        assert.deepStrictEqual([back.finding.status, back.finding.savings?.counted], ["open", true])
        assert.deepStrictEqual(yield* agreed(), first)
        const life = (yield* service.history(id)).map(({ detail, runId, type }) => [type, runId === full?.id, detail])
        assert.deepStrictEqual(life.slice(-3), [
          ["suppressed", true, "ann: in use"],
          ["snoozed", true, "ann, until 2026-12-24: in use"],
          ["reopened", true, "bob: not in use"]
        ])
      })
    )

    test(
      "are counted anew without either of two twins that an index still lists as open",
      Effect.gen(function* () {
        yield* hours(0)
        yield* night(estateOf())
        const service = yield* Store
        const findings = yield* findingsOf({ statuses: ["open"], accounts: [payer] }, (finding) => finding)
        assert.strictEqual(findings.length, 2)
        const aside = findings.map((finding) => ({ ...finding, status: "suppressed" as const }))
        yield* recountAccount(payer, { id: "r", startedAt: "", plan: { full: false } }, aside)
        assert.strictEqual(moneyOf((yield* service.rollups([payer]))[0]?.sums), 0)
      })
    )

    test(
      "say why a finding cannot be set aside",
      Effect.gen(function* () {
        yield* hours(0)
        const estate = estateOf()
        yield* night(estate)
        const service = yield* Store
        const [finding] = yield* service.findingsNamed("vol-b", 1)
        const id = finding?.id ?? ""
        const why = (id: string, change: SetAsideChange) =>
          Effect.map(Effect.flip(setAsideFinding(id, change)), (error) => {
            assert.strictEqual(error._tag, "CannotSetAside")
            return (error as CannotSetAside).message
          })
        const snoozed = { action: "snooze", ...because, until: null, untilMonthlyUsd: null } as const
        assert.match(yield* why("none", snoozed), /^There is no finding "none"/)
        assert.match(yield* why(id, snoozed), /needs a date or an amount/)
        assert.match(yield* why(id, { ...snoozed, reason: " ", untilMonthlyUsd: 9 }), /^A reason is needed/)
        assert.match(
          yield* why(id, { ...snoozed, reason: "\u202e\u200b\u200d", until: "2026-12-24" }),
          /^A reason is needed/
        )
        assert.match(yield* why(id, { ...snoozed, author: "", until: "2026-12-24" }), /^An author is needed/)
        for (const until of [null, "2026-12-24"])
          assert.match(
            yield* why(id, { ...snoozed, until, untilMonthlyUsd: 5 }),
            /would save \$\d+\.\d\d a month already, which is more than \$5\.00: it would be back the next night/
          )
        for (const until of ["2026-11-19", "soon", "2027-02-30"]) {
          assert.include(yield* why(id, { ...snoozed, until }), `The date "${until}" is not one that is still to come`)
        }
        yield* hours(24)
        estate[payer] = { "eu-west-1": [] }
        yield* night(estate)
        assert.match(yield* why(id, { action: "reopen", ...because }), /ended on 2026-11-21T02:00:00.000Z/)
        yield* agreed()
      })
    )
  })

suite("SQLite", layerMemory)
suite("DynamoDB", Layer.unwrap(Effect.map(dynamoTable, (calls) => layerDynamo({ tableName, calls }))))
