import { assert, describe, it } from "@effect/vitest"
import { phaseOf, productOf, runtimeSupportOf, supportOf, tableCaveat } from "../../../core/lifecycle/SupportDates.ts"
import { isoDay } from "../../../core/time.ts"

const at = (day: string) => new Date(`${day}T02:00:00Z`)

const support = (...[product, version]: Parameters<typeof supportOf>) => {
  const found = supportOf(product, version)
  if (found === undefined) throw new Error(`the table has no ${product} ${version}`)
  return found
}

describe("SupportDates", () => {
  it("tells the phase of a version by the day", () => {
    const mysql = support("mysql", "5.7")
    assert.strictEqual(phaseOf(mysql, at("2024-02-29")), "standard")
    assert.strictEqual(phaseOf(mysql, at("2024-03-01")), "extended")
    assert.strictEqual(phaseOf(mysql, at("2026-02-28")), "extended")
    assert.strictEqual(phaseOf(mysql, at("2026-03-01")), "year3")
    assert.strictEqual(phaseOf(mysql, at("2029-06-30")), "year3")
    assert.strictEqual(phaseOf(mysql, at("2029-07-01")), "ended")
  })

  it("compares instants by their UTC day", () => {
    const live = { ...support("eks", "1.33"), standardEnd: new Date("2026-07-29T23:59:59Z") }
    assert.strictEqual(phaseOf(live, new Date("2026-07-29T23:59:59.500Z")), "standard")
    assert.strictEqual(phaseOf(live, new Date("2026-07-30T00:00:00Z")), "extended")
  })

  it("knows what has no extended support, and what has no end", () => {
    assert.strictEqual(phaseOf(support("mariadb", "10.5"), at("2026-09-01")), "ended")
    assert.strictEqual(phaseOf(support("redis", "7"), at("2030-01-01")), "standard")
    assert.strictEqual(phaseOf(support("redis", "5"), at("2026-11-20")), "extended")
    assert.strictEqual(phaseOf(support("eks", "1.30"), at("2026-11-20")), "ended")
    assert.isUndefined(supportOf("eks", "1.99"))
    assert.isUndefined(productOf("oracle-ee"))
    assert.strictEqual(productOf("aurora-mysql"), "aurora-mysql")
  })

  it("takes the later of the days on which a runtime was to be blocked", () => {
    const node18 = runtimeSupportOf("nodejs18.x")
    assert.deepStrictEqual(
      [node18?.deprecated, node18?.createBlock, node18?.updateBlock].map((day) => isoDay(day as Date)),
      ["2025-09-01", "2027-07-29", "2027-08-31"]
    )
    assert.strictEqual(node18?.successor, "nodejs24.x")
    assert.isTrue(runtimeSupportOf("dotnet9")?.imageOnly)
    assert.isUndefined(runtimeSupportOf("nodejs26.x"))
  })

  it("says when it has grown old", () => {
    assert.isUndefined(tableCaveat(at("2027-02-24")))
    assert.match(tableCaveat(at("2027-02-25")) ?? "", /of 2026-11-26/)
  })
})
