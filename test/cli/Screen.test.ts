import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { showProgress } from "../../cli/output/progress.ts"
import { makeScreen } from "../../cli/Screen.ts"
import type { ProgressEvent } from "../../workflows/Progress.ts"
import { output } from "./fixtures.ts"

const scope = { account: "111111111111", region: "eu-west-1" }

const events: ReadonlyArray<ProgressEvent> = [
  { _tag: "Planned", runId: "run-1", accounts: 2, scans: 3, resumed: false },
  {
    _tag: "AccountUnavailable",
    account: "222222222222",
    reason: { code: "account_not_entered", message: "denied\u001b[2J" }
  },
  { _tag: "Discovered", account: "111111111111", regions: 2 },
  { _tag: "ScopeStarted", scope, scans: 3 },
  { _tag: "ScanFinished", scope, scan: "find_unused_volumes", status: "complete", reason: null, flagged: 4 },
  { _tag: "ScopeFinished", scope, findings: 4, gaps: 1 },
  { _tag: "Settled", account: "111111111111" },
  { _tag: "WaitsToTell", runId: "run-0" },
  { _tag: "Notified", runId: "run-1" }
]

const terminal = { isTTY: true, columns: 60 }

/** Shows the events and answers what is on stderr. */
const shown = (
  options: { readonly isTTY?: boolean; readonly columns?: number },
  environment: Record<string, string> = {}
) => {
  const stderr = output(options)
  let millis = 0
  const progress = showProgress(makeScreen(output().stream, stderr.stream, environment), () => (millis += 1000))
  for (const event of events) progress.onEvent(event)
  return { before: stderr.text(), end: progress.end, text: stderr.text }
}

const lines = [
  "Run run-1: 3 scans in 2 accounts",
  "222222222222: not scanned, denied[2J",
  "111111111111: 2 regions",
  "111111111111/eu-west-1: 4 findings, 1 scan incomplete",
  "Waiting for run run-0, which is telling people; nothing of this run is lost",
  ""
].join("\n")

describe("progress", () => {
  it("is plain lines without a terminal, on a dumb one, and with NO_COLOR", () => {
    assert.strictEqual(shown({}).text(), lines)
    assert.strictEqual(shown(terminal, { NO_COLOR: "1" }).text(), lines)
    assert.strictEqual(shown(terminal, { TERM: "dumb" }).text(), lines)
  })

  it("is a block on a terminal that replaces itself and leaves nothing behind", () => {
    const { before, end, text } = shown(terminal)
    assert.include(
      before,
      "Running 3 scans in 2 accounts: 0 of 2 regions, 0 findings\n  111111111111  0 of 2 regions, now eu-west-1\n"
    )
    assert.include(before, "Running 3 scans in 2 accounts: 1 of 2 regions, 4 findings\n")
    end()
    // Every line that was shown was gone up over and erased again.
    const all = text()
    const up = all.split("\u001b[").reduce((sum, part) => sum + Number(/^(\d+)A$/.exec(part)?.[1] ?? 0), 0)
    assert.strictEqual(up, all.split("\n").length - 1)
    assert.isTrue(all.endsWith("\u001b[0J"))
    for (const line of stripVTControlCharacters(all).split("\n")) assert.isBelow(line.length, 60)
  })

  it("draws at most a dozen times a second", () => {
    const stderr = output(terminal)
    const progress = showProgress(makeScreen(output().stream, stderr.stream, {}), () => 5)
    for (let repeat = 0; repeat < 100; repeat++) for (const event of events.slice(3)) progress.onEvent(event)
    assert.strictEqual(stderr.text().match(/findings/g)?.length, 1)
  })
})

describe("screen", () => {
  it("paints on terminals only, and not with NO_COLOR", () => {
    const paint = (options: object, environment: Record<string, string> = {}) =>
      makeScreen(output(options).stream, output().stream, environment).paint("red", "x")
    assert.strictEqual(paint(terminal), "\u001b[31mx\u001b[39m")
    assert.strictEqual(paint(terminal, { NO_COLOR: "" }), "\u001b[31mx\u001b[39m")
    assert.strictEqual(paint(terminal, { NO_COLOR: "1" }), "x")
    assert.strictEqual(paint(terminal, { TERM: "dumb" }), "x")
    assert.strictEqual(paint({}), "x")
  })

  it("is as wide as its terminal, or 80 columns", () => {
    const columns = (options: object, environment: Record<string, string> = {}) =>
      makeScreen(output(options).stream, output().stream, environment).columns
    assert.deepStrictEqual(
      [columns(terminal), columns({}), columns({}, { COLUMNS: "132" }), columns({}, { COLUMNS: "wide" })],
      [60, 80, 132, 80]
    )
  })

  it.effect("writes notes above the progress", () =>
    Effect.gen(function* () {
      const stderr = output(terminal)
      const screen = makeScreen(output().stream, stderr.stream, {})
      screen.progress?.show(["working", "on it"])
      yield* screen.note("look\nhere")
      screen.progress?.show(["still"])
      assert.strictEqual(stderr.text(), "working\non it\n\u001b[2A\u001b[0Jlook here\nstill\n")
    })
  )
})
