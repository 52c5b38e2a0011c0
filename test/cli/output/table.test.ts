import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { colours } from "../../../cli/output/paint.ts"
import { type Sheet, table } from "../../../cli/output/table.ts"
import { displayWidth } from "../../../cli/output/width.ts"

const sheet: Sheet = {
  columns: [
    { key: "id", title: "Id", kind: "text", fit: "whole" },
    { key: "usd", title: "USD/month", kind: "usd" },
    { key: "name", title: "Resource", kind: "text", least: 10 },
    { key: "scan", title: "Scan", kind: "text" },
    { key: "region", title: "Region", kind: "text", fit: "whole", rank: 1 },
    { key: "reason", title: "Reason", kind: "text", rank: 2 },
    { key: "arn", title: "arn", kind: "text", only: "file" },
    { key: "sure", title: "Sure", kind: "flag" }
  ],
  rows: [
    {
      id: "aa11",
      usd: 1234.5,
      name: "データベースのバックアップ",
      scan: "find_unused_volumes",
      region: "eu-west-1",
      reason: "unattached",
      arn: "arn:1",
      sure: true
    },
    {
      id: "bb22",
      usd: 0.07,
      name: "rocket-🚀-launch-pad-with-a-long-name",
      scan: "find_idle",
      region: "us-east-1",
      reason: "idle_attached",
      arn: "arn:2",
      sure: false
    },
    { id: "cc33", usd: null, name: "", scan: "s", region: "global", reason: "x", arn: "arn:3", sure: null }
  ]
}

describe("table", () => {
  it("shows everything where there is room, numbers to the right", () => {
    assert.deepStrictEqual(table(sheet, { width: 140 }), [
      "Id    USD/month  Resource                               Scan                 Region     Reason         Sure",
      "aa11  $1,234.50  データベースのバックアップ             find_unused_volumes  eu-west-1  unattached     yes",
      "bb22      $0.07  rocket-🚀-launch-pad-with-a-long-name  find_idle            us-east-1  idle_attached  no",
      "cc33          –                                         s                    global     x              –"
    ])
  })

  it("leaves out what ranks last and shortens text to fit 60 columns", () => {
    assert.deepStrictEqual(table(sheet, { width: 60 }), [
      "Id    USD/month  Resource      Scan          Region     Sure",
      "aa11  $1,234.50  データベー…   find_unused…  eu-west-1  yes",
      "bb22      $0.07  rocket-🚀-l…  find_idle     us-east-1  no",
      "cc33          –                s             global     –"
    ])
  })

  it("fits every width", () => {
    for (let width = 20; width <= 140; width++) {
      for (const line of table(sheet, { width, indent: "  " })) assert.isAtMost(displayWidth(line), width)
    }
  })

  it("wraps where a column says so", () => {
    const wrapped: Sheet = {
      columns: [
        { key: "a", title: "A", kind: "text", fit: "wrap" },
        { key: "b", title: "B", kind: "count" }
      ],
      rows: [{ a: "a sentence of several words", b: 12345 }]
    }
    assert.deepStrictEqual(table(wrapped, { width: 20 }), [
      "A                  B",
      "a sentence    12,345",
      "of several",
      "words"
    ])
  })

  it("obeys no cell", () => {
    const lines = table(
      { columns: [{ key: "a", title: "A", kind: "text" }], rows: [{ a: "\u001b[2Jgone\nnext\u202e" }] },
      { width: 40 }
    )
    assert.deepStrictEqual(lines, ["A", "[2Jgone next"])
  })

  it("has no escapes unless it is painted, and the same text when it is", () => {
    const styled: Sheet = {
      ...sheet,
      columns: sheet.columns.map((column) => ({ ...column, style: () => "red" as const }))
    }
    const plain = table(styled, { width: 60 })
    const painted = table(styled, { width: 60, paint: colours })
    assert.notInclude(plain.join(""), "\u001b")
    assert.include(painted.join(""), "\u001b[31m")
    assert.deepStrictEqual(
      painted.map((line) => stripVTControlCharacters(line).trimEnd()),
      plain
    )
  })

  it("shows reports by the kinds of their columns", () => {
    const report: Sheet = {
      columns: [
        { key: "share", title: "Share", kind: "percent" },
        { key: "change", title: "Change", kind: "usd" },
        { key: "calls", title: "Calls", kind: "count" },
        { key: "day", title: "Day", kind: "day" }
      ],
      rows: [{ share: 12.345, change: -3, calls: 1234567, day: "2026-11-20" }]
    }
    assert.deepStrictEqual(table(report, { width: 60 }), [
      "Share  Change      Calls  Day",
      "12.3%  -$3.00  1,234,567  2026-11-20"
    ])
  })
})
