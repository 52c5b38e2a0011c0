/** The pipeline's files, as texts: what makes it safe is that certain things are in every job and others in none. */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../../", import.meta.url)
const textOf = (name: string) => readFileSync(new URL(`.github/workflows/${name}.yml`, root), "utf8")

const names = ["deploy", "staging", "production"] as const

/** The jobs of a workflow by name, each as its lines. */
const jobsOf = (text: string) =>
  new Map(
    text
      .slice(text.indexOf("\njobs:\n") + "\njobs:\n".length)
      .split(/^(?=  [a-z-]+:$)/m)
      .map((job) => [/^ {2}([a-z-]+):/.exec(job)?.[1] ?? "", job] as const)
      .filter(([name]) => name !== "")
  )

const workflow = names.map(textOf).join("\n")

/** The jobs of all three by the names of workflow and job: `production/canary`. */
const jobs = new Map(
  names.flatMap((name) => [...jobsOf(textOf(name))].map(([job, lines]): [string, string] => [`${name}/${job}`, lines]))
)

const isCall = (job: string) => /^    uses: /m.test(job)

describe("the pipeline", () => {
  it("has a job for each step", () => {
    assert.deepStrictEqual(
      [...jobs.keys()],
      [
        ...["check", "plan", "image", "scan", "staging", "approval", "production", "notify"].map(
          (job) => `deploy/${job}`
        ),
        ...["claim", "deploy", "tests"].map((job) => `staging/${job}`),
        ...["claim", "deploy", "canary", "tag"].map((job) => `production/${job}`)
      ]
    )
  })

  it("pins each action by a commit, and says which version that is", () => {
    const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action ?? "")
    assert.isAbove(uses.length, 15)
    for (const action of uses.filter((action) => !action.startsWith("./")))
      assert.match(action, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it("has no key that lives long, and takes roles where it needs AWS", () => {
    // But for the addresses of chats, which have to be handed on by name.
    const others = workflow.replaceAll(/^ +(secrets:|WEBHOOK_URLS: \$\{\{ secrets\.WEBHOOK_URLS \}\})$/gm, "")
    assert.notMatch(others, /secrets|access-key|SECRET|aws-session-token/)
    for (const [name, job] of jobs) {
      if (isCall(job)) continue
      const needsAws = job.includes("configure-aws-credentials")
      assert.strictEqual(job.includes("id-token: write"), needsAws, name)
      if (needsAws) assert.match(job, /role-to-assume: \$\{\{ vars\.[A-Z_]+_ROLE \}\}/, name)
      // A role trusts one environment.
      if (needsAws) assert.match(job, /^    environment: [a-z-]+$/m, name)
    }
  })

  it("hands the addresses of chats to what deploys, and to nothing else", () => {
    const secret = "WEBHOOK_URLS: ${{ secrets.WEBHOOK_URLS }}\n"
    for (const [name, job] of jobs) {
      const stage = /^(?:deploy\/)?(staging|production)(?:\/deploy)?$/.exec(name)?.[1]
      const steps = job.split(/^      - (?=\w)/m).filter((step) => step.includes(secret))
      if (stage === undefined) assert.deepStrictEqual(steps, [], name)
      else if (isCall(job)) assert.include(job, `    secrets:\n      ${secret}`)
      else {
        assert.deepStrictEqual(
          steps.map((step) => /run: (while|.*--stage \w+)/.exec(step)?.[1]),
          ["while", `npm run --silent nightaudit -- deploy-check --stage ${stage}`, `npx sst deploy --stage ${stage}`]
        )
        assert.include(textOf(stage), "workflow_call:\n    secrets:\n")
      }
    }
  })

  it("masks each address, whatever its name is", () => {
    const [script] = /while .*/.exec(jobs.get("production/deploy") ?? "") ?? [""]
    const masked = (urls: string) =>
      spawnSync("bash", ["-e", "-c", script], { env: { WEBHOOK_URLS: urls }, encoding: "utf8" })
    const { status, stdout } = masked("SLACK_URL=https://a.example/x?sig=1=\n\nTEAMS_URL=https://b.example")
    assert.deepStrictEqual(
      [status, stdout],
      [0, "::add-mask::https://a.example/x?sig=1=\n::add-mask::https://b.example\n"]
    )
    assert.deepStrictEqual([masked("").status, masked("").stdout], [0, ""])
  })

  it("gives nothing by default, and to each job what it needs", () => {
    for (const name of names) assert.match(textOf(name), /^permissions: \{\}$/m)
    const writers = [...jobs].filter(([, job]) => /contents: write/.test(job)).map(([name]) => name)
    // A called workflow has at most what its caller has.
    assert.sameMembers(writers, [
      "deploy/staging",
      "deploy/production",
      "staging/claim",
      "production/claim",
      "production/tag"
    ])
    for (const [name, job] of jobs) {
      assert.match(job, /^    permissions:/m, name)
      if (!isCall(job)) assert.match(job, /^    timeout-minutes: \d+$/m, name)
    }
  })

  it("goes to production after the tests of staging and an approval, and tags after the canary", () => {
    const needs = (name: string) => /needs: (.*)/.exec(jobs.get(name) ?? "")?.[1]
    assert.strictEqual(needs("deploy/staging"), "[check, plan, image, scan]")
    assert.strictEqual(needs("staging/deploy"), "claim")
    assert.strictEqual(needs("staging/tests"), "deploy")
    assert.strictEqual(needs("deploy/approval"), "staging")
    assert.strictEqual(needs("deploy/production"), "approval")
    assert.strictEqual(needs("production/deploy"), "claim")
    assert.strictEqual(needs("production/canary"), "deploy")
    assert.strictEqual(needs("production/tag"), "canary")
    assert.match(jobs.get("deploy/staging") ?? "", /if: github\.event_name == 'push'/)
    assert.match(jobs.get("deploy/notify") ?? "", /always\(\)/)
    const others = [...jobsOf(textOf("deploy")).keys()].filter((job) => job !== "notify")
    assert.strictEqual(needs("deploy/notify"), `[${others.join(", ")}]`)
  })

  it("has the deployments of a stage wait for each other, and nothing wait for an approval", () => {
    const group = (text: string) => /concurrency:\n +group: (.*)\n +cancel-in-progress: (.*)\n/.exec(text)?.slice(1)
    // What is cancelled is an older commit of the same pull request.
    assert.deepStrictEqual(group(textOf("deploy").split("\njobs:\n")[0] ?? ""), [
      "checks-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}",
      "true"
    ])
    for (const [name, job] of jobs) {
      const stage = /^deploy\/(staging|production)$/.exec(name)?.[1]
      assert.deepStrictEqual(group(job), stage === undefined ? undefined : [stage, "false"], name)
      // The whole of what happens to a stage is within its group.
      if (stage !== undefined) assert.include(job, `uses: ./.github/workflows/${stage}.yml`)
    }
    assert.match(jobs.get("deploy/approval") ?? "", /^    environment: approval$/m)
  })

  it("puts no older commit over a newer one, also when a job is run again", () => {
    for (const stage of ["staging", "production"]) {
      assert.include(jobs.get(`${stage}/claim`), `run: node scripts/claimStage.ts --stage ${stage}\n`)
      for (const [name, job] of jobs) {
        if (!name.startsWith(`${stage}/`) || !job.includes("configure-aws-credentials")) continue
        const looks = job.indexOf(`run: node scripts/claimStage.ts --stage ${stage} --held\n`)
        assert.isAbove(looks, 0, name)
        assert.isBelow(looks, job.indexOf("configure-aws-credentials"), name)
      }
    }
  })

  it("ends a shift that fails or is cancelled, and has all alarms of the assistant watch it", () => {
    const canary = jobs.get("production/canary") ?? ""
    for (const alarm of ["ALARM_ERRORS", "ALARM_FAULTS", "ALARM_SLOW"]) {
      assert.include(canary, `--alarm "$${alarm}"`)
      assert.include(canary, `${alarm}: \${{ vars.${alarm} }}`)
    }
    // A shell would keep the signal to itself.
    assert.match(canary, /exec node scripts\/shiftAlias\.ts/)
    assert.match(
      canary,
      /if: \$\{\{ \(failure\(\) \|\| cancelled\(\)\) && steps\.shift\.outcome != 'skipped' \}\}\n\s+env:\n.*\n\s+run: node scripts\/shiftAlias\.ts .* --stop/
    )
    // What is asked after all calls were moved is asked by the script, which can still go back.
    assert.notInclude(canary, "scripts/smoke.ts")
  })

  it("tags a run once, and is content with its own tag when it is run again", () => {
    const script = (jobs.get("production/tag")?.split("run: >-\n")[1] ?? "").replaceAll(/\n +/g, " ")
    // GitHub that refuses to make a tag that it has, which is at that commit.
    const tagging = (at: string | undefined) => {
      const made = at === undefined ? "return 0" : "return 1"
      const gh = `gh() { case "$*" in *"-f sha=new") ${made};; *"tags/production-7 --jq .object.sha") echo "${at}";; *) exit 9;; esac; }`
      const env = { GITHUB_REPOSITORY: "acme/audit", GITHUB_RUN_NUMBER: "7", GITHUB_SHA: "new" }
      return spawnSync("bash", ["-e", "-c", `${gh}\n${script}`], { env }).status
    }
    assert.deepStrictEqual([tagging(undefined), tagging("new"), tagging("old")], [0, 0, 1])
  })

  it("goes on where only the commit before cannot be planned, and not where this one cannot", () => {
    const script = /run: \|\n((?: {10}.*\n)+)/.exec(jobs.get("deploy/plan") ?? "")?.[1] ?? ""
    const folder = mkdtempSync(join(tmpdir(), "nightaudit-pipeline-"))
    /** `broken` is the commit whose plan throws, of the two. */
    const planning = (broken: "old" | "new" | undefined) => {
      const tools = `at=new
        git() { [ "$1" != checkout ] || at=old; }
        npm() { [ "$1" = ci ] || { echo "\\"$at\\""; [ "$at" != "${broken}" ]; }; }`
      const env = { PATH: process.env["PATH"], BEFORE: "c0ffee" }
      const { status, stdout } = spawnSync("bash", ["-e", "-c", `${tools}\n${script}`], {
        cwd: folder,
        env,
        encoding: "utf8"
      })
      const diff = () => readFileSync(join(folder, "plan.diff"), "utf8").split("\n").slice(3).join(" ").trim()
      return status === 0 ? [stdout.slice(0, 32), diff()] : "stopped"
    }
    try {
      assert.deepStrictEqual(planning(undefined), ["", '-"old" +"new"'])
      assert.deepStrictEqual(planning("old"), ["::warning::The commit before, c0", '-[] +"new"'])
      assert.strictEqual(planning("new"), "stopped")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("puts nothing into a shell's text: what a variable holds is data", () => {
    for (const [, script] of workflow.matchAll(/run: ([^\n]*(?:\n {10}[^\n]*)*)/g)) assert.notInclude(script, "${{")
  })

  it("calls scripts that there are", () => {
    for (const [, script] of workflow.matchAll(/node (scripts\/\w+\.ts)/g))
      assert.isTrue(existsSync(new URL(script ?? "", root)), script)
  })
})
