import { assert, describe, it } from "@effect/vitest"
import type { Transition } from "../../../core/finding/lifecycle.ts"
import { resolve, see } from "../../../core/finding/lifecycle.ts"
import { type Moment, reopen, type Snooze, snooze, suppress } from "../../../core/finding/setAside.ts"
import { finding, night, seen, withoutSaving } from "./findings.ts"

const moment: Moment = { runId: "run-3", now: new Date("2026-11-23T09:30:00.000Z") }
const at = moment.now.toISOString()
const snoozed: Snooze = {
  reason: "in use until Christmas",
  author: "ann",
  until: "2026-12-24T00:00:00.000Z",
  untilMonthlyUsd: 120
}
const counting = finding({ savings: { counted: true } })

const done = (transition: Transition | undefined): Transition => {
  if (transition === undefined) throw new Error("nothing changed")
  return transition
}

describe("snooze", () => {
  it("sets a finding aside, says who, why and until when, and takes it out of the sums", () => {
    const { events, finding: after } = done(snooze(counting, snoozed, moment))
    assert.deepStrictEqual(after, {
      ...counting,
      status: "snoozed",
      setAside: { ...snoozed, at },
      savings: { ...counting.savings, counted: false },
      lastChanged: at,
      runId: "run-3"
    })
    assert.deepStrictEqual(events, [
      {
        findingId: counting.id,
        runId: "run-3",
        type: "snoozed",
        at,
        account: counting.account,
        scan: counting.scan,
        kind: "money",
        monthlyUsd: 100,
        previousMonthlyUsd: 100,
        detail: "ann, until 2026-12-24 or above $120.00 a month: in use until Christmas",
        was: { status: "open", counted: true }
      }
    ])
  })

  it("needs a limit that is still to come", () => {
    const of = (limits: Partial<Snooze>) => snooze(counting, { ...snoozed, ...limits }, moment)
    assert.isUndefined(of({ until: null, untilMonthlyUsd: null }))
    assert.isUndefined(of({ until: at }))
    assert.isUndefined(of({ until: null, untilMonthlyUsd: 99.99 }))
    assert.isUndefined(of({ untilMonthlyUsd: 99.99 }), "it would be back the next night")
    assert.strictEqual(
      of({ until: null, untilMonthlyUsd: 100 })?.events[0]?.detail,
      "ann, above $100.00 a month: in use until Christmas"
    )
  })

  it("changes nothing twice, and is no new saving where it changes", () => {
    const once = done(snooze(counting, snoozed, moment)).finding
    assert.isUndefined(snooze(once, snoozed, { ...moment, now: new Date("2026-11-24") }))
    const longer = done(snooze(once, { ...snoozed, until: "2027-01-01T00:00:00.000Z" }, moment))
    assert.strictEqual(longer.finding.setAside?.until, "2027-01-01T00:00:00.000Z")
    assert.strictEqual(longer.events[0]?.previousMonthlyUsd, 0, "it had left the sums before")
    const good = done(suppress(once, snoozed, moment))
    assert.strictEqual(good.finding.status, "suppressed")
  })

  it("comes back by itself when its time is over, or when it has grown", () => {
    const aside = done(snooze(counting, snoozed, moment)).finding
    assert.isUndefined(see(seen(), aside, night(4)), "not before")
    const back = done(see(seen(), aside, night(34)))
    assert.deepStrictEqual(
      [back.finding.status, back.finding.setAside, back.events[0]?.type],
      ["open", null, "reopened"]
    )
    const grown = done(see(seen({ savings: { ...counting.savings, monthlyUsd: 121 } }), aside, night(4)))
    assert.strictEqual(grown.finding.status, "open")
  })
})

describe("suppress", () => {
  it("sets a finding aside for good, or until a date", () => {
    const because = { reason: "ours", author: "bob" }
    const { events, finding: after } = done(suppress(counting, { ...because, until: null }, moment))
    assert.strictEqual(after.status, "suppressed")
    assert.deepStrictEqual(after.setAside, { ...because, at, until: null, untilMonthlyUsd: null })
    assert.deepStrictEqual([events[0]?.type, events[0]?.detail], ["suppressed", "bob: ours"])
    assert.isUndefined(see(seen(), after, night(400)), "for good")
    const until = done(suppress(counting, { ...because, until: "2026-12-01T00:00:00.000Z" }, moment))
    assert.strictEqual(until.events[0]?.detail, "bob, until 2026-12-01: ours")
    const later = done(suppress(counting, { ...because, until: "2026-12-01T19:30:00.000Z" }, moment))
    assert.strictEqual(later.events[0]?.detail, "bob, until 2026-12-01 19:30 UTC: ours")
  })

  it("is for what costs nothing as well", () => {
    const { events, finding: after } = done(suppress(withoutSaving("hygiene"), { ...snoozed, until: null }, moment))
    assert.isNull(after.savings)
    assert.strictEqual(events[0]?.monthlyUsd, 0)
  })

  it("keeps one bounded line of what a person writes, without what steers a terminal", () => {
    const { events, finding: after } = done(
      suppress(
        counting,
        { reason: ` a\u001b[31m\n\tb\u202e ${"x".repeat(600)}`, author: "é".repeat(200), until: null },
        moment
      )
    )
    assert.strictEqual(after.setAside?.reason.length, 500)
    assert.match(after.setAside?.reason ?? "", /^a\[31m b x+…$/)
    assert.strictEqual(after.setAside?.author.length, 128)
    assert.strictEqual(events[0]?.detail, `${after.setAside?.author}: ${after.setAside?.reason}`)
  })
})

describe("reopen", () => {
  it("takes up again what was set aside", () => {
    const aside = done(suppress(counting, { ...snoozed, until: null }, moment)).finding
    const { events, finding: after } = done(reopen(aside, { reason: "not ours", author: "eve" }, moment))
    assert.deepStrictEqual(after, {
      ...counting,
      savings: { ...counting.savings, counted: false },
      lastChanged: at,
      runId: "run-3"
    })
    assert.deepStrictEqual([events[0]?.type, events[0]?.detail], ["reopened", "eve: not ours"])
  })

  it("does nothing to what is open or has ended, and neither can be set aside once it has", () => {
    const ended = done(resolve(counting, "resource_deleted", night(2))).finding
    assert.isUndefined(reopen(counting, snoozed, moment))
    assert.isUndefined(reopen(ended, snoozed, moment))
    assert.isUndefined(snooze(ended, snoozed, moment))
    assert.isUndefined(suppress(ended, snoozed, moment))
  })
})
