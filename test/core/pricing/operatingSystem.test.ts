import { assert, describe, it } from "@effect/vitest"
import { operatingSystemOf } from "../../../core/pricing/operatingSystem.ts"

describe("operatingSystemOf", () => {
  it("goes by the billing code, and by the text where there is no code", () => {
    assert.strictEqual(operatingSystemOf("RunInstances"), "linux")
    assert.strictEqual(operatingSystemOf("RunInstances:0002", "Linux/UNIX"), "windows")
    assert.strictEqual(operatingSystemOf("runinstances:000G"), "suse")
    assert.strictEqual(operatingSystemOf("RunInstances:0010"), "rhel")
    assert.strictEqual(operatingSystemOf("RunInstances:0006"), "windows-sql-standard")
    assert.strictEqual(operatingSystemOf(undefined, "Windows with SQL Server Enterprise"), "windows-sql-enterprise")
    assert.strictEqual(operatingSystemOf("", "Linux/UNIX"), "linux")
    // Billed as Linux: the subscription is the customer's own.
    assert.strictEqual(operatingSystemOf("RunInstances:00g0"), "linux")
  })

  it("takes nothing that it does not know for Linux", () => {
    assert.strictEqual(operatingSystemOf("RunInstances:9999", "Linux/UNIX"), "other")
    assert.strictEqual(operatingSystemOf(undefined, "Plan 9"), "other")
    assert.strictEqual(operatingSystemOf(undefined), "other")
  })
})
