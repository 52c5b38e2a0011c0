/** The page in headless Chromium, with everything that it says and asks for kept. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { type Browser, type BrowserContextOptions, chromium, type Frame, type Page } from "playwright-core"

/** Debian's, or the one that `CHROMIUM` names. In a container there is no sandbox to be had. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] })

export interface Opened {
  readonly page: Page
  /** Messages of the console, errors, and what the policy refused. */
  readonly complaints: ReadonlyArray<string>
  readonly requests: ReadonlyArray<string>
  readonly dialogs: () => number
  readonly close: () => Promise<void>
}

/** Keeps what a page says and asks for from now on, but for messages of the kinds that are left out. */
export const watch = async (
  page: Page,
  leftOut: ReadonlyArray<string> = []
): Promise<Omit<Opened, "page" | "close">> => {
  page.setDefaultTimeout(30_000)
  const complaints: Array<string> = []
  const requests: Array<string> = []
  let dialogs = 0
  page.on("console", (message) => {
    if (!leftOut.includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`))
  page.on("request", (request) => requests.push(request.url()))
  page.on("dialog", (dialog) => {
    dialogs += 1
    void dialog.dismiss()
  })
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
      console.error(`refused: ${effectiveDirective}`)
    )
  })
  return { complaints, requests, dialogs: () => dialogs }
}

const wide = { viewport: { width: 1360, height: 900 }, colorScheme: "light" } as const

/** Opens a page and waits until its table is there. */
export const open = async (browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> => {
  const context = await browser.newContext({ ...wide, ...options })
  const page = await context.newPage()
  const watched = await watch(page)
  await page.goto(url)
  await page.waitForFunction(() => performance.getEntriesByName("table-ready").length > 0)
  return { page, ...watched, close: () => context.close() }
}

/** When the page was at a point of its loading, in milliseconds. */
export const reached = (page: Page, mark: string): Promise<number> =>
  page.evaluate((name) => Math.round(performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN), mark)

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe-core finds wrong, by WCAG 2.2 A and AA and by good practice. It comes in by the debugger, because the page lets no script in. */
export const violations = async (page: Page | Frame): Promise<ReadonlyArray<string>> => {
  await page.evaluate(`${axe};0`)
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: (options: object) => Promise<{ violations: Array<any> }> } }).axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    })
  )
  return found.violations.map(
    ({ id, impact, nodes }) =>
      `${impact} ${id}: ${nodes
        .map((node: any) => node.target)
        .slice(0, 3)
        .join(" ")}`
  )
}

export interface Frames {
  readonly median: number
  readonly p95: number
  readonly worst: number
}

/** How long frames take while the table is scrolled: row by row, or jumping all over it. */
export const scrolling = (page: Page, how: "steadily" | "jumping"): Promise<Frames> =>
  page.evaluate(async (how) => {
    const grid = document.querySelector(".grid") as HTMLElement
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
    const times: Array<number> = []
    const end = grid.scrollHeight - grid.clientHeight
    let last = await frame()
    for (let step = 0; step < 120; step += 1) {
      grid.scrollTop = how === "steadily" ? grid.scrollTop + 180 : (end * ((step * 37) % 120)) / 120
      const now = await frame()
      times.push(now - last)
      last = now
    }
    times.sort((a, b) => a - b)
    const at = (share: number) =>
      Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10) / 10
    return { median: at(0.5), p95: at(0.95), worst: at(1) }
  }, how)
