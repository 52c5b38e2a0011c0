import { assert, describe, it } from "@effect/vitest"
import type { CallCount } from "../../../core/aws/CallLedger.ts"
import { noChanges } from "../../../core/run/Changes.ts"
import { addCost, infrastructureUsd, noCost, noWork, type Work, workOf } from "../../../core/run/runCost.ts"
import { anOutcome, aScopeRecord } from "../store/fixtures.ts"

const call = (operation: string, calls: number, usd = 0, throttled = 0): CallCount => ({
  service: "ec2",
  operation,
  calls,
  throttled,
  usd
})

describe("addCost", () => {
  it("costs nothing to do nothing", () => {
    assert.deepStrictEqual(addCost(noCost, [], noWork), noCost)
  })

  it("counts calls by operation, and what AWS charges for them", () => {
    const cost = addCost(
      noCost,
      [call("DescribeVolumes", 3), call("GetMetricData", 2, 0.01), call("DescribeVolumes", 4, 0, 1)],
      noWork
    )
    assert.deepStrictEqual(cost.calls, [call("GetMetricData", 2, 0.01), call("DescribeVolumes", 7, 0, 1)])
    assert.deepStrictEqual([cost.totalCalls, cost.paidCalls, cost.callsUsd], [9, 2, 0.01])
    assert.deepStrictEqual([cost.infrastructureUsd, cost.usd], [0, 0.01])
  })

  it("goes on where a cost was", () => {
    const first = addCost(noCost, [call("DescribeVolumes", 3), call("GetCostAndUsage", 1, 0.01)], noWork)
    const both = addCost(first, [call("GetCostAndUsage", 2, 0.02), call("DescribeImages", 1)], noWork)
    assert.strictEqual(both.totalCalls, 7)
    assert.strictEqual(both.paidCalls, 3)
    assert.closeTo(both.callsUsd, 0.03, 1e-12)
    assert.deepStrictEqual(
      both.calls.map(({ calls, operation }) => [operation, calls]),
      [
        ["GetCostAndUsage", 3],
        ["DescribeVolumes", 3],
        ["DescribeImages", 1]
      ]
    )
  })

  it("estimates the cloud: time, invocations, transitions, writes and reads", () => {
    const usdOf = (work: Partial<Work>) => infrastructureUsd({ ...noWork, ...work })
    assert.closeTo(usdOf({ durationMillis: 1_000_000 }), 1000 * 0.5 * 0.0000133334, 1e-12)
    assert.closeTo(usdOf({ scopes: 1700 }), 1700 * (16 * 0.000000625 + 10 * 0.000000125), 1e-12)
    assert.closeTo(usdOf({ groups: 300 }), 300 * (2 * 0.000025 + 0.0000002), 1e-12)
    assert.closeTo(
      usdOf({ accounts: 1000 }),
      1000 * (7 * 0.000025 + 3 * 0.0000002 + 3 * 2 * 0.5 * 0.0000133334 + 30 * 0.000000625 + 50 * 0.000000125),
      1e-12
    )
    assert.closeTo(usdOf({ outcomes: 1000 }), 1000 * 0.000000125, 1e-12)
    assert.closeTo(usdOf({ examined: 1_000_000 }), 30_000 * 0.000000625 + 150_000 * 0.000000125, 1e-12)
    assert.closeTo(usdOf({ findings: 1_000_000 }), 3_000_000 * 0.000000125, 1e-12)
    assert.closeTo(usdOf({ counted: 1_000_000 }), 2 * 0.625, 1e-12)
    const amount = (findings: number) => ({ findings, monthlyUsd: 1 })
    assert.closeTo(usdOf({ changes: { ...noChanges, opened: amount(1_000_000) } }), 13 * 0.625, 1e-9)
    assert.closeTo(
      usdOf({
        changes: { ...noChanges, changed: amount(1), confirmed: amount(1), resolved: amount(1), reopened: amount(1) }
      }),
      76 * 0.000000625,
      1e-12
    )
  })

  it("costs less than two dollars a night to keep a thousand accounts of 17 regions in which little changes", () => {
    // 54 scans a scope, 300 findings an account, three new, changed and gone each.
    const few = { findings: 3, monthlyUsd: 10 }
    const account: Work = {
      accounts: 1,
      scopes: 18,
      groups: 3,
      durationMillis: 18 * 6000,
      outcomes: 18 * 54,
      examined: 2000,
      findings: 300,
      changes: { ...noChanges, opened: few, changed: few, resolved: few },
      counted: 6
    }
    const night = Array.from({ length: 1000 }).reduce<typeof noCost>((cost) => addCost(cost, [], account), noCost)
    assert.closeTo(night.usd, 1.73, 0.01)
  })

  it("goes on where the work was", () => {
    const some = { ...noWork, scopes: 17, durationMillis: 5000, outcomes: 3 }
    const all = addCost(addCost(noCost, [], some), [call("GetMetricData", 1, 0.005)], some)
    assert.closeTo(all.infrastructureUsd, 2 * infrastructureUsd(some), 1e-12)
    assert.closeTo(all.usd, all.infrastructureUsd + 0.005, 1e-12)
  })
})

describe("workOf", () => {
  it("tells the work of an account from its records", () => {
    const opened = { findings: 2, monthlyUsd: 5 }
    const counters = { ...anOutcome().counters, flagged: 7 }
    const changes = { ...noChanges, opened }
    const record = aScopeRecord({ outcomes: [anOutcome({ counters, changes }), anOutcome({ scan: "b" })] })
    assert.deepStrictEqual(workOf([record, { ...record, region: "us-east-1" }]), {
      accounts: 1,
      scopes: 2,
      groups: 1,
      durationMillis: 2400,
      outcomes: 4,
      examined: 4 * counters.examined,
      findings: 14,
      changes: { ...noChanges, opened: { findings: 4, monthlyUsd: 10 } },
      counted: 4
    })
  })
})
