import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { atMost, severityOfSavings } from "../../core/finding/severity.ts"
import type { Estate } from "../../sample/estate.ts"
import { estate } from "../../sample/organization.ts"
import { wholeCatalogue as catalogue } from "../../audit/reads.ts"
import { audit, type Audited } from "./harness.ts"

/** The accounts and regions with the hard cases; one account is enough to see what a denial does. */
const part: Estate = {
  ...estate,
  regions: ["eu-central-1", "us-east-1"],
  accounts: estate.accounts.filter(({ name }) => name === "payer" || name === "shop-production")
}

const denying = (operation: string): Estate => ({
  ...part,
  accounts: part.accounts.map((account) => ({ ...account, refusals: [{ operation, by: "iam" as const }] }))
})

const findingsOf = (results: ReadonlyArray<Audited>) =>
  new Map(
    results.flatMap(({ drafts, name, scope }) =>
      drafts.map((draft) => [`${scope} ${name} ${draft.resource.arn}`, draft] as const)
    )
  )

const confidences = ["low", "medium", "high"]

const night = await Effect.runPromise(audit({ estate: part }))
const all = findingsOf(night.results)
const called = new Set(night.calls.map(({ operation, service }) => `${service}:${operation}`))

const operations = [...new Set(catalogue.flatMap(({ operations }) => operations.map(({ operation }) => operation)))]
  .filter((operation) => called.has(operation))
  .sort()

describe("a read that is denied", () => {
  it("is one of many", () => {
    assert.isAbove(operations.length, 50)
  })

  it.each(operations)("%s: finds nothing that was not there, and says that it could not look", async (operation) => {
    const readers = new Set(
      catalogue
        .filter(({ operations }) => operations.some((one) => one.operation === operation))
        .map(({ name }) => name)
    )
    // What commitments leave of a saving the payer has read on the night that is compared with.
    const only = new Set([...readers, "analyze_reserved_instance_utilization"])
    const { results } = await Effect.runPromise(audit({ estate: denying(operation), only }))
    const findings = findingsOf(results)
    for (const [finding, draft] of findings) {
      const before = all.get(finding)
      if (before === undefined) return assert.fail(`made up: ${finding}`)
      // What a commitment may cover is its list price where that is not told, and says that it is the most there is.
      const isUntold = draft.savings?.basis === "upper_bound" && draft.savings.coverage?.coveredPercent === null
      const most = (isUntold ? before.savings?.coverage?.listMonthlyUsd : undefined) ?? before.savings?.monthlyUsd ?? 0
      assert.isAtMost(draft.savings?.monthlyUsd ?? 0, most, finding)
      assert.includeMembers([...before.reasons], [...draft.reasons], finding)
      // A severity follows its saving, or is above it because of a risk.
      const ofSaving = isUntold && draft.savings !== null ? severityOfSavings(draft.savings) : before.severity
      const severest = atMost(before.severity, ofSaving) === before.severity ? ofSaving : before.severity
      // Extended support of which no bill tells is no saving, but a risk of its full severity.
      if (!isUntold || !draft.reasons.includes("extended_support"))
        assert.strictEqual(atMost(draft.severity, severest), draft.severity, finding)
      assert.isAtMost(confidences.indexOf(draft.confidence), confidences.indexOf(before.confidence), finding)
    }
    for (const { name, scope, stateOf, status } of results) {
      const lost = [...all].filter(([key]) => key.startsWith(`${scope} ${name} `) && !findings.has(key))
      // What was found and cannot be looked at is neither healthy nor gone.
      for (const [key, { resource }] of lost) assert.include(["unknown", "untold"], stateOf(resource.arn), key)
      if (lost.length > 0) assert.notStrictEqual(status, "complete", `${name} calls itself complete`)
    }
    assert.isTrue(results.some(({ status }) => status !== "complete"))
  })
})
