/** CSV, Markdown and JSON: what is written into files and read by other programs. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { csv as csvOf } from "../../../cli/output/csv.ts"
import {
  commands,
  entries,
  heading,
  link,
  list,
  markdownLines,
  tableOf,
  terminalLines,
  text
} from "../../../cli/output/document.ts"
import { json as jsonOf, jsonFields, jsonValue } from "../../../cli/output/json.ts"
import { escapeMarkdown } from "../../../core/text.ts"
import { plain } from "../../../cli/output/paint.ts"
import type { Cell, Sheet } from "../../../cli/output/table.ts"
import { collected, textOf } from "../fixtures.ts"

const csv = (sheet: Sheet) => textOf(csvOf(sheet))

const names = (...cells: ReadonlyArray<Cell>): Sheet => ({
  columns: [{ key: "name", title: "Name", kind: "text" }],
  rows: cells.map((name) => ({ name }))
})

const fields = (...cells: ReadonlyArray<Cell>) =>
  csv(names(...cells))
    .split("\r\n")
    .slice(1, -1)

/** What a spreadsheet makes of a line when it takes something else for the separator: quotes count at the start of a cell only. */
const cellsOf = (line: string, separator: string): ReadonlyArray<string> => {
  const cells: Array<string> = []
  let rest = line
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest)
    const end = rest.indexOf(separator, quoted?.[0].length ?? 0)
    const cell = end === -1 ? rest : rest.slice(0, end)
    cells.push(quoted === null ? cell : cell.replace(quoted[0], (quoted[1] ?? "").replaceAll('""', '"')))
    if (end === -1) return cells
    rest = rest.slice(end + 1)
  }
}

describe("csv", () => {
  it("begins with a byte order mark, so that no spreadsheet takes it for another code page", () => {
    assert.strictEqual(csv(names("Größe")), "\ufeffname\r\nGröße\r\n")
    assert.deepStrictEqual([...Buffer.from(csv(names())).subarray(0, 3)], [0xef, 0xbb, 0xbf])
  })

  it("escapes what a spreadsheet would run", () => {
    assert.deepStrictEqual(fields("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "a=1", "a-2"), [
      "'=1+1",
      "'+1",
      "'-1",
      "'@SUM(A1)",
      "' =1",
      "' =1",
      "'＝1",
      "a=1",
      "a-2"
    ])
    assert.deepStrictEqual(fields("\r=1", '=HYPERLINK("http://x","y")'), ["' =1", `"'=HYPERLINK(""http://x"",""y"")"`])
  })

  it("leaves no formula at the start of a cell, whatever is taken for the separator", () => {
    const evil = [";=1+1", "a;=1+1", "a; =1+1", 'a;"=1+1', "a;'=1", "a;-1", ";;=1", "a\t=1+1", "a\n=1+1", 'x",=1;=2']
    assert.deepStrictEqual(fields(";=1+1", "a; =1+1"), [`";'=1+1"`, `"a;' =1+1"`])
    for (const separator of [",", ";", "\t"]) {
      for (const line of fields(...evil)) {
        for (const cell of cellsOf(`x,${line}`, separator))
          assert.notMatch(cell, /^[\s"]*[=+\-@]/, `${separator} ${line}`)
      }
    }
  })

  it("keeps text text that a spreadsheet would take for another number or a day", () => {
    const mangled = ["007", "012345678901", "1234567890123456", "12e34", "1.5E3", "3-4", "1/2", "1.10", "1:30"]
    assert.deepStrictEqual(
      fields(...mangled),
      mangled.map((text) => `'${text}`)
    )
    const same = ["7", "123456789012345", "2026-11-20", "10.0.0.1", "vol-01", "12ab34", "1.5 GB", "0"]
    assert.deepStrictEqual(fields(...same), same)
  })

  it("leaves numbers alone, also negative ones, and unknown cells empty", () => {
    assert.deepStrictEqual(fields(-12.5, 0, true, null, ""), ["-12.5", "0", "true", "", ""])
  })

  it("quotes as RFC 4180 says, one record a line", () => {
    assert.deepStrictEqual(fields('a "b", c', "two\nlines"), ['"a ""b"", c"', "two lines"])
  })

  it("has the columns of files and not those of screens, under their own titles", () => {
    const sheet: Sheet = {
      columns: [
        { key: "id", title: "Id", kind: "text", only: "screen" },
        { key: "arn", title: "ARN", kind: "text", only: "file" },
        { key: "usd", title: "USD", kind: "usd", csvTitle: "usd (adds up)" }
      ],
      rows: [{ id: "a", arn: "arn:1", usd: 1234.5 }]
    }
    assert.strictEqual(csv(sheet), "\ufeffarn,usd (adds up)\r\narn:1,1234.5\r\n")
    assert.deepStrictEqual(collected(markdownLines([tableOf(sheet)])), [
      "| Id | USD |",
      "| --- | ---: |",
      "| a | $1,234.50 |"
    ])
  })
})

describe("markdown", () => {
  it("keeps text text", () => {
    assert.strictEqual(
      escapeMarkdown("a|b `c` <img src=x> [link](x)\nnext & *bold* ~gone~"),
      "a\\|b \\`c\\` &lt;img src=x&gt; \\[link\\](x) next &amp; \\*bold\\* \\~gone\\~"
    )
    // A backslash in front would take the escape of the pipe away.
    assert.strictEqual(escapeMarkdown("a\\|b"), "a\\\\\\|b")
    assert.deepStrictEqual(
      ["# not a heading", "- no item", "+ no item", "1. no item", "12) none", "---", "-5", "1.5"].map(escapeMarkdown),
      ["\\# not a heading", "\\- no item", "\\+ no item", "1\\. no item", "12\\) none", "\\---", "-5", "1.5"]
    )
  })

  it("lets no name be emphasis or a link, and leaves the names of scans as they are", () => {
    assert.deepStrictEqual(
      [
        "_private_",
        "__init__",
        "find_unused_volumes",
        "https://evil.example/x",
        "HTTP://x",
        "see www.evil.example"
      ].map(escapeMarkdown),
      [
        "\\_private\\_",
        "\\_\\_init\\_\\_",
        "find_unused_volumes",
        "https\\://evil.example/x",
        "HTTP\\://x",
        "see www\\.evil.example"
      ]
    )
  })

  it("links only what is ours", () => {
    assert.deepStrictEqual(collected(markdownLines([link("https://docs.aws.amazon.com/x")])), [
      "<https://docs.aws.amazon.com/x>"
    ])
  })

  it("writes one line per row, as rows are read", () => {
    assert.deepStrictEqual(collected(markdownLines([tableOf(names("two\nlines | here"))])), [
      "| Name |",
      "| --- |",
      "| two lines \\| here |"
    ])
    const { columns, rows } = names("a", "b")
    assert.deepStrictEqual(collected(markdownLines([tableOf({ columns, rows: Stream.fromIterable(rows) })])), [
      "| Name |",
      "| --- |",
      "| a |",
      "| b |"
    ])
  })
})

describe("document", () => {
  const document = [heading("Title <b>"), text("a sentence that is long"), list(["one", "two words"]), tableOf(names())]

  it("is lines on a terminal", () => {
    assert.deepStrictEqual(collected(terminalLines(document, 24, plain)), [
      "Title <b>",
      "a sentence that is long",
      "  - one",
      "  - two words",
      "  none"
    ])
  })

  it("is a page in Markdown", () => {
    assert.deepStrictEqual(collected(markdownLines(document)), [
      "## Title &lt;b&gt;",
      "",
      "a sentence that is long",
      "",
      "- one",
      "- two words",
      "",
      "none"
    ])
  })

  it("breaks a command between its arguments, as a shell takes it, and never an argument", () => {
    assert.deepStrictEqual(
      collected(
        terminalLines([commands("nightaudit findings --limit 20 --cursor eyJjZW50cyI6MTIzNDU2Nzg5MH0xx")], 40, plain)
      ),
      ["  nightaudit findings --limit 20 \\", "    --cursor \\", "    eyJjZW50cyI6MTIzNDU2Nzg5MH0xx"]
    )
  })

  it("puts what entries are beside their names, or beneath long ones", () => {
    assert.deepStrictEqual(
      collected(
        terminalLines(
          [
            entries([
              ["--limit <n>", "how many"],
              ["--a-very-long-flag <value>", "what for"]
            ])
          ],
          40,
          plain
        )
      ),
      ["  --limit <n>           how many", "  --a-very-long-flag <value>", "                        what for"]
    )
  })
})

describe("json", () => {
  it("is the same data, and no order to a terminal", () => {
    const value = { name: "a\u009b2Jb\u202ec\u061cd\u3164e\u{e0041}", half: "\ud83d", list: [1, null] }
    const written = textOf(jsonOf(jsonValue(value)))
    assert.deepStrictEqual(JSON.parse(written), value)
    assert.match(written, /^[\n\u0020-\u007e]*$/)
  })

  it("is written field by field as it would be at once", () => {
    const items = [{ a: [1, { b: "two\nlines" }] }, "x"]
    const at = { items, none: [], sum: { all: 2 }, text: "t", nothing: null }
    let seen = 0
    const streamed = jsonFields({
      items: Stream.tap(Stream.fromIterable(items), () => Effect.sync(() => void (seen += 1))),
      none: Stream.empty,
      sum: Effect.sync(() => ({ all: seen })),
      text: "t",
      nothing: null
    })
    assert.strictEqual(textOf(jsonOf(streamed)), `${JSON.stringify(at, null, 2)}\n`)
    assert.strictEqual(textOf(jsonOf(jsonFields({}))), "{}\n")
  })
})
