import { assert, describe, it } from "@effect/vitest"
import { coverageLine, gapLines, isFull, payerLine, unjudgedLines } from "../../../cli/output/coverage.ts"
import type { OutcomeReason } from "../../../core/run/Outcome.ts"
import { addOutcomes, noCoverage } from "../../../core/run/totals.ts"
import { anOutcome, aRun } from "../../core/store/fixtures.ts"

const missing = (scan: string, code: OutcomeReason["code"], message: string, region = "eu-west-1") =>
  anOutcome({ scan, region, status: "unavailable", reason: { code, message } })

describe("coverage in words", () => {
  it("leaves out what does not apply, and never rounds a gap away", () => {
    const most = Array.from({ length: 9999 }, (_, index) => anOutcome({ scan: `scan-${index}` }))
    const coverage = addOutcomes(noCoverage, [
      ...most,
      missing("x", "throttled", "ec2:A: throttled"),
      anOutcome({ status: "not_applicable" })
    ])
    assert.strictEqual(
      coverageLine(coverage),
      "9,999 of 10,000 outcomes complete (99.9%), 0 partial, 1 unavailable, 1 not applicable"
    )
    assert.isFalse(isFull(coverage))
    const full = addOutcomes(noCoverage, [anOutcome(), anOutcome({ status: "not_applicable" })])
    assert.strictEqual(
      coverageLine(full),
      "1 of 1 outcome complete (100.0%), 0 partial, 0 unavailable, 1 not applicable"
    )
    assert.isTrue(isFull(full))
    assert.strictEqual(coverageLine(noCoverage), "nothing was scanned: 0 outcomes")
    assert.strictEqual(
      coverageLine(addOutcomes(noCoverage, [anOutcome({ status: "not_applicable" })])),
      "nothing was scanned: 0 outcomes, 1 not applicable"
    )
  })

  it("names every gap, the ones of one place and one reason in one line", () => {
    const denied = "denied by IAM: a permission is missing"
    const failed = (scan: string, operation: string, region?: string) =>
      anOutcome({
        scan,
        region: region ?? "eu-west-1",
        status: "unavailable",
        reason: { code: "denied_by_iam", message: `${operation}: ${denied}`, operations: [operation] }
      })
    const coverage = addOutcomes(noCoverage, [
      failed("find_unused_volumes", "ec2:DescribeVolumes"),
      failed("find_unused_amis", "ec2:DescribeImages"),
      failed("find_unused_elastic_ips", "ec2:DescribeAddresses", "us-east-1"),
      missing("find_unused_amis", "account_not_entered", "the account could not be entered", "*")
    ])
    assert.deepStrictEqual([...gapLines(coverage)].sort(), [
      `ec2:DescribeAddresses: ${denied} (denied_by_iam; 1 outcome; account 111111111111; us-east-1; find_unused_elastic_ips)`,
      `ec2:DescribeImages and ec2:DescribeVolumes: ${denied} (denied_by_iam; 2 outcomes; account 111111111111; eu-west-1; find_unused_amis and find_unused_volumes)`,
      "the account could not be entered (account_not_entered; 1 outcome; account 111111111111; every region; find_unused_amis)"
    ])
  })

  it("counts the accounts that a gap does not name", () => {
    const accounts = Array.from({ length: 30 }, (_, index) => String(111111111111 + index))
    const coverage = addOutcomes(
      noCoverage,
      accounts.map((account) =>
        anOutcome({ account, status: "partial", reason: { code: "throttled", message: "throttled" } })
      )
    )
    assert.deepStrictEqual(gapLines(coverage), [
      "throttled (throttled; 30 outcomes; 30 accounts: 111111111111, 111111111112, 111111111113 and 27 more; eu-west-1; find_unattached_ebs_volumes)"
    ])
  })

  it("says what is wrong with the payer, with what mends it", () => {
    const plan = aRun().plan
    assert.isUndefined(payerLine({ plan }))
    const payerGap = { code: "payer_not_included", message: 'account 1 pays: add it, or set "payer"' } as const
    assert.strictEqual(
      payerLine({ plan: { ...plan, payerGap } }),
      'Billing data: account 1 pays: add it, or set "payer" (payer_not_included).'
    )
  })

  it("names a resource that was not judged, and why", () => {
    const unknown = (resource: string, why: string) => ({ resource, state: "unknown", why }) as const
    assert.deepStrictEqual(
      unjudgedLines(
        anOutcome({
          unjudged: [
            unknown("vol-1", "its tags are not known"),
            unknown("vol-2", "throttled"),
            unknown("vol-3", "its tags are not known"),
            { resource: "vol-4", state: "tooYoung", why: "too young" }
          ]
        })
      ),
      [
        "vol-1 and vol-3 (find_unattached_ebs_volumes, 111111111111/eu-west-1): its tags are not known",
        "vol-2 (find_unattached_ebs_volumes, 111111111111/eu-west-1): throttled"
      ]
    )
  })
})
