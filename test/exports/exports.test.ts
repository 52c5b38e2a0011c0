/** The exports of the sample, as the command writes them, held against what their publishers' rules are in public packages. */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import formats from "ajv-formats"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { focusColumns } from "../../report/export/focus.ts"
import { linesOf, nightaudit, temporaryFolder } from "../cli/command.ts"
import specification from "../report/export/focus-1.2.json" with { type: "json" }
import ocsfSchema from "../report/export/ocsf-compliance-finding-1.8.0.schema.json" with { type: "json" }

const scope = Scope.makeUnsafe()
let folder: string

const python = join(process.env["VALIDATORS"] ?? "", "python")
const script = join(import.meta.dirname, "validate.py")

/** What the packages say; fails with their own words where they fail. */
const validated = (...args: ReadonlyArray<string>) => {
  const { error, status, stderr, stdout } = spawnSync(python, [script, ...args], { encoding: "utf8" })
  if (status !== 0) throw new Error(`${script} ${args.join(" ")}: ${error?.message ?? stderr}`)
  return JSON.parse(stdout)
}

const report = (format: string, out: string) =>
  nightaudit(folder, ["report", "--sample", "--format", format, "--out", out])

beforeAll(async () => {
  folder = await Effect.runPromise(Scope.provide(temporaryFolder, scope))
  for (const made of [
    nightaudit(folder, ["demo"]),
    report("focus", "focus.csv"),
    report("ocsf", "ocsf.json"),
    report("json", "report.json")
  ]) {
    const { code, stderr } = await Effect.runPromise(made)
    assert.strictEqual(code, 0, stderr)
  }
})

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const textOf = (file: string): string => readFileSync(join(folder, file), "utf8")

const findingsOf = (kind: string): number =>
  JSON.parse(textOf("report.json")).findings.filter((finding: { readonly kind: string }) => finding.kind === kind)
    .length

describe("the FOCUS table", () => {
  it("keeps every rule that the validator of FOCUS 1.2 holds it to, but the two halves of one that exclude each other", () => {
    const { broken, kept, model, rows, skipped } = validated("focus", join(folder, "focus.csv"))
    assert.strictEqual(model, "1.2.0.1")
    assert.strictEqual(rows, findingsOf("money"))
    assert.isAbove(rows, 100)
    // An invoice id must be null without an invoice (C-004, kept) and must not with one (C-005): the tool knows of no invoice, and asks both of all.
    assert.deepStrictEqual(broken, {
      "InvoiceId-C-005-C":
        "InvoiceId MUST NOT be null when the charge is associated with either an issued invoice or a pre-generated provisional invoice."
    })
    assert.include(kept, "InvoiceId-C-004-C")
    assert.strictEqual(kept.length, 196)
    // Of 578 rules; none is skipped because something is the matter with a column.
    assert.deepStrictEqual(skipped, {
      "Rule skipped - validation is dynamic and cannot be pre-generated": 162,
      "rule not applicable": 96,
      "Rule skipped - all child rules were skipped": 92,
      "upstream dependency was skipped": 21,
      "Rule skipped - marked as MAY/OPTIONAL and not enforced": 9,
      "Rule skipped - CheckDecimalValue validation is not yet implemented": 1
    })
  })

  const at = (column: (typeof focusColumns)[number]): number => focusColumns.indexOf(column)

  /** The table with one cell of the first row that has no quoted cell before it changed. */
  const withCell = (column: (typeof focusColumns)[number], value: string) => (lines: ReadonlyArray<string>) => {
    const row = lines.findIndex(
      (line, index) =>
        index > 0 &&
        !line
          .split(",", at(column) + 1)
          .join("")
          .includes('"')
    )
    const cells = (lines[row] ?? "").split(",")
    return lines.with(row, cells.with(at(column), value).join(","))
  }

  // Of allowed values the tool asks whether any row has one of them; categories are held to their lists by the unit tests.
  it.each([
    ["a currency of no list", "BillingCurrency-C-003-M", withCell("BillingCurrency", "Dollar")],
    ["an account without an id", "BillingAccountId-C-001-M", withCell("BillingAccountId", "")],
    ["a service in two categories", "ServiceName-C-005-C", withCell("ServiceCategory", "Web")],
    [
      "a column that is missing",
      "CostAndUsage-D-005-M",
      (lines: ReadonlyArray<string>) =>
        lines.map((line) =>
          line
            .split(",")
            .filter((_, index) => index !== at("BillingAccountName"))
            .join(",")
        )
    ]
  ])("is refused with %s", (_, rule, broken) => {
    const lines = linesOf(textOf("focus.csv"))
    const changed = broken(lines)
    assert.notDeepEqual(changed, lines)
    const file = join(folder, `${rule}.csv`)
    writeFileSync(file, changed.join("\n"))
    assert.containsAllKeys(validated("focus", file).broken, [rule])
  })

  it("is what unit tests hold rows against: their copy of the specification is the package's", () => {
    assert.deepStrictEqual(validated("focus-model"), specification)
  })
})

describe("the OCSF events", () => {
  it("are what the public schema of their class wants, which is the one that unit tests have a copy of", () => {
    const schema = validated("ocsf")
    assert.deepStrictEqual(schema, ocsfSchema)
    // The profile's `anyOf` names properties that strict mode wants to see defined beside it.
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    formats.default(ajv)
    const validate = ajv.compile(schema)
    const events = JSON.parse(textOf("ocsf.json"))
    assert.strictEqual(events.length, findingsOf("hygiene"))
    assert.isAbove(events.length, 100)
    const problems = events.flatMap((event: unknown) => (validate(event) ? [] : (validate.errors ?? [])))
    assert.deepStrictEqual(problems, [])
    assert.isFalse(validate({ ...events[0], severity_id: 9 }))
  })
})
