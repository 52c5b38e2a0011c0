import { createHash } from "node:crypto"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pageBeginning, pagePieces } from "../../report/writePage.ts"
import { counted, night, reportOf, type Stored } from "./stored.ts"

const htmlOf = (stored: Stored) => Effect.map(reportOf(stored), (content) => [...pagePieces(content)].join(""))

const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"

describe("the page", () => {
  it.effect("asks for nothing: neither an address that is fetched nor an element that fetches", () =>
    Effect.gen(function* () {
      const html = yield* htmlOf({ findings: [counted()] })
      assert.isTrue(html.startsWith(pageBeginning))
      const markup = html.replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
      for (const fetching of ["<link", "<img", "<iframe", "<object", "<embed", "src=", "@import"])
        assert.notInclude(markup, fetching)
      assert.match(html, /<meta name="referrer" content="no-referrer">/)
    })
  )

  it.effect("allows by its policy the script and the style that are in it, by their hashes", () =>
    Effect.gen(function* () {
      const html = yield* htmlOf({ findings: [counted()] })
      const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? ""
      const hashed = (element: RegExp) =>
        `'sha256-${createHash("sha256")
          .update(element.exec(html)?.[1] ?? "")
          .digest("base64")}'`
      assert.include(policy, `script-src ${hashed(/<script>([\s\S]*?)<\/script>/)};`)
      assert.include(policy, `style-src ${hashed(/<style>([\s\S]*?)<\/style>/)};`)
      for (const part of ["default-src 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"])
        assert.include(policy, part)
      assert.notMatch(policy, /unsafe/)
      assert.isBelow(html.indexOf("Content-Security-Policy"), html.indexOf("<style>"))
    })
  )

  it.effect("holds what strangers wrote as data alone, where no text can end an element", () =>
    Effect.gen(function* () {
      const finding = counted({ tags: { owner: hostile, [hostile]: hostile }, evidence: { [hostile]: hostile } })
      const run = night()
      const html = yield* htmlOf({
        runs: [{ ...run, plan: { ...run.plan, accounts: [{ id: finding.account, name: hostile }] } }],
        findings: [{ ...finding, resource: { ...finding.resource, name: hostile } }]
      })
      assert.notInclude(html, "alert(1)")
      assert.notInclude(html, "onerror=alert")
      const block = (id: string) =>
        JSON.parse(
          gunzipSync(Buffer.from(new RegExp(`id="${id}">([^<]+)<`).exec(html)?.[1] ?? "", "base64")).toString()
        )
      assert.include(block("rows").name[0], "<script>alert(1)")
      assert.strictEqual(block("details-0").length, 1)
    })
  )

  it.effect("names a command only where it reads the page's store, without its script as well", () =>
    Effect.gen(function* () {
      const content = yield* reportOf({ runs: [night()] })
      const without = (summary: Partial<typeof content.summary>) =>
        /<noscript>(.*)<\/noscript>/.exec(
          [...pagePieces({ ...content, summary: { ...content.summary, ...summary } })].join("")
        )?.[1] ?? ""
      assert.include(without({}), "<code>nightaudit findings --format csv</code>")
      const sample = { ...content.summary.run, trigger: "sample" as const }
      assert.include(without({ run: sample }), "<code>nightaudit findings --format csv --sample</code>")
      const inBucket = without({ opens: { url: "https://example.com/x", until: null } })
      assert.include(inBucket, "<code>search_findings</code>")
      assert.notInclude(inBucket, "nightaudit")
    })
  )

  it.effect("says the number and every warning without its script", () =>
    Effect.gen(function* () {
      const html = yield* htmlOf({
        runs: [night({ status: "failed", summary: null })],
        findings: [counted({ monthlyUsd: 1234.5 })]
      })
      const before = html.slice(0, html.indexOf("<script"))
      assert.include(before, "$1,234.50 a month")
      assert.include(before, "$14,814.00 a year")
      assert.include(before, "failed")
    })
  )
})
