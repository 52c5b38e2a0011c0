import { assert, describe, it } from "@effect/vitest"
import type { CallCount } from "../../../core/aws/CallLedger.ts"
import { addCost, noCost } from "../../../core/run/runCost.ts"

const call = (operation: string, calls: number, usd = 0, throttled = 0): CallCount => ({
  service: "ec2",
  operation,
  calls,
  throttled,
  usd
})

const noWork = { scopes: 0, durationMillis: 0, writes: 0 }

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

  it("estimates the cloud: half a gigabyte for the time, four transitions a scope, every write", () => {
    const lambda = addCost(noCost, [], { ...noWork, durationMillis: 1_000_000 })
    assert.closeTo(lambda.infrastructureUsd, 1000 * 0.5 * 0.0000133334, 1e-12)
    const machine = addCost(noCost, [], { ...noWork, scopes: 1700 })
    assert.closeTo(machine.infrastructureUsd, 1700 * (4 * 0.000025 + 0.0000002), 1e-12)
    const table = addCost(noCost, [], { ...noWork, writes: 1_000_000 })
    assert.closeTo(table.infrastructureUsd, 0.625, 1e-12)
    const all = addCost(
      addCost(addCost(noCost, [], { ...noWork, durationMillis: 1_000_000 }), [], { ...noWork, scopes: 1700 }),
      [call("GetMetricData", 1, 0.005)],
      { ...noWork, writes: 1_000_000 }
    )
    assert.closeTo(
      all.infrastructureUsd,
      lambda.infrastructureUsd + machine.infrastructureUsd + table.infrastructureUsd,
      1e-12
    )
    assert.closeTo(all.usd, all.infrastructureUsd + 0.005, 1e-12)
  })
})
