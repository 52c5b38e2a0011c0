import { assert, describe, it } from "@effect/vitest"
import { runRecord } from "../../../core/store/records.ts"
import { aRun } from "./fixtures.ts"

describe("the record of a run", () => {
  it("is decoded once while it is among the last that were read", () => {
    const json = runRecord.toJson(aRun())
    const first = runRecord.fromJson(json)
    assert.deepStrictEqual(first, aRun())
    assert.strictEqual(runRecord.fromJson(json), first)
    for (let index = 0; index < 16; index += 1) runRecord.fromJson(runRecord.toJson(aRun({ id: `run-${index}` })))
    assert.notStrictEqual(runRecord.fromJson(json), first)
    assert.deepStrictEqual(runRecord.fromJson(json), first)
  })
})
