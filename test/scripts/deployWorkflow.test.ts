/** The pipeline's file, as a text: what makes it safe is that certain things are in every job and others in none. */
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../../", import.meta.url)
const workflow = readFileSync(new URL(".github/workflows/deploy.yml", root), "utf8")

/** The jobs by name, each as its lines. */
const jobs = new Map(
  workflow
    .slice(workflow.indexOf("\njobs:\n") + "\njobs:\n".length)
    .split(/^(?=  [a-z-]+:$)/m)
    .map((job) => [/^ {2}(?:#[^\n]*\n {2})?([a-z-]+):/.exec(job)?.[1] ?? "", job] as const)
    .filter(([name]) => name !== "")
)

describe("the pipeline", () => {
  it("has a job for each step", () => {
    assert.deepStrictEqual([...jobs.keys()].sort(), [
      "canary",
      "check",
      "image",
      "notify",
      "plan",
      "production",
      "scan",
      "staging",
      "staging-tests",
      "tag"
    ])
  })

  it("pins each action by a commit, and says which version that is", () => {
    const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action ?? "")
    assert.isAbove(uses.length, 15)
    for (const action of uses) assert.match(action, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it("has no key that lives long, and takes roles where it needs AWS", () => {
    assert.notMatch(workflow, /secrets\.|access-key|SECRET|aws-session-token/)
    for (const [name, job] of jobs) {
      const needsAws = job.includes("configure-aws-credentials")
      assert.strictEqual(job.includes("id-token: write"), needsAws, name)
      if (needsAws) assert.match(job, /role-to-assume: \$\{\{ vars\.[A-Z_]+_ROLE \}\}/, name)
      // A role trusts one environment.
      if (needsAws) assert.match(job, /^    environment: [a-z-]+$/m, name)
    }
  })

  it("gives nothing by default, and to each job what it needs", () => {
    assert.match(workflow, /^permissions: \{\}$/m)
    for (const [name, job] of jobs) {
      assert.match(job, /^    permissions:$/m, name)
      assert.match(job, /^    timeout-minutes: \d+$/m, name)
      assert.strictEqual(/contents: write/.test(job), name === "tag", name)
    }
  })

  it("goes to production after the tests of staging, and tags after the canary", () => {
    const needs = (name: string) => /needs: (.*)/.exec(jobs.get(name) ?? "")?.[1]
    assert.strictEqual(needs("staging"), "[check, plan, image, scan]")
    assert.strictEqual(needs("staging-tests"), "staging")
    assert.strictEqual(needs("production"), "staging-tests")
    assert.strictEqual(needs("canary"), "production")
    assert.strictEqual(needs("tag"), "canary")
    assert.match(jobs.get("staging") ?? "", /if: github\.event_name == 'push'/)
    assert.match(jobs.get("notify") ?? "", /always\(\)/)
  })

  it("ends a shift that fails or is cancelled, and has all alarms of the assistant watch it", () => {
    const canary = jobs.get("canary") ?? ""
    for (const alarm of ["ALARM_ERRORS", "ALARM_FAULTS", "ALARM_SLOW"]) {
      assert.include(canary, `--alarm "$${alarm}"`)
      assert.include(canary, `${alarm}: \${{ vars.${alarm} }}`)
    }
    // A shell would keep the signal to itself.
    assert.match(canary, /exec node scripts\/shiftAlias\.ts/)
    assert.match(
      canary,
      /if: \$\{\{ failure\(\) \|\| cancelled\(\) \}\}\n\s+env:\n.*\n\s+run: node scripts\/shiftAlias\.ts .* --stop/
    )
    // What is asked after all calls were moved is asked by the script, which can still go back.
    assert.notInclude(canary, "scripts/smoke.ts")
  })

  it("puts nothing into a shell's text: what a variable holds is data", () => {
    for (const [, script] of workflow.matchAll(/run: ([^\n]*(?:\n {10}[^\n]*)*)/g)) assert.notInclude(script, "${{")
  })

  it("calls scripts that there are", () => {
    for (const [, script] of workflow.matchAll(/node (scripts\/\w+\.ts)/g))
      assert.isTrue(existsSync(new URL(script ?? "", root)), script)
  })
})
