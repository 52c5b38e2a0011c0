/** The commands over the sample estate, as a person would type them. One run serves the commands that only read. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import Ajv from "ajv/dist/2020.js"
import * as Effect from "effect/Effect"
import { count, usd } from "../../core/format.ts"
import { monthlyUsdOf } from "../../core/finding/lifecycle.ts"
import { displayWidth } from "../../core/width.ts"
import type { ScanResult } from "../../cli/ScanResult.ts"
import { costExplorerRequests, nightUsd } from "../../scripts/monthlyCost.ts"
import { type Ended, linesOf, nightaudit, temporaryFolder } from "./command.ts"

let folder: string
let first: Ended
let result: ScanResult

const run = (...args: ReadonlyArray<string>) => nightaudit(folder, args)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nightaudit-cli-"))
  first = await Effect.runPromise(run("demo", "--format", "json"))
  result = JSON.parse(first.stdout)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")

describe("what the documentation says of the sample", () => {
  it.effect("is what it prints", () =>
    Effect.gen(function* () {
      const [, excerpt = ""] = /```text\n(What it wastes\n[\s\S]*?)```/.exec(readme) ?? []
      const { stdout } = yield* nightaudit(yield* temporaryFolder, ["demo"])
      const printed = new Set(linesOf(stdout))
      const lines = excerpt.split("\n").filter((line) => line !== "" && line !== "…")
      assert.isAbove(lines.length, 10)
      for (const line of lines) assert.isTrue(printed.has(line), `README.md is out of date: ${line}`)
    })
  )

  it("is what its calls cost", () => {
    const { calls, totalCalls } = result.cost
    const costExplorer = calls.filter(({ service }) => service === "ce")
    const requests = costExplorer.reduce((sum, call) => sum + call.calls, 0)
    assert.strictEqual(costExplorerRequests.first, requests)
    const costs = usd(costExplorer.reduce((sum, call) => sum + call.usd, 0))
    const metrics = calls.find(({ operation }) => operation === "GetMetricData")?.usd ?? 0
    assert.include(
      readme,
      `The sample audit makes ${count(totalCalls)} calls; ${requests} to Cost Explorer cost ${costs} on a first night and about ${usd(nightUsd(4).costExplorer)} on the next ones, five Logs Insights queries $0.06, and ` +
        `${count(Math.round(metrics / 0.00001))} metrics a cent.`
    )
  })
})

describe("demo --format json", () => {
  it("prints one object that its published schema allows, and progress elsewhere", () => {
    assert.strictEqual(first.code, 0, first.stderr)
    const schema = JSON.parse(readFileSync(new URL("../../docs/scan-result.schema.json", import.meta.url), "utf8"))
    const validate = new Ajv.default({ strict: true, strictTuples: false, allowUnionTypes: true }).compile(schema)
    assert.isTrue(validate(result), JSON.stringify(validate.errors?.slice(0, 3)))
    assert.deepStrictEqual(Object.keys(result), [
      "run",
      "summary",
      "coverage",
      "findings",
      "realised",
      "reports",
      "outcomes",
      "cost"
    ])
    assert.match(first.stderr, /^Run \d{8}T\d{6}Z-[0-9a-f]{6}: \d+ scans in 4 accounts$/m)
    assert.notInclude(first.stderr, "\u001b")
  })

  it("has findings that sum up to its totals, and outcomes that sum up to its coverage", () => {
    const { coverage, findings, outcomes, summary } = result
    const sum = (confirmed: boolean) =>
      findings
        .filter((finding) => finding.confirmed === confirmed && finding.savings?.counted === true)
        .reduce((cents, finding) => cents + Math.round(monthlyUsdOf(finding) * 100), 0) / 100
    assert.isAbove(findings.length, 50)
    assert.strictEqual(sum(true), summary.totals.confirmed.monthlyUsd)
    assert.strictEqual(sum(false), summary.totals.unconfirmed.monthlyUsd)
    // What is no money is counted apart.
    const of = (kind: string, confirmed: boolean) =>
      findings.filter(
        (finding) => finding.kind === kind && finding.confirmed === confirmed && finding.savings?.claim !== "commitment"
      ).length
    assert.strictEqual(summary.totals.confirmed.findings, of("money", true))
    assert.strictEqual(summary.totals.unconfirmed.findings, of("money", false))
    assert.strictEqual(
      Object.values(summary.totals.hygiene).reduce((sum, count) => sum + count, 0),
      of("hygiene", true) + of("hygiene", false)
    )
    assert.isAbove(of("hygiene", true), 5)
    assert.strictEqual(outcomes.length, coverage.expected)
    assert.strictEqual(outcomes.filter(({ status }) => status === "unavailable").length, coverage.unavailable)
    assert.isAbove(coverage.unavailable, 0)
    assert.isTrue(outcomes.every(({ reason, status }) => (status === "complete") === (reason === null)))
  })

  it("keeps the sample in a store of its own, with the instant at which its time began", () => {
    assert.isTrue(existsSync(join(folder, ".nightaudit/sample/audit.db")))
    assert.isFalse(existsSync(join(folder, ".nightaudit/audit.db")))
    const { createdAt } = JSON.parse(readFileSync(join(folder, ".nightaudit/sample/clock.json"), "utf8"))
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT/)
    assert.match(result.run.startedAt, /^2026-11-20T02:0/)
  })
})

describe("what only reads", () => {
  it.effect("says that there is no store yet, and makes none", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* run("findings")
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.match(
        stderr,
        /^There is no store at .*audit\.db yet: `nightaudit scan` makes it, and --sample looks at the sample estate\.\n$/
      )
      assert.isFalse(existsSync(join(folder, ".nightaudit/audit.db")))
    })
  )

  it.effect("lists findings in every format", () =>
    Effect.gen(function* () {
      const table = yield* run("findings", "--sample", "--limit", "5")
      assert.strictEqual(table.code, 0)
      assert.strictEqual(table.stderr, "")
      for (const line of linesOf(table.stdout)) {
        // A cursor is an argument, and no argument is broken.
        if (!/^ {4}ey/.test(line)) assert.isAtMost(displayWidth(line), 80, line)
      }
      assert.match(table.stdout, new RegExp(`^5 of ${result.findings.length} findings\n`))
      const csv = yield* run("findings", "--sample", "--format", "csv")
      const records = csv.stdout.split("\r\n")
      assert.strictEqual(records.length, result.findings.length + 2)
      assert.match(records[0] ?? "", /^\ufeffid,status,kind,countedMonthlyUsd,confirmedMonthlyUsd,/)
      // A script names a column by one word, and the README by the same.
      const titles = (records[0] ?? "").slice(1).split(",")
      for (const title of titles) assert.match(title, /^[A-Za-z]+$/)
      const said = /^A CSV file is made[^]*?\n\n/m.exec(readme)?.[0] ?? ""
      const named = [...said.matchAll(/`(\w+Usd)`/g)].map(([, name = ""]) => name)
      assert.deepStrictEqual(named, ["countedMonthlyUsd", "confirmedMonthlyUsd", "claimedMonthlyUsd"])
      for (const name of named) assert.include(titles, name)
      assert.notMatch(csv.stdout, /(^|,|\n)"?[=+@-][A-Za-z(]/)
      const json = JSON.parse((yield* run("findings", "--sample", "--format", "json")).stdout)
      assert.strictEqual(json.findings.length, result.findings.length)
      const { commitments, confirmed, overlapping, unconfirmed } = result.summary.totals
      const { hygiene: _hygiene, notices: _notices, ...sums } = json.matched.sums
      assert.deepStrictEqual(sums, { confirmed, unconfirmed, commitments, overlapping })
      const markdown = yield* run("findings", "--sample", "--format", "markdown")
      assert.match(markdown.stdout, /^\| Id \| USD\/month \|/m)
      assert.notMatch(markdown.stdout, /<(script|img|a|b)\b/i)
    })
  )

  it.effect("filters, and gives the next page", () =>
    Effect.gen(function* () {
      const wanted = result.findings.filter(
        (finding) => finding.category === "cleanup" && finding.confirmed && monthlyUsdOf(finding) >= 20
      )
      assert.isAbove(wanted.length, 4)
      const filters = ["--sample", "--category", "cleanup", "--confirmed", "--min-usd", "20", "--format", "json"]
      const all = JSON.parse((yield* run("findings", ...filters)).stdout)
      assert.deepStrictEqual(
        new Set(all.findings.map(({ id }: { id: string }) => id)),
        new Set(wanted.map(({ id }) => id))
      )
      const one = JSON.parse((yield* run("findings", ...filters, "--limit", "3")).stdout)
      assert.strictEqual(one.findings.length, 3)
      assert.deepStrictEqual(one.matched.findings, wanted.length)
      const two = JSON.parse((yield* run("findings", ...filters, "--limit", "3", "--cursor", one.cursor)).stdout)
      assert.strictEqual(two.findings[0].id, all.findings[3].id)
      assert.deepStrictEqual(two.matched, one.matched)
    })
  )

  it.effect("explains a finding by the beginning of its id", () =>
    Effect.gen(function* () {
      const finding = result.findings.find(({ savings }) => (savings?.terms.length ?? 0) > 1)
      assert.isDefined(finding)
      const { code, stdout } = yield* nightaudit(folder, ["finding", finding?.id.slice(0, 8) ?? "", "--sample"], {
        env: { COLUMNS: "200" }
      })
      assert.strictEqual(code, 0)
      for (const heading of ["Why", "Evidence", "Life", "Settings that were used", "What to do"]) {
        assert.include(linesOf(stdout), heading)
      }
      assert.include(stdout, finding?.id ?? "")
      for (const { label, price } of finding?.savings?.terms ?? []) {
        assert.include(stdout, label)
        assert.include(stdout, price.fact)
      }
      const json = JSON.parse((yield* run("finding", finding?.id ?? "", "--sample", "--format", "json")).stdout)
      assert.strictEqual(json.finding.id, finding?.id)
      assert.strictEqual(json.history[0].type, "opened")
      assert.strictEqual(json.scan.name, finding?.scan)
    })
  )

  it.effect("shows runs and the coverage of one", () =>
    Effect.gen(function* () {
      const runs = JSON.parse((yield* run("runs", "--sample", "--format", "json")).stdout)
      assert.strictEqual(runs.runs[0].id, result.run.id)
      const coverage = yield* run("coverage", result.run.id.slice(0, 18), "--sample", "--format", "json")
      assert.deepStrictEqual(JSON.parse(coverage.stdout).coverage, result.coverage)
      const table = (yield* run("coverage", "--sample")).stdout
      assert.include(linesOf(table), "What was not seen")
      for (const line of linesOf(table)) assert.isAtMost(displayWidth(line), 80, line)
      const unknown = yield* run("coverage", "2020", "--sample")
      assert.deepStrictEqual(
        [unknown.code, unknown.stderr],
        [2, 'There is no run "2020" in the store. `nightaudit runs` lists them.\n']
      )
    })
  )

  it.effect("has no escapes without a terminal, whatever else is set", () =>
    Effect.gen(function* () {
      const { stdout } = yield* nightaudit(folder, ["findings", "--sample"], {
        env: { FORCE_COLOR: "1", TERM: "xterm" }
      })
      assert.notInclude(stdout, "\u001b")
    })
  )
})

describe("scan --sample", () => {
  it.effect("ends with 1 above --fail-above and with 5 under --strict, and prints the result all the same", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const scan = (...args: ReadonlyArray<string>) =>
        nightaudit(folder, [
          "scan",
          "--sample",
          "--categories",
          "cleanup",
          "--regions",
          "eu-central-1",
          "--format",
          "json",
          ...args
        ])
      const above = yield* scan("--fail-above", "1", "--strict")
      assert.strictEqual(above.code, 1)
      assert.isAbove((JSON.parse(above.stdout) as ScanResult).summary.totals.confirmed.monthlyUsd, 1)
      assert.match(
        above.stderr,
        /^Confirmed waste is \$[\d,.]+ a month in \d+ findings, above the \$1\.00 of --fail-above\.$/m
      )
      assert.match(above.stderr, /^Coverage is incomplete, and --strict asks for all of it: /m)
      const strict = yield* scan("--fail-above", "1000000", "--strict")
      assert.strictEqual(strict.code, 5)
      assert.match(strict.stdout, /^\{/)
      const neither = yield* scan("--fail-above", "1000000")
      assert.strictEqual(neither.code, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("names what lists the changes that it counts, which does", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const narrow = ["scan", "--sample", "--scans", "find_unused_elastic_ips", "--regions", "eu-central-1"]
      const scan = yield* nightaudit(folder, narrow, { env: { COLUMNS: "400" } })
      const [, id = ""] = /^`nightaudit findings --run (\S+)` lists them\.$/m.exec(scan.stdout) ?? []
      const listed = yield* nightaudit(folder, ["findings", "--sample", "--run", id])
      assert.match(listed.stdout, /^[1-9]\d* findings? changed by run/)
    }).pipe(Effect.scoped)
  )

  it.effect("makes no paid call under --no-paid-calls, and names what is not known for that", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const scans = ["get_cost_by_service", "find_unused_volumes", "find_unused_lambda_functions"]
      const { code, stdout } = yield* nightaudit(folder, [
        "scan",
        "--sample",
        "--scans",
        scans.join(),
        "--no-paid-calls",
        "--format",
        "json"
      ])
      assert.strictEqual(code, 0)
      const { cost, outcomes } = JSON.parse(stdout) as ScanResult
      assert.strictEqual(cost.paidCalls, 0)
      assert.strictEqual(cost.callsUsd, 0)
      const bill = outcomes.find(({ scan }) => scan === "get_cost_by_service")
      assert.strictEqual(bill?.status, "unavailable")
      assert.include(bill?.reason?.message, "not called: the run makes no paid calls (this call: $0.0100)")
    }).pipe(Effect.scoped)
  )

  it.effect("ends with 4 when no account lets it in, after printing why", () =>
    Effect.gen(function* () {
      const locked = result.outcomes.find(({ region }) => region === "*")?.account ?? ""
      const folder = yield* temporaryFolder
      const { code, stderr, stdout } = yield* nightaudit(folder, [
        "scan",
        "--sample",
        "--accounts",
        locked,
        "--format",
        "json"
      ])
      assert.strictEqual(code, 4)
      assert.strictEqual((JSON.parse(stdout) as ScanResult).coverage.complete, 0)
      assert.match(stderr, /^Nothing was scanned: .*sts:AssumeRole/m)
    }).pipe(Effect.scoped)
  )

  it.effect("makes no call in a dry run, and needs no credentials for it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const real = yield* nightaudit(folder, ["scan", "--dry-run"], {
        env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" }
      })
      assert.strictEqual(real.code, 0, real.stderr)
      assert.include(real.stdout, "ec2:DescribeVolumes")
      assert.include(real.stdout, "Permissions of the role in scanned accounts")
      // What is measured has no plural.
      assert.match(real.stdout, /\$9 per 1,000 GB scanned,/)
      assert.isFalse(existsSync(join(folder, ".nightaudit")))
      const sample = yield* nightaudit(folder, ["scan", "--dry-run", "--sample", "--format", "json"])
      const plan = JSON.parse(sample.stdout)
      assert.deepStrictEqual(
        plan.scopes.map(({ kind, scopes }: { kind: string; scopes: number }) => [kind, scopes]),
        [
          ["regional", 16],
          ["global", 4],
          ["payer", 1]
        ]
      )
      assert.include(plan.permissions.role, "ec2:DescribeVolumes")
      assert.include(plan.permissions.scanner, "sts:AssumeRole")
    }).pipe(Effect.scoped)
  )

  it.effect("goes on after Ctrl-C, and ends where an undisturbed run ends", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      let killed = false
      const cut = yield* nightaudit(folder, ["demo", "--format", "json"], {
        onError: (text, kill) => {
          if (killed || !/^\d{12}\/.*: \d+ finding/m.test(text)) return
          killed = true
          kill("SIGINT")
        }
      })
      assert.strictEqual(cut.code, 130)
      assert.strictEqual(cut.stdout, "")
      assert.match(cut.stderr, /^Interrupted\. What was scanned is kept: the same command goes on/m)
      const runs = JSON.parse((yield* nightaudit(folder, ["runs", "--sample", "--format", "json"])).stdout)
      assert.strictEqual(runs.runs[0].status, "interrupted")
      const again = yield* nightaudit(folder, ["demo", "--format", "json"])
      assert.strictEqual(again.code, 0)
      assert.match(again.stderr, new RegExp(`^Going on with run ${runs.runs[0].id}`))
      const resumed: ScanResult = JSON.parse(again.stdout)
      assert.deepStrictEqual(resumed.summary.totals, result.summary.totals)
      assert.deepStrictEqual(
        new Set(resumed.findings.map(({ id }) => id)),
        new Set(result.findings.map(({ id }) => id))
      )
      // What was judged last was judged as of the run's start, which is another second's.
      const coverageOf = ({ coverage, run }: ScanResult) =>
        JSON.parse(JSON.stringify(coverage).replaceAll(run.startedAt, "the run's start"))
      assert.deepStrictEqual(coverageOf(resumed), coverageOf(result))
    }).pipe(Effect.scoped)
  )
})

describe("demo", () => {
  it.effect("ends with totals, the largest savings, the gaps, the cost and commands that work", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* run("demo")
      assert.strictEqual(code, 0)
      const lines = linesOf(stdout)
      for (const line of lines) assert.isAtMost(displayWidth(line), 80, line)
      for (const heading of [
        "What it wastes",
        "The 5 largest savings",
        "Coverage",
        "Since the last night",
        "What to try next"
      ]) {
        assert.include(lines, heading)
      }
      assert.isTrue(lines.some((line) => /^ {2}Confirmed +\d+ +\$[\d,]+\.\d\d +\$[\d,]+\.\d\d$/.test(line)))
      assert.isTrue(lines.some((line) => /^ {2}Unconfirmed +\d+ +\$[\d,]+\.\d\d +\$[\d,]+\.\d\d$/.test(line)))
      assert.match(stdout, /cloudwatch:GetMetricData +\d+ calls, [\d,]+ metrics: \$/)
      const prefix = "npm run --silent nightaudit -- "
      const hints = lines.filter((line) => line.includes(prefix) && line.includes("--sample"))
      assert.strictEqual(hints.length, 4)
      for (const hint of hints) {
        const args = hint.slice(hint.indexOf(prefix) + prefix.length).split(" ")
        assert.strictEqual((yield* run(...args)).code, 0, hint)
      }
    })
  )
})
