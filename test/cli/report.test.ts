/** `nightaudit report`, the exports, and what sets findings aside, as a person runs them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { pageBeginning } from "../../report/writePage.ts"
import { aFinding, aHygieneFinding } from "../core/store/fixtures.ts"
import { counted, putAll } from "../report/stored.ts"
import { nightaudit, temporaryFolder } from "./command.ts"

const scope = Scope.makeUnsafe()
let folder: string

const confirmed = counted({ monthlyUsd: 20.5, resourceId: "vol-2" })
const unconfirmed = { ...counted({ monthlyUsd: 7, resourceId: "vol-3" }), confirmed: false }

beforeAll(async () => {
  folder = await Effect.runPromise(Scope.provide(temporaryFolder, scope))
  mkdirSync(join(folder, ".nightaudit"))
  await Effect.runPromise(
    Effect.provide(
      putAll({
        findings: [
          counted({ monthlyUsd: 50, resourceId: "vol-1", tags: { owner: "=1+1" } }),
          confirmed,
          unconfirmed,
          aFinding({ monthlyUsd: 60, resourceId: "vol-1", scan: "get_cost_optimization_ebs_volumes" }),
          aHygieneFinding({ resourceId: "vol-5" })
        ]
      }),
      layerSqlite(join(folder, ".nightaudit/audit.db"))
    )
  )
})

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const run = (...args: ReadonlyArray<string>) => nightaudit(folder, args)

describe("report", () => {
  it.effect("writes a page named after its night, and replaces only pages of its own", () =>
    Effect.gen(function* () {
      const first = yield* run("report")
      assert.deepStrictEqual([first.code, first.stdout], [0, ""])
      assert.match(
        first.stderr,
        /^Report: nightaudit-2026-11-20\.html \(\$70\.50 a month of confirmed waste, 5 findings\)\n$/
      )
      const file = join(folder, "nightaudit-2026-11-20.html")
      assert.isTrue(readFileSync(file, "utf8").startsWith(pageBeginning))
      assert.strictEqual((yield* run("report")).code, 0)

      writeFileSync(join(folder, "mine.html"), "<!doctype html>mine")
      const refused = yield* run("report", "--out", "mine.html")
      assert.strictEqual(refused.code, 2)
      assert.match(
        refused.stderr,
        /mine\.html is there already and is no report of Night Audit: --overwrite replaces it\.\n$/
      )
      assert.strictEqual(readFileSync(join(folder, "mine.html"), "utf8"), "<!doctype html>mine")
      assert.strictEqual((yield* run("report", "--out", "mine.html", "--overwrite")).code, 0)
      assert.isTrue(readFileSync(join(folder, "mine.html"), "utf8").startsWith(pageBeginning))
      assert.isTrue((yield* run("report", "--out", "-")).stdout.endsWith("</html>\n"))
      assert.deepStrictEqual(
        readdirSync(folder).filter((name) => name.endsWith(".part")),
        []
      )
    })
  )

  it.effect("says in one line why it could not be written", () =>
    Effect.gen(function* () {
      const problem = (...args: ReadonlyArray<string>) =>
        Effect.map(run("report", ...args), ({ code, stderr }) => {
          assert.strictEqual(stderr.split("\n").length, 2, stderr)
          return [code, stderr.replaceAll(folder, "").trimEnd()]
        })
      assert.deepStrictEqual(yield* problem("--out", "."), [2, " is a folder: name a file in it."])
      assert.deepStrictEqual(yield* problem("--out", "nowhere/report.html"), [
        2,
        "/nowhere/report.html could not be written: there is no such folder (ENOENT)."
      ])
      assert.deepStrictEqual(yield* problem("--out", "/dev/full"), [2, "/dev/full is a device, not a file."])
      const [code, text] = yield* problem("--store", "none.db")
      assert.strictEqual(code, 2)
      assert.match(String(text), /^There is no store at \/none\.db yet/)
    })
  )

  it.effect("exports a table for spreadsheets whose counted column is the total", () =>
    Effect.gen(function* () {
      const { stdout } = yield* run("report", "--format", "csv")
      const [header = "", ...records] = stdout.trimEnd().split("\r\n")
      const sumOf = (name: string) => {
        const column = header.replace("\ufeff", "").split(",").indexOf(name)
        // No cell before that column has a comma in it.
        return records.reduce((total, record) => total + Number(record.split(",")[column]), 0)
      }
      const confirmed = sumOf("confirmedMonthlyUsd")
      assert.strictEqual(sumOf("countedMonthlyUsd"), 77.5)
      // What FOCUS calls so comes to the same, and so does the page.
      const focus = (yield* run("report", "--format", "focus")).stdout.trimEnd().split("\r\n")
      const focusOf = (name: string) => {
        const at = focus[0]?.split(",").indexOf(name) ?? -1
        return focus
          .slice(1)
          .reduce((total, record) => total + Number(record.split(",").at(at - (focus[0]?.split(",").length ?? 0))), 0)
      }
      assert.deepStrictEqual(
        [focusOf("x_CountedMonthlySavings"), focusOf("x_ConfirmedMonthlySavings")],
        [77.5, confirmed]
      )
      const page = (yield* run("report", "--out", "-")).stdout
      assert.include(page, `Confirmed waste: <strong>$${confirmed.toFixed(2)} a month`)
      assert.include(stdout, ",'=1+1,")
    })
  )

  it.effect("exports money as FOCUS and hygiene as OCSF, of findings too", () =>
    Effect.gen(function* () {
      const focus = yield* run("report", "--format", "focus")
      assert.deepStrictEqual([focus.code, focus.stderr], [0, ""])
      const [header = "", ...records] = focus.stdout.trimEnd().split("\r\n")
      assert.match(header, /^AvailabilityZone,BilledCost,/)
      assert.strictEqual(records.length, 4)
      assert.strictEqual(
        records.reduce((total, record) => total + Number(record.split(",").at(-1)), 0),
        70.5
      )
      const ocsf = yield* run("findings", "--format", "ocsf")
      assert.deepStrictEqual(
        JSON.parse(ocsf.stdout).map(({ class_uid: uid }: { readonly class_uid: number }) => uid),
        [2003]
      )
      const paged = yield* run("findings", "--format", "focus", "--limit", "2")
      assert.strictEqual(paged.code, 2)
      assert.match(paged.stderr, /^--format focus exports all findings that match/)
      const file = yield* run("report", "--format", "ocsf", "--out", "hygiene.json")
      assert.strictEqual(file.code, 0)
      assert.isTrue(existsSync(join(folder, "hygiene.json")))
    })
  )
})

describe("snooze", () => {
  it.effect("sets a finding aside as the page's command says, and refuses what has no end", () =>
    Effect.gen(function* () {
      const id = unconfirmed.id
      const never = yield* run("snooze", id, "--reason", "later")
      assert.strictEqual(never.code, 2)
      const over = yield* run("snooze", confirmed.id, "--above", "5", "--reason", "later")
      assert.deepStrictEqual([over.code, over.stdout], [2, ""])
      assert.match(over.stderr, /already, which is more than \$5\.00: it would be back the next night/)
      const noDay = yield* run("snooze", id, "--until", "2099-02-30", "--reason", "later")
      assert.match(noDay.stderr, /--until "2099-02-30" is no day/)
      const done = yield* run("snooze", id, "--until", "2099-12-24", "--reason", "in use")
      assert.match(done.stdout, /is snoozed until 2099-12-24\.\n$/)
      const aside = JSON.parse((yield* run("findings", "--status", "snoozed", "--format", "json")).stdout)
      assert.deepStrictEqual(
        aside.findings.map((finding: { readonly id: string }) => finding.id),
        [id]
      )
      assert.strictEqual((yield* run("snooze", "ffff0000ffff", "--until", "2099-12-24", "--reason", "x")).code, 2)
    })
  )
})

describe("suppress and reopen", () => {
  it.effect("accept a finding with who says so, and take it up again", () =>
    Effect.gen(function* () {
      const { id } = confirmed
      const statusOf = Effect.map(run("finding", id, "--format", "json"), ({ stdout }) => JSON.parse(stdout).finding)
      const past = yield* run("suppress", id, "--until", "2001-01-01", "--reason", "kept")
      assert.deepStrictEqual([past.code, past.stdout], [2, ""])
      assert.match(past.stderr, /is not one that is still to come/)
      const done = yield* run("suppress", id, "--reason", "kept for the auditors", "--author", "ada")
      assert.match(done.stdout, / is suppressed\.\n$/)
      const suppressed = yield* statusOf
      assert.deepStrictEqual(
        [suppressed.status, suppressed.setAside.author, suppressed.setAside.reason, suppressed.setAside.until],
        ["suppressed", "ada", "kept for the auditors", null]
      )
      assert.match(
        (yield* run("suppress", id, "--reason", "kept for the auditors", "--author", "ada")).stdout,
        /as it was already/
      )
      const again = yield* run("reopen", id, "--reason", "the audit is over")
      assert.match(again.stdout, / is open again\.\n$/)
      const open = yield* statusOf
      assert.deepStrictEqual([open.status, open.setAside, open.savings.counted], ["open", null, true])
      assert.match((yield* run("reopen", id, "--reason", "x")).stdout, /as it was already/)
    })
  )
})
