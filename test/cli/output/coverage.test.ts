import { assert, describe, it } from "@effect/vitest"
import { coverageLine, gapLines, isFull } from "../../../cli/output/coverage.ts"
import type { OutcomeReason } from "../../../core/run/Outcome.ts"
import { addOutcomes, noCoverage } from "../../../core/run/totals.ts"
import { anOutcome } from "../../core/store/fixtures.ts"

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
    assert.match(coverageLine(noCoverage), /^0 of 0 outcomes/)
  })

  it("names every gap, the ones of one place and one reason in one line", () => {
    const denied = "denied by IAM: a permission is missing"
    const coverage = addOutcomes(noCoverage, [
      missing("find_unused_volumes", "denied_by_iam", `ec2:DescribeVolumes: ${denied}`),
      missing("find_unused_amis", "denied_by_iam", `ec2:DescribeImages: ${denied}`),
      missing("find_unused_elastic_ips", "denied_by_iam", `ec2:DescribeAddresses: ${denied}`, "us-east-1"),
      missing("find_unused_amis", "account_not_entered", "the account could not be entered", "*")
    ])
    assert.deepStrictEqual(gapLines(coverage), [
      `ec2:DescribeAddresses: ${denied} (denied_by_iam; 1 outcome: account 111111111111, us-east-1, find_unused_elastic_ips)`,
      `ec2:DescribeImages and ec2:DescribeVolumes: ${denied} (denied_by_iam; 2 outcomes: account 111111111111, eu-west-1, find_unused_amis and find_unused_volumes)`,
      "the account could not be entered (account_not_entered; 1 outcome: account 111111111111, every region, find_unused_amis)"
    ])
  })
})
