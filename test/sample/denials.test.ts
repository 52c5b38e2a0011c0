import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Estate } from "../../sample/estate.ts"
import { estate } from "../../sample/organization.ts"
import catalogue from "../../audit/catalogue.json" with { type: "json" }
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

/** What suppresses a resource is one of its tags: who may not read the tags cannot know. */
const tagReads = new Set(["s3:GetBucketTagging", "tag:GetResources"])

const findingsOf = (results: ReadonlyArray<Audited>) =>
  new Map(
    results.flatMap(({ drafts, name, scope }) =>
      drafts.map((draft) => [`${scope} ${name} ${draft.resource.arn}`, draft.savings?.monthlyUsd ?? 0] as const)
    )
  )

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
    const { results } = await Effect.runPromise(audit({ estate: denying(operation), only: readers }))
    const findings = findingsOf(results)
    for (const [finding, monthlyUsd] of findings) {
      const before = all.get(finding)
      if (!tagReads.has(operation)) assert.isDefined(before, `made up: ${finding}`)
      assert.isAtMost(monthlyUsd, before ?? 0, finding)
    }
    for (const { name, scope, status } of results) {
      const lost = [...all.keys()].filter((key) => key.startsWith(`${scope} ${name} `) && !findings.has(key))
      if (status === "complete") assert.deepStrictEqual(lost, [], `${name} calls itself complete`)
    }
    assert.isTrue(results.some(({ status }) => status !== "complete"))
  })
})
