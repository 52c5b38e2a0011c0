import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { colours } from "../../../cli/output/paint.ts"
import { type Sheet, table } from "../../../cli/output/table.ts"
import { displayWidth } from "../../../core/width.ts"

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

  const listed: Sheet = {
    columns: [
      { key: "id", title: "Id", kind: "text", fit: "whole" },
      { key: "usd", title: "USD/month", kind: "usd" },
      { key: "state", title: "State", kind: "text", fit: "whole", rank: 3 },
      { key: "resource", title: "Resource", kind: "text", fit: "whole" },
      { key: "name", title: "Name", kind: "text", least: 8, rank: 1 },
      { key: "scan", title: "Scan", kind: "text", fit: "whole", beneath: true },
      { key: "region", title: "Region", kind: "text", fit: "whole", beneath: true },
      { key: "price", title: "Price", kind: "text", fit: "whole", beneath: true, sparse: true }
    ],
    rows: [
      {
        id: "aa11",
        usd: 1234.5,
        state: "confirmed",
        resource: "vol-0123456789abcdef0",
        name: "a-rather-long-name",
        scan: "find_unused_load_balancers",
        region: "eu-west-1",
        price: null
      },
      {
        id: "bb22",
        usd: 2,
        state: "unconfirmed",
        resource: "vol-1",
        name: "",
        scan: "find_idle",
        region: "us-east-1",
        price: null
      }
    ]
  }

  it("moves what has a place beneath there, whole, and shortens names before that", () => {
    assert.deepStrictEqual(table(listed, { width: 72 }), [
      "Id    USD/month  State        Resource               Name",
      "    Scan  Region",
      "aa11  $1,234.50  confirmed    vol-0123456789abcdef0  a-rather-long-name",
      "    find_unused_load_balancers  eu-west-1",
      "bb22      $2.00  unconfirmed  vol-1",
      "    find_idle  us-east-1"
    ])
    assert.deepStrictEqual(
      table(listed, { width: 120 })[1],
      "aa11  $1,234.50  confirmed    vol-0123456789abcdef0  a-rather-long-name  find_unused_load_balancers  eu-west-1"
    )
  })

  it("cuts no identifier, however narrow it is", () => {
    for (let width = 30; width < 130; width++) {
      const text = table(listed, { width }).join("\n")
      for (const whole of ["aa11", "vol-0123456789abcdef0", "find_unused_load_balancers", "eu-west-1", "$1,234.50"]) {
        assert.include(text, whole, String(width))
      }
      for (const line of text.split("\n")) assert.isAtMost(displayWidth(line), width)
    }
  })

  it("lets only the row of an identifier that is far longer than the others give way", () => {
    const long = "my-service/with/an-identifier-that-is-very-long"
    const spilling = {
      columns: listed.columns.map((column) => (column.key === "resource" ? { ...column, spill: 24 } : column)),
      rows: listed.rows.map((row, index) => (index === 1 ? { ...row, resource: long } : row))
    }
    assert.deepStrictEqual(table(spilling, { width: 72 }).slice(2), [
      "aa11  $1,234.50  confirmed    vol-0123456789abcdef0  a-rather-long-name",
      "    find_unused_load_balancers  eu-west-1",
      "bb22      $2.00  unconfirmed  ↓",
      `    ${long}  find_idle`,
      "    us-east-1"
    ])
  })

  it("gives way by importance where there is no line beneath", () => {
    const flat = { ...listed, columns: listed.columns.map((column) => ({ ...column, beneath: false })) }
    const titles = (width: number) => table(flat, { width })[0]?.split(/ {2,}/)
    assert.deepStrictEqual(titles(120), ["Id", "USD/month", "State", "Resource", "Name", "Scan", "Region"])
    assert.deepStrictEqual(titles(90), ["Id", "USD/month", "Resource", "Name", "Scan", "Region"])
  })

  it("shows a column that seldom has something only where it has", () => {
    const priced = {
      ...listed,
      rows: listed.rows.map((row, index) => (index === 0 ? { ...row, price: "price: old" } : row))
    }
    assert.deepStrictEqual(table(priced, { width: 72 }).slice(1, 6), [
      "    Scan  Region  Price",
      "aa11  $1,234.50  confirmed    vol-0123456789abcdef0  a-rather-long-name",
      "    find_unused_load_balancers  eu-west-1  price: old",
      "bb22      $2.00  unconfirmed  vol-1",
      "    find_idle  us-east-1"
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
