/** Names are written by strangers: whatever a finding holds, no output obeys it. */
import { assert, describe, it } from "@effect/vitest"
import { csv } from "../../../cli/output/csv.ts"
import { markdownLines, tableOf, terminalLines } from "../../../cli/output/document.ts"
import { json, jsonValue } from "../../../cli/output/json.ts"
import { plain } from "../../../cli/output/paint.ts"
import { accountText, changeSheet, findingSheet, priceCaveatOf } from "../../../cli/output/sheets.ts"
import { unsafe } from "../../../core/text.ts"
import type { Finding } from "../../../core/finding/Finding.ts"
import { aFinding } from "../../core/store/fixtures.ts"
import { collected, textOf } from "../fixtures.ts"

const evil = "a\u001b[2J\u009b\u202eb\u061cc\u3164\u115fd\ud83d\r\ne;=1+1\t=2|_x_ https://evil.example"

const hostile: Finding = {
  ...aFinding({ tags: { [evil]: evil, owner: evil } }),
  resource: { ...aFinding().resource, id: evil, name: evil, arn: `arn:${evil}`, type: evil, service: evil },
  note: evil,
  region: evil,
  evidence: { [evil]: evil, list: [evil] }
}

const showing = {
  accountNames: new Map([["111111111111", evil]]),
  now: new Date("2026-11-20T02:00:00Z"),
  realised: undefined
}

const outputs = (findings: ReadonlyArray<Finding>): Readonly<Record<string, string>> => {
  const sheet = findingSheet(findings, showing)
  const changes = changeSheet(
    findings.map((finding) => ({
      findingId: finding.id,
      account: finding.account,
      scan: finding.scan,
      kind: finding.kind,
      types: ["opened"],
      reason: null,
      beforeUsd: 0,
      afterUsd: 1,
      isAside: false,
      wasCounted: null,
      details: [`opened: ${evil}`],
      finding
    })),
    showing
  )
  return {
    terminal: collected(terminalLines([tableOf(sheet), tableOf(changes)], 100, plain)).join("\n"),
    csv: textOf(csv(sheet)) + textOf(csv(changes)),
    markdown: collected(markdownLines([tableOf(sheet), tableOf(changes)])).join("\n"),
    json: textOf(json(jsonValue(findings)))
  }
}

describe("a hostile name", () => {
  it("orders nothing, hides nothing and is whole text in every output", () => {
    for (const [name, text] of Object.entries(outputs([hostile]))) {
      const own = text.replaceAll("\ufeffid", "id")
      assert.deepStrictEqual(own.match(unsafe), null, name)
      assert.isTrue(text.isWellFormed(), name)
    }
  })

  it("is no formula in a spreadsheet, however it splits, and no emphasis or link in Markdown", () => {
    const { csv, markdown } = outputs([hostile])
    assert.notMatch(csv ?? "", /(^|[,;\t\n"])[\s"]*[=@]/m)
    assert.notMatch(markdown ?? "", /https:\/\//)
    assert.notMatch(markdown ?? "", /(^|[^\\])_x/)
    // One line for the header, one for its rule, one for the row, of each table.
    assert.strictEqual(markdown?.split("\n").filter((line) => line.startsWith("|")).length, 6)
  })
})

describe("accounts", () => {
  it("are no numbers to a spreadsheet, with a name and without", () => {
    assert.strictEqual(
      accountText("012345678901", { accountNames: new Map([["012345678901", "prod"]]) }),
      "012345678901 (prod)"
    )
    assert.strictEqual(accountText("012345678901", { accountNames: new Map() }), "012345678901 (no name)")
  })
})

describe("prices that are old or of a single source", () => {
  const priced = (asOf: string, confidence: "verified" | "single source") => {
    const finding = aFinding()
    return {
      ...finding,
      savings: {
        ...finding.savings,
        terms: finding.savings.terms.map((term) => ({ ...term, price: { ...term.price, asOf, confidence } }))
      }
    }
  }

  it("are said in the list, where there are any", () => {
    assert.strictEqual(priceCaveatOf(priced("2026-11-01", "verified"), showing), "")
    const old = priced("2024-07-18", "single source")
    assert.strictEqual(priceCaveatOf(old, showing), "older than 18 months (2024-07-18), single source")
    const lines = collected(terminalLines([tableOf(findingSheet([old], showing))], 120, plain)).join("\n")
    assert.include(lines, "price: older than 18 months (2024-07-18), single source")
    const good = collected(
      terminalLines([tableOf(findingSheet([priced("2026-11-01", "verified")], showing))], 120, plain)
    )
    assert.notInclude(good.join("\n"), "rice")
    assert.include(textOf(csv(findingSheet([old], showing))), "older than 18 months (2024-07-18), single source")
  })
})
