/** CSV, Markdown and JSON: what is written into files and read by other programs. */
import { assert, describe, it } from "@effect/vitest"
import { csv } from "../../../cli/output/csv.ts"
import { heading, list, markdownLines, tableOf, terminalLines, text } from "../../../cli/output/document.ts"
import { json } from "../../../cli/output/json.ts"
import { escapeMarkdown, markdownTable } from "../../../cli/output/markdown.ts"
import { plain } from "../../../cli/output/paint.ts"
import type { Cell, Sheet } from "../../../cli/output/table.ts"

const names = (...cells: ReadonlyArray<Cell>): Sheet => ({
  columns: [{ key: "name", title: "Name", kind: "text" }],
  rows: cells.map((name) => ({ name }))
})

const fields = (...cells: ReadonlyArray<Cell>) =>
  csv(names(...cells))
    .split("\r\n")
    .slice(1, -1)

describe("csv", () => {
  it("escapes what a spreadsheet would run", () => {
    assert.deepStrictEqual(fields("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "a=1", "1-2"), [
      "'=1+1",
      "'+1",
      "'-1",
      "'@SUM(A1)",
      "'\t=1",
      "' =1",
      "'＝1",
      "a=1",
      "1-2"
    ])
    assert.strictEqual(csv(names("\r=1")), 'name\r\n"\'\r=1"\r\n')
    assert.strictEqual(csv(names('=HYPERLINK("http://x","y")')), 'name\r\n"\'=HYPERLINK(""http://x"",""y"")"\r\n')
  })

  it("leaves numbers alone, also negative ones, and unknown cells empty", () => {
    assert.deepStrictEqual(fields(-12.5, 0, true, null, ""), ["-12.5", "0", "true", "", ""])
  })

  it("quotes as RFC 4180 says", () => {
    assert.strictEqual(csv(names('a "b", c', "two\nlines")), 'name\r\n"a ""b"", c"\r\n"two\nlines"\r\n')
  })

  it("has the columns of files and not those of screens", () => {
    const sheet: Sheet = {
      columns: [
        { key: "id", title: "Id", kind: "text", only: "screen" },
        { key: "arn", title: "ARN", kind: "text", only: "file" },
        { key: "usd", title: "USD", kind: "usd" }
      ],
      rows: [{ id: "a", arn: "arn:1", usd: 1234.5 }]
    }
    assert.strictEqual(csv(sheet), "arn,usd\r\narn:1,1234.5\r\n")
    assert.deepStrictEqual(markdownTable(sheet), ["| Id | USD |", "| --- | ---: |", "| a | $1,234.50 |"])
  })
})

describe("markdown", () => {
  it("keeps text text", () => {
    assert.strictEqual(
      escapeMarkdown("a|b `c` <img src=x> [link](http://x)\nnext & *bold*"),
      "a\\|b \\`c\\` &lt;img src=x&gt; \\[link\\](http://x) next &amp; \\*bold\\*"
    )
    // A backslash in front would take the escape of the pipe away.
    assert.strictEqual(escapeMarkdown("a\\|b"), "a\\\\\\|b")
    assert.strictEqual(escapeMarkdown("# not a heading"), "\\# not a heading")
  })

  it("writes one line per row", () => {
    assert.deepStrictEqual(markdownTable(names("two\nlines | here")), ["| Name |", "| --- |", "| two lines \\| here |"])
  })
})

describe("document", () => {
  const document = [heading("Title <b>"), text("a sentence that is long"), list(["one", "two words"]), tableOf(names())]

  it("is lines on a terminal", () => {
    assert.deepStrictEqual(terminalLines(document, 24, plain), [
      "Title <b>",
      "a sentence that is long",
      "  - one",
      "  - two words",
      "  none"
    ])
  })

  it("is a page in Markdown", () => {
    assert.deepStrictEqual(markdownLines(document), [
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
})

describe("json", () => {
  it("is the same data, and no order to a terminal", () => {
    const value = { name: "a\u009b2Jb\u202ec\u{e0041}", list: [1, null] }
    const written = json(value)
    assert.deepStrictEqual(JSON.parse(written), value)
    assert.match(written, /^[\n\u0020-\u007e]*$/)
  })
})
