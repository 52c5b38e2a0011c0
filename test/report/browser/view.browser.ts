/**
 * The view in a host: what the official client reads of our server, drawn by Chromium in a sandboxed frame under the package's own
 * bridge. `SCREENSHOTS=docs/report` keeps pictures of it there.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Client } from "@modelcontextprotocol/client"
import type { Browser, Page } from "playwright-core"
import { usd, yearly } from "../../../core/format.ts"
import { pricingLine } from "../../../core/run/pricingLine.ts"
import { layerMemory } from "../../../core/store/sqlite/sqlite.ts"
import { Store } from "../../../core/store/Store.ts"
import { anEvent } from "../../core/store/fixtures.ts"
import { storeCopy } from "../../mcp/harness.ts"
import { launch, violations } from "./Chromium.ts"
import { hostile } from "./pages.ts"
import { connected, elapse, reportUrl, silentHost, view, type Viewing } from "./viewHost.ts"

let browser: Browser
let client: Client

beforeAll(async () => {
  browser = await launch()
  client = await connected()
})

afterAll(async () => {
  await client?.close()
  await browser?.close()
})

const pictures = process.env["SCREENSHOTS"]

const picture = async (page: Page, name: string) => {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  // What of a frame is below the window's edge is not painted.
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ width: 660, height })
  await page.waitForTimeout(200)
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

const quiet = ({ complaints, dialogs, requests }: Viewing) => {
  assert.deepStrictEqual(complaints, [])
  assert.deepStrictEqual(requests, [])
  assert.strictEqual(dialogs(), 0)
}

const textOf = ({ frame }: Viewing) => frame.locator("main").innerText()

const ground = ({ frame }: Viewing) => frame.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)

/** How much wider it is than its frame, in pixels. */
const overflow = ({ frame }: Viewing) => frame.evaluate(() => document.documentElement.scrollWidth - innerWidth)

const [lightGround, darkGround] = ["rgb(255, 255, 255)", "rgb(22, 26, 33)"]

describe("the view of summarize_savings", () => {
  it("says what the answer says, draws a bar for each row, and is as high as what it shows", async () => {
    const shown = await view({ browser, client, theme: "light" }, "summarize_savings", { by: "account" })
    const { frame, page, result } = shown
    const { coverage, pricing, rows, totals } = result.structuredContent
    const text = await textOf(shown)
    for (const said of [
      usd(totals.confirmed.monthlyUsd),
      `${usd(yearly(totals.confirmed.monthlyUsd))} a year`,
      `+${usd(totals.unconfirmed.monthlyUsd)} unconfirmed`,
      `together ${usd(totals.monthlyUsd)} a month, ${usd(totals.yearlyUsd)} a year`,
      pricingLine(pricing),
      "As of 2026-11-21 02:00 UTC (5 h ago)",
      `${coverage.complete} of ${coverage.expected} outcomes complete`
    ]) {
      assert.include(text, said)
    }
    assert.strictEqual(await frame.locator("tbody tr").count(), rows.length)
    assert.include(await frame.locator("tbody tr").first().innerText(), "shop-production")
    const widths = await frame.evaluate(() =>
      [...document.querySelectorAll(".bar")].map((bar) =>
        [...bar.children].map((part) => Math.round(part.getBoundingClientRect().width))
      )
    )
    const whole = Math.max(...widths.map((parts) => parts.reduce((sum, one) => sum + one, 0)))
    for (const [index, { confirmedUsd }] of rows.entries()) {
      const most = Math.max(...rows.map((row: any) => row.confirmedUsd + row.unconfirmedUsd))
      assert.approximately(widths[index]?.[0] ?? 0, (whole * confirmedUsd) / most, 3)
    }
    await frame.locator("summary").click()
    assert.strictEqual(await frame.locator("details li").count(), 6)
    const height = await frame.evaluate(() => Math.ceil(document.documentElement.getBoundingClientRect().height))
    await page.waitForFunction((wanted) => sizes.at(-1)?.height === wanted, height)
    await frame.locator("summary").click()
    await page.waitForFunction((wanted) => (sizes.at(-1)?.height ?? 0) < wanted, height)
    assert.deepStrictEqual(await violations(frame), [])
    await picture(page, "assistant-savings")
    quiet(shown)
    await shown.close()
  })

  it("shows one of several dimensions at a time, chosen by keyboard", async () => {
    const shown = await view({ browser, client }, "summarize_savings", {})
    const { frame } = shown
    const { top } = shown.result.structuredContent
    const pressed = () => frame.locator("[aria-pressed=true]").innerText()
    assert.strictEqual(await pressed(), "Scan")
    await frame.locator(".tabs button").first().focus()
    await frame.page().keyboard.press("Tab")
    await frame.page().keyboard.press("Enter")
    assert.strictEqual(await pressed(), "Account")
    assert.strictEqual(await frame.locator("tbody tr").count(), top.account.rows.length)
    await frame.page().keyboard.press("Tab")
    await frame.page().keyboard.press("Space")
    assert.strictEqual(await pressed(), "Service")
    assert.include(await textOf(shown), `The 5 largest of ${top.service.of}.`)
    assert.deepStrictEqual(await violations(frame), [])
    quiet(shown)
    await shown.close()
  })

  it("follows the host's theme, and the system's where the host has none", async () => {
    const shown = await view({ browser, client, theme: "dark" }, "summarize_savings", {})
    assert.strictEqual(await ground(shown), darkGround)
    assert.deepStrictEqual(await violations(shown.frame), [])
    await shown.page.evaluate(() => tellTheme("light"))
    await shown.frame.waitForFunction(() => document.documentElement.dataset["theme"] === "light")
    assert.strictEqual(await ground(shown), lightGround)
    quiet(shown)
    await shown.close()
    const dark = await view({ browser, client, options: { colorScheme: "dark" } }, "summarize_savings", {})
    assert.strictEqual(await ground(dark), darkGround)
    await dark.close()
  })

  it("has the host open the whole report, and says so when it does not", async () => {
    const shown = await view({ browser, client }, "summarize_savings", {})
    await shown.frame.getByRole("button", { name: "Open the whole report" }).click()
    await shown.page.waitForTimeout(100)
    assert.deepStrictEqual(shown.opened, [reportUrl])
    assert.strictEqual(await shown.frame.getByRole("alert").count(), 0)
    await shown.close()
    const refused = await view({ browser, client, opens: false }, "summarize_savings", {})
    await refused.frame.getByRole("button", { name: "Open the whole report" }).click()
    assert.include(await refused.frame.getByRole("alert").innerText(), reportUrl)
    await refused.close()
    const without = await view({ browser, client, can: {} }, "summarize_savings", {})
    assert.strictEqual(await without.frame.getByRole("button", { name: "Open the whole report" }).count(), 0)
    await without.close()
  })
})

describe("the view of search_findings", () => {
  it("lists the page that was asked for and goes on with the same question, by keyboard", async () => {
    const given = { accounts: ["444455556666"], limit: 10 }
    const shown = await view({ browser, client, theme: "dark" }, "search_findings", given)
    const { calls, frame, page, result } = shown
    const { findings, nextCursor, totals } = result.structuredContent
    assert.strictEqual(await frame.locator("ol > li").count(), 10)
    const first = await frame.locator("ol > li").first().innerText()
    for (const said of [usd(findings[0].monthlyUsd), "catalog-seed", "eu-central-1", "Unused snapshots", "critical"])
      assert.include(first, said)
    assert.include(await frame.getByRole("status").innerText(), `10 of ${totals.findings} shown.`)
    assert.include(await textOf(shown), "Accounts: 444455556666")
    await picture(page, "assistant-findings")

    await frame.getByRole("button", { name: "Show more" }).focus()
    await page.keyboard.press("Enter")
    await frame.waitForFunction(() => document.querySelectorAll("ol > li").length === 20)
    assert.deepStrictEqual(calls, [{ name: "search_findings", arguments: { ...given, cursor: nextCursor } }])
    // The next key is about the first of the new ones.
    assert.strictEqual(
      await frame.evaluate(() =>
        [...document.querySelectorAll("ol button")].indexOf(document.activeElement as Element)
      ),
      10
    )
    const ids = new Set((await frame.locator("ol > li .finding").allInnerTexts()).map((text) => text))
    assert.strictEqual(ids.size, 20, "no finding comes twice")
    assert.deepStrictEqual(await violations(frame), [])
    quiet(shown)
    await shown.close()
  })

  it("explains a finding on demand, once, and closes it again", async () => {
    const shown = await view({ browser, client }, "search_findings", { scans: ["find_unused_volumes"], limit: 2 })
    const { calls, frame, opened, page, result } = shown
    const { id, monthlyUsd } = result.structuredContent.findings[0]
    const opener = frame.locator("ol button.finding").first()
    await opener.focus()
    await page.keyboard.press("Enter")
    await frame.locator(".explanation dl").first().waitFor()
    assert.strictEqual(await opener.getAttribute("aria-expanded"), "true")
    assert.deepStrictEqual(calls, [{ name: "explain_savings", arguments: { id } }])
    const said = await frame.locator(".explanation").first().innerText()
    for (const part of [`${usd(monthlyUsd)} a month`, "per GB", "What to do.", "Nothing was done."])
      assert.include(said, part)
    assert.deepStrictEqual(await violations(frame), [])
    await picture(page, "assistant-explanation")
    await frame.getByRole("button", { name: "AWS documentation" }).click()
    await page.waitForTimeout(100)
    assert.match(opened[0] ?? "", /^https:\/\/docs\.aws\.amazon\.com\//)
    await opener.focus()
    await page.keyboard.press("Space")
    assert.isFalse(await frame.locator(".explanation").first().isVisible())
    await page.keyboard.press("Space")
    assert.isTrue(await frame.locator(".explanation").first().isVisible())
    assert.strictEqual(calls.length, 1)
    quiet(shown)
    await shown.close()
  })

  it("offers nothing that the host cannot do", async () => {
    const shown = await view({ browser, client, can: {} }, "search_findings", { limit: 5 })
    assert.strictEqual(await shown.frame.locator("button:visible").count(), 0)
    assert.include(await textOf(shown), "Ask the assistant for the next ones.")
    assert.deepStrictEqual(await violations(shown.frame), [])
    quiet(shown)
    await shown.close()
  })

  it("says what could not be explained, and asks again when it is opened again", async () => {
    const shown = await view({ browser, client }, "search_findings", { limit: 2 })
    const { frame, page } = shown
    await page.evaluate(() => {
      const real = globalThis.callTool
      globalThis.callTool = (params) => {
        globalThis.callTool = real
        return Promise.reject(new Error(`no ${params.name} now`))
      }
    })
    const opener = frame.locator("ol button.finding").first()
    await opener.click()
    assert.include(await frame.getByRole("alert").innerText(), "no explain_savings now")
    await opener.click()
    await opener.click()
    await frame.locator(".explanation dl").first().waitFor()
    await shown.close()
  })

  it("fits a narrow frame", async () => {
    const shown = await view(
      { browser, client, options: { viewport: { width: 352, height: 600 } } },
      "search_findings",
      { limit: 5 }
    )
    await shown.frame.locator("ol button.finding").nth(2).click()
    await shown.frame.locator(".explanation dl").first().waitFor()
    assert.strictEqual(await overflow(shown), 0)
    await shown.close()
    const savings = await view(
      { browser, client, options: { viewport: { width: 352, height: 600 } } },
      "summarize_savings",
      { by: "service" }
    )
    assert.strictEqual(await overflow(savings), 0)
    await savings.close()
  })
})

describe("what strangers wrote", () => {
  it("is text in the view, whatever it looks like", async () => {
    const store = await Effect.runPromise(storeCopy)
    const [run] = (await Effect.runPromise(store.runs(1))).items
    const { items } = await Effect.runPromise(store.findings({ limit: 1000 }))
    assert.isDefined(run)
    if (run === undefined) return
    const night = hostile({ run, findings: items })
    await Effect.runPromise(store.putRun(night.run))
    await Effect.runPromise(
      store.writeTransitions(night.findings.map((finding) => ({ finding, events: [anEvent(finding)] })))
    )
    const attacked = await connected({ store })
    const shown = await view({ browser, client: attacked }, "search_findings", { limit: 25 })
    const { frame } = shown
    assert.include(await textOf(shown), "<img src=x onerror=alert(1)>")
    for (let index = 0; index < 14; index += 1) {
      // By keyboard: while the host makes room for the explanation before, a click may land beside what it is meant for.
      await frame.locator("ol button.finding").nth(index).press("Enter")
      await frame.locator("ol > li").nth(index).locator(".explanation dl").waitFor()
    }
    assert.notInclude(await textOf(shown), "bounds", "the marks are for models")
    assert.strictEqual(await frame.locator("img, svg, script:not(body > script), style:not(head > style)").count(), 0)
    assert.deepStrictEqual(await violations(frame), [])
    quiet(shown)
    await shown.close()
    const savings = await view({ browser, client: attacked }, "summarize_savings", { by: "owner" })
    assert.notInclude(await textOf(savings), "bounds")
    quiet(savings)
    await savings.close()
    const accounts = await view({ browser, client: attacked }, "summarize_savings", { by: "account" })
    assert.include(await textOf(accounts), "<img src=x onerror=alert(1)>")
    quiet(accounts)
    await accounts.close()
    await attacked.close()
  })
})

/** In which no run has ever been. */
const emptyStore = Effect.gen(function* () {
  return Context.get(yield* Layer.buildWithScope(layerMemory, yield* Scope.make()), Store)
})

describe("the states of an answer", () => {
  const said = async (name: string, given: Record<string, unknown>, of: Client = client) => {
    const shown = await view({ browser, client: of }, name, given)
    const text = await textOf(shown)
    assert.deepStrictEqual(await violations(shown.frame), [])
    quiet(shown)
    await shown.close()
    return text
  }

  it("nothing matches", async () => {
    const text = await said("search_findings", { minMonthlyUsd: 1_000_000 })
    assert.include(text, "No finding matches.")
    assert.include(text, "outcomes complete.")
    assert.include(await said("search_findings", { text: "orders-restore" }), "findings")
  })

  it("a refusal", async () => {
    assert.include(await said("search_findings", { limit: 9999 }), "limit: expected a whole number from 1 to 200")
  })

  it("nothing was looked at", async () => {
    const empty = await connected({ store: await Effect.runPromise(emptyStore) })
    for (const name of ["search_findings", "summarize_savings"]) {
      const text = await said(name, {}, empty)
      assert.include(text, "Nothing was looked at")
      assert.notInclude(text, "complete")
      assert.include(text, "Not looked at: 1 gap")
    }
    await empty.close()
    const other = await said("summarize_savings", { accounts: ["999999999999"] })
    assert.include(other, "Nothing was looked at")
    assert.notInclude(other, "complete")
    assert.notInclude(other, "Open the whole report")
  })

  it("an amount that is not told, as none", async () => {
    const text = await said("summarize_savings", { by: "account", fields: ["value"] })
    assert.include(text, "–")
    assert.notInclude(text, "$0.00")
  })

  it("the question was cancelled", async () => {
    const shown = await view({ browser, client }, "search_findings", { limit: 1 })
    await shown.page.evaluate(() => tellCancelled())
    await shown.frame.getByText("Cancelled").waitFor()
    await shown.close()
  })
})

describe("a host that passes on less than it should", () => {
  /** The server behind a gateway that does this to its answers. */
  const behind = (answerOf: (result: any, name: string, calls: number) => any) => {
    let calls = 0
    return {
      listTools: () => client.listTools(),
      readResource: (asked: { readonly uri: string }) => client.readResource(asked),
      callTool: async (asked: { readonly name: string }) =>
        answerOf(await client.callTool(asked), asked.name, (calls += 1))
    } as unknown as Client
  }

  const inWords = ({ content, isError }: any) => ({ content, ...(isError === undefined ? {} : { isError }) })

  const first = async (answer: (result: any) => any) => {
    const shown = await view({ browser, client: behind(answer) }, "summarize_savings", {})
    const text = await textOf(shown)
    assert.deepStrictEqual(await violations(shown.frame), [])
    quiet(shown)
    await shown.close()
    return { text, result: shown.result }
  }

  it("shows the words of an answer without structure, and none of the marks in them", async () => {
    const { result, text } = await first(inWords)
    const [{ text: words }] = result.content
    assert.match(text, /^Answered in words\n/)
    assert.include(text, words.split("\n")[0])
    assert.isAbove(text.length, 400)
    const marked = await first(() => ({ content: [{ type: "text", text: "Bucket «ab12:<img src=x>:ab12» costs" }] }))
    assert.strictEqual(marked.text.replace(/\n+/, "\n"), "Answered in words\nBucket <img src=x> costs")
  })

  it("says what the host says of a failure, and that there is nothing where nothing came", async () => {
    const failed = await first(() => ({ isError: true, content: [{ type: "text", text: "Internal error" }] }))
    assert.strictEqual(failed.text.replace(/\n+/, "\n"), "Not answered\nInternal error")
    for (const nothing of [{ content: [] }, { content: [{ type: "text", text: "" }], structuredContent: {} }])
      assert.match((await first(() => nothing)).text, /^Nothing to draw\n/)
  })

  it("shows the words where the structure is not that of the tool", async () => {
    const broken = { totals: { confirmed: {} }, top: { scan: null } }
    for (const structuredContent of [broken, { other: 1 }, ["a list"], { totals: {}, findings: null, filters: null }]) {
      const { text } = await first(() => ({ content: [{ type: "text", text: "$5 a month" }], structuredContent }))
      assert.strictEqual(text.replace(/\n+/, "\n"), "Answered in words\n$5 a month", JSON.stringify(structuredContent))
    }
  })

  const words = (text: string, more: object = {}) => ({ content: [{ type: "text", text }], ...more })

  /** What stands under the first finding once it was opened, where this answers. */
  const explained = async (answer: object) => {
    const shown = await view(
      { browser, client: behind((result, name) => (name === "explain_savings" ? answer : result)) },
      "search_findings",
      { limit: 2 }
    )
    await shown.frame.locator("ol button.finding").first().click()
    const place = shown.frame.locator(".explanation").first()
    await place.locator(".prose, .warning").waitFor()
    const text = await place.innerText()
    assert.deepStrictEqual(await violations(shown.frame), [])
    quiet(shown)
    await shown.close()
    return text.trim()
  }

  it("explains a finding in the words that came, and says why it cannot in words that a person understands", async () => {
    const undrawn = "What your assistant passed on cannot be drawn here: ask it in words."
    assert.strictEqual(await explained(words("It is idle.\nDelete it.")), "It is idle.\nDelete it.")
    assert.strictEqual(await explained(words("denied by the gateway", { isError: true })), "denied by the gateway")
    assert.strictEqual(await explained({ content: [] }), "Your assistant passed on no answer.")
    assert.strictEqual(await explained(words("x", { structuredContent: { basis: 1 } })), undrawn)
    assert.strictEqual(
      await explained(words("x", { structuredContent: { error: "no such finding" } })),
      "no such finding"
    )
  })

  it("can be asked again for more, whatever became of it, also where nothing ever comes", async () => {
    const answers: ReadonlyArray<readonly [answer: object | Promise<never>, says: string]> = [
      [words("25 more"), "Your assistant passed the next findings on in words alone: ask it for them."],
      [words("The cursor is too old", { isError: true }), "The cursor is too old"],
      [
        words("x", { structuredContent: { totals: {} } }),
        "What your assistant passed on cannot be drawn here: ask it in words."
      ],
      [new Promise<never>(() => undefined), "Your assistant did not answer within 30 seconds."]
    ]
    // The first call is the model's.
    const shown = await view(
      { browser, client: behind((result, _, calls) => answers[calls - 2]?.[0] ?? result), isTimed: true },
      "search_findings",
      { limit: 2 }
    )
    const { calls, frame, page } = shown
    const button = frame.getByRole("button", { name: "Show more" })
    for (const [index, [, says]] of answers.entries()) {
      await button.click()
      for (; calls.length <= index;) await page.waitForTimeout(20)
      if (index === answers.length - 1) {
        assert.isTrue(await button.isDisabled())
        await elapse(frame, 30)
      }
      await frame.getByText(says).waitFor()
      await frame.locator("button:enabled", { hasText: "Show more" }).waitFor()
      assert.strictEqual(await frame.locator("ol > li").count(), 2)
    }
    await button.click()
    await frame.waitForFunction(() => document.querySelectorAll("ol > li").length === 4)
    assert.include(await frame.getByRole("status").innerText(), "4 of ")
    quiet(shown)
    await shown.close()
  })

  it("says that nothing came from a host that is silent, and draws what it sends late", async () => {
    const { close, frame, say } = await silentHost(browser, client, "summarize_savings")
    const text = () => frame.locator("main").innerText()
    assert.strictEqual(await text(), "Waiting for the answer…")
    await elapse(frame, 15)
    assert.match(await text(), /^Nothing to draw yet\n/)
    assert.deepStrictEqual(await violations(frame), [])
    await elapse(frame, 3600)
    await say({
      result: { protocolVersion: "2026-01-26", hostCapabilities: {}, hostInfo: { name: "h", version: "1" } }
    })
    const result: any = await client.callTool({ name: "summarize_savings", arguments: {} })
    await say({ method: "ui/notifications/tool-result", params: result })
    await frame.getByText("Confirmed waste").waitFor()
    assert.include(await text(), usd(result.structuredContent.totals.confirmed.monthlyUsd))
    await close()
  })
})

describe("the protocol", () => {
  it("is kept: who it is, pings, what is unknown, and its end", async () => {
    const shown = await view({ browser, client }, "summarize_savings", {})
    const { appInfo, page } = shown
    assert.strictEqual(appInfo.name, "nightaudit")
    assert.deepStrictEqual((await page.evaluate(() => requestRaw("ping"))).result, {})
    assert.strictEqual((await page.evaluate(() => requestRaw("ui/of-another-year"))).error.code, -32601)
    assert.deepStrictEqual(await page.evaluate(() => tearDown()), {})
    const before = await page.evaluate(() => sizes.length)
    await shown.frame.evaluate(() => document.body.append("more"))
    await page.waitForTimeout(100)
    assert.strictEqual(await page.evaluate(() => sizes.length), before)
    await shown.close()
  })

  it("ignores what does not come from its host", async () => {
    const shown = await view({ browser, client }, "search_findings", { limit: 1 })
    const before = await textOf(shown)
    await shown.frame.evaluate(() =>
      postMessage(
        { jsonrpc: "2.0", method: "ui/notifications/tool-result", params: { structuredContent: { error: "forged" } } },
        "*"
      )
    )
    await shown.page.waitForTimeout(100)
    assert.strictEqual(await textOf(shown), before)
    await shown.close()
  })
})
