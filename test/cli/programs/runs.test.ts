import { assert, describe, it } from "@effect/vitest"
import { runSheet } from "../../../cli/programs/runs.ts"
import { isCutOff } from "../../../cli/programs/resume.ts"
import type { Run } from "../../../core/run/Run.ts"
import { noSummary } from "../../../core/run/totals.ts"
import { account, aRun } from "../../core/store/fixtures.ts"
import { machineWith } from "../fixtures.ts"

const micro = (id: string, of: string, monthlyUsd: number, scan = "find_unused_volumes"): Run => {
  const run = aRun({ id, trigger: "event", status: "complete", process: null })
  return {
    ...run,
    plan: { ...run.plan, accounts: [{ id: of, name: "" }], scans: [{ name: scan, settings: {} }], full: false },
    summary: { ...noSummary, totals: { ...noSummary.totals, confirmed: { findings: 1, monthlyUsd } } }
  }
}

const growths = (runs: ReadonlyArray<Run>) => runSheet(runs, runs).rows.map(({ confirmedGrowth }) => confirmedGrowth)

describe("the list of runs", () => {
  it("compares a narrower run with the last one that looked at the same, and with no other", () => {
    const runs = [
      micro("5", account, 130),
      micro("4", "222222222222", 500),
      micro("3", account, 7, "find_unused_amis"),
      micro("2", account, 100),
      micro("1", "222222222222", 20)
    ]
    assert.deepStrictEqual(growths(runs), [30, 480, null, null, null])
  })

  it("compares nights with nights, whatever the organisation had then", () => {
    const night = (id: string, of: string, usd: number): Run => {
      const run = micro(id, of, usd)
      return { ...run, trigger: "schedule", plan: { ...run.plan, full: true } }
    }
    assert.deepStrictEqual(growths([night("3", account, 30), micro("2", account, 5), night("1", "222222222222", 10)]), [
      20,
      null,
      null
    ])
  })

  it("takes a run for cut off only where its process was one of this machine and is gone", () => {
    const of = (process: Run["process"], status: Run["status"] = "running") =>
      isCutOff(aRun({ process, status }), machineWith([50]))
    assert.isFalse(of({ host: "laptop", pid: 50 }))
    assert.isTrue(of({ host: "laptop", pid: 51 }))
    assert.isFalse(of({ host: "laptop", pid: 51 }, "complete"))
    assert.isFalse(of({ host: "laptop", pid: 100 }), "its own")
    assert.isFalse(of({ host: "elsewhere", pid: 51 }))
    assert.isFalse(of(null), "a micro-scan, or one in the cloud")
  })
})
