import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { catalogue } from "../../audit/catalogue.ts"
import { decodeConfig } from "../../core/config/Config.ts"
import { usd } from "../../core/format.ts"
import { wholeRequest } from "../../functions/wholeRequest.ts"
import { nightly } from "../../workflows/nightly.ts"
import { costTable, fixed, microScan, microScanUsd, monthUsd, nightUsd } from "../../scripts/monthlyCost.ts"

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")
const guide = read("docs/operations.md")

describe("docs/operations.md", () => {
  it("has the table that the formula gives", () => {
    assert.include(guide, costTable())
    const ofNight = (accounts: number) => usd(Object.values(nightUsd(accounts)).reduce((a, b) => a + b, 0))
    assert.include(
      read("README.md"),
      `in which little changes costs ${ofNight(100)}, and over 1,000 accounts ${ofNight(1000)}`
    )
  })

  it("says what to do about each alarm that is deployed, and about no other", () => {
    const deployed = [...read("stacks/observability.ts").matchAll(/alarm\("(\w+)"/g)].map(([, name]) => name)
    const explained = [...guide.matchAll(/^\| `([A-Z]\w+)` \| [^|]{20,} \| [^|]{20,} \|$/gm)].map(([, name]) => name)
    assert.isAbove(deployed.length, 5)
    assert.deepStrictEqual(explained.sort(), deployed.sort())
  })

  it("starts the machine with an input that its first state takes", () => {
    assert.strictEqual(nightly.StartAt, "Plan")
    const inputs = [...guide.matchAll(/(\{"trigger":[^`']*\})/g)].map(([, input = ""]) => JSON.parse(input))
    assert.isAbove(inputs.length, 3)
    for (const input of inputs) {
      const whole = Effect.runSync(wholeRequest(input, decodeConfig({}, catalogue), catalogue))
      assert.strictEqual(whole.trigger, "manual")
    }
  })
})

describe("what it costs", () => {
  it("grows with accounts, apart from what is fixed and what the organisation is asked once", () => {
    assert.strictEqual(monthUsd(1).fixed, monthUsd(1000).fixed)
    assert.strictEqual(nightUsd(1).costExplorer, nightUsd(1000).costExplorer)
    assert.closeTo(nightUsd(100).machine, 100 * nightUsd(1).machine, 1e-9)
    // 50,000 resources, 0.45 series each, a hundred-thousandth of a dollar a series.
    assert.closeTo(nightUsd(100).metrics, 0.225, 1e-9)
  })

  it("of a micro-scan is by its events, its run and the series that it asks for", () => {
    const sum = (events: number, series: number) =>
      Object.values(microScanUsd(events, series)).reduce((a, b) => a + b, 0)
    assert.closeTo(sum(1, 0), 0.0005, 0.00005)
    assert.closeTo(sum(201, 0) - sum(1, 0), 200 * 2.95e-6, 1e-9)
    assert.closeTo(sum(1, 500) - sum(1, 0), 0.005, 1e-9)
    assert.include(guide, `(${microScan.transitions} transitions × $0.000025 + 12 s of Lambda at 512 MB)`)
  })

  it("counts the key, the alarms, the dashboard and the metrics once", () => {
    assert.deepStrictEqual(
      Object.values(fixed).map((usd) => Number(usd.toFixed(2))),
      [1, 2.1, 3, 9]
    )
  })
})
