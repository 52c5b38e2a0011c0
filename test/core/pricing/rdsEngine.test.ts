import { assert, describe, it } from "@effect/vitest"
import { rdsEngineOf } from "../../../core/pricing/rdsEngine.ts"

describe("rdsEngineOf", () => {
  it("takes the licence where it changes the price", () => {
    assert.strictEqual(rdsEngineOf("mysql", "general-public-license"), "mysql")
    assert.strictEqual(rdsEngineOf("postgres", "postgresql-license"), "postgres")
    assert.strictEqual(rdsEngineOf("aurora-postgresql", undefined), "aurora-postgresql")
    assert.strictEqual(rdsEngineOf("oracle-se2", "license-included"), "oracle-se2/license-included")
    assert.strictEqual(rdsEngineOf("oracle-ee-cdb", "bring-your-own-license"), "oracle-ee/bring-your-own-license")
    assert.strictEqual(rdsEngineOf("sqlserver-se", "license-included"), "sqlserver-se/license-included")
  })

  it("is other for an engine or a licence without prices", () => {
    assert.strictEqual(rdsEngineOf("oracle-ee", "license-included"), "other")
    assert.strictEqual(rdsEngineOf("sqlserver-se", undefined), "other")
    assert.strictEqual(rdsEngineOf("custom-sqlserver-se", "license-included"), "other")
    assert.strictEqual(rdsEngineOf("db2-ae", "bring-your-own-license"), "other")
  })
})
