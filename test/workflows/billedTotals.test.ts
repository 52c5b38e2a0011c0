/** An account's totals are held against what the run has read of its bill. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AwsError, Malformed } from "../../core/aws/AwsError.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { accountBillName, type AccountSpend } from "../../core/run/accountBill.ts"
import { digestMessage } from "../../core/alerts/digest.ts"
import { noTotals } from "../../core/run/totals.ts"
import { totalsBlocks } from "../../cli/output/totals.ts"
import { organisationDigest } from "../../query/digest.ts"
import { nightChanges } from "../../query/nightChanges.ts"
import { runTotals } from "../../query/runFindings.ts"
import { aboveBillIn, search } from "../../query/search.ts"
import { totals } from "../../query/totals.ts"
import { makeReport } from "../../report/makeReport.ts"
import { billedIn } from "../../workflows/accountBill.ts"
import { totalAccount, totalOrganisation } from "../../workflows/accountTotals.ts"
import { claimantOf } from "../../core/finding/claims.ts"
import { aFinding, aRun } from "../core/store/fixtures.ts"

const payer = "999999999999"
const account = "111111111111"
const run = { id: "run-1", startedAt: "2026-11-20T02:00:00.000Z", plan: { full: true, payers: [payer] } }

const row = (service: string, amount: number): AccountSpend => ({
  account,
  service,
  start: "2026-10-01",
  amount,
  currency: "USD",
  estimated: false
})

const findings = [
  aFinding({ resourceId: "db-1", account, service: "Amazon RDS", monthlyUsd: 900, region: "eu-west-1" }),
  aFinding({ resourceId: "i-1", account, service: "Amazon EC2", monthlyUsd: 40, region: "eu-west-1" })
].map(claimantOf)

/** As the reader stores what it has read of the payer. */
const stored = (runId: string, reading: object) =>
  Effect.flatMap(Store, (store) =>
    store.cache(`reading/${runId}/${payer}/global/payer/${accountBillName}`, reading, new Date("2030-01-01"))
  )

const bill = { value: [row("Amazon RDS", 310.5), row("Amazon EC2", 500)], gaps: [], inherited: [] }

const above = [{ account, service: "Amazon RDS", monthlyUsd: 900, billedUsd: 310.5 }]

const encodeErrors = Schema.encodeSync(Schema.Array(AwsError))
const failure = new AwsError({
  operation: "ce:GetCostAndUsage",
  account: payer,
  region: "us-east-1",
  reason: new Malformed({ code: "Test", message: "the test leaves this out" })
})

/** What Settle does with an account, and Sum with all. */
const settled = Effect.fnUntraced(function* (one: typeof run) {
  yield* totalAccount(account, findings, one, yield* billedIn(account, one))
  yield* totalOrganisation(one)
})

describe("totals and the bill", () => {
  it.effect("say which services are above what was billed, for the account and the organisation", () =>
    Effect.gen(function* () {
      yield* stored(run.id, bill)
      yield* settled(run)
      for (const accounts of [undefined, [account]]) {
        const answer = yield* totals({ by: "service", accounts })
        assert.deepStrictEqual(answer.aboveBill, above)
        // It is flagged, and the sum stays what the findings say.
        assert.strictEqual(answer.whole.confirmed.monthlyUsd, 940)
      }
      assert.deepStrictEqual((yield* totals({ by: "service", services: ["Amazon EC2"] })).aboveBill, [])
      assert.isNull((yield* totals({ by: "service", regions: ["eu-west-1"] })).aboveBill)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("say it in one sentence wherever they stand", () =>
    Effect.gen(function* () {
      const sentence =
        "Above the bill in 1 service of an account, so that part of it is not real: Amazon RDS of 111111111111 ($900.00 a month claimed, $310.50 billed)."
      yield* stored(run.id, bill)
      yield* settled(run)
      const night = aRun({ id: run.id, startedAt: run.startedAt })
      yield* Effect.flatMap(Store, (store) => store.putRun(night))

      const query = { statuses: ["open"] } as const
      const { matched } = yield* search(query)
      assert.isTrue(matched?.from === "rollups")
      assert.deepStrictEqual(matched?.from === "rollups" ? matched.aboveBill : undefined, above)
      assert.deepStrictEqual(yield* aboveBillIn(query), above)
      assert.isUndefined(yield* aboveBillIn({ ...query, services: ["Amazon EC2"] }))
      // Of a part of a service the bill says nothing.
      assert.isUndefined(yield* aboveBillIn({ ...query, regions: ["eu-west-1"] }))

      assert.strictEqual((yield* makeReport()).summary.aboveBill, sentence)
      assert.include(JSON.stringify(totalsBlocks(noTotals, (yield* runTotals(night)).aboveBill)), sentence)
      const facts = { unknownRules: [], lost: [] }
      const digest = yield* organisationDigest(night, yield* nightChanges(night), (id) => id, facts)
      assert.strictEqual(digest.aboveBill, sentence)
      for (const before of [null, digest.confirmed]) {
        const message = digestMessage({ ...digest, before }, undefined)
        assert.include(message.body.replaceAll(/\s+/g, " "), sentence)
        assert.strictEqual(message.data["aboveBill"], sentence)
      }
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("are held against the bill before, after a run that read none", () =>
    Effect.gen(function* () {
      yield* stored(run.id, bill)
      yield* settled(run)
      yield* settled({ ...run, id: "run-2", plan: { full: false, payers: [] } })
      assert.deepStrictEqual((yield* totals({ by: "service" })).aboveBill, above)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("say nothing where the bill was never read, or has a gap", () =>
    Effect.gen(function* () {
      yield* settled(run)
      assert.isNull((yield* totals({ by: "service" })).aboveBill)
      yield* stored("run-3", { error: encodeErrors([failure]) })
      yield* settled({ ...run, id: "run-3" })
      assert.isNull((yield* totals({ by: "service" })).aboveBill)
    }).pipe(Effect.provide(layerMemory))
  )
})
