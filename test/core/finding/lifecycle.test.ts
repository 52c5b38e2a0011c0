import { assert, describe, it } from "@effect/vitest"
import type { Finding } from "../../../core/finding/Finding.ts"
import {
  expire,
  miss,
  resolve,
  see,
  type Seen,
  type Transition,
  wouldConfirm
} from "../../../core/finding/lifecycle.ts"
import { night, savings, seen } from "./findings.ts"

const types = (transition: Transition | undefined) => transition?.events.map(({ type }) => type)

const details = (transition: Transition | undefined) => transition?.events.map(({ detail }) => detail)

/** The finding after a first night. */
const opened = (overrides: Partial<Seen> = {}, sequence = 1): Finding =>
  (see(seen(overrides), undefined, night(0, sequence)) as Transition).finding

/** What the second night makes of it. */
const next = (overrides: Partial<Seen>, before: Partial<Seen> = {}) => see(seen(overrides), opened(before), night(1))

describe("a finding that is new", () => {
  it("is opened with the night's dates, and counts nothing yet", () => {
    const transition = see(seen({ savings: savings({ counted: true }) }), undefined, night(0))
    assert.deepStrictEqual(transition?.events, [
      {
        findingId: "f-1",
        runId: "run-0",
        type: "opened",
        at: "2026-11-20T02:00:00.000Z",
        account: "111111111111",
        scan: "find_unused_volumes",
        kind: "money",
        monthlyUsd: 100,
        previousMonthlyUsd: 0,
        detail: "unattached"
      }
    ])
    assert.deepInclude(transition?.finding, {
      status: "open",
      confirmed: true,
      severity: "medium",
      firstSeen: "2026-11-20T02:00:00.000Z",
      openSince: "2026-11-20T02:00:00.000Z",
      lastSeen: "2026-11-20T02:00:00.000Z",
      lastChanged: "2026-11-20T02:00:00.000Z",
      setAside: null,
      observed: { since: "2026-11-20T02:00:00.000Z", sequence: 1 },
      reopened: 0,
      resolved: null,
      runId: "run-0"
    })
    assert.isFalse(transition?.finding.savings?.counted)
    assert.notProperty(transition?.finding, "observe")
  })

  it("is low at most while it is unconfirmed or rests on weak evidence", () => {
    assert.strictEqual(opened({ severity: "critical", observe: { days: 7 } }).severity, "low")
    assert.strictEqual(opened({ severity: "critical", confidence: "low" }).severity, "low")
    assert.strictEqual(opened({ severity: "critical", confidence: "medium" }).severity, "critical")
    assert.strictEqual(opened({ severity: "info", observe: { days: 7 } }).severity, "info")
  })
})

describe("a finding that is seen again", () => {
  it("is not written when nothing changed", () => {
    assert.isUndefined(next({}))
    assert.isUndefined(see(seen(), opened(), night(300)))
  })

  it("is not written for tags in another order", () => {
    const resource = { ...seen().resource, tags: { env: "test", team: "shop" } }
    assert.isUndefined(next({ resource }))
  })

  it("is not written for a figure that drifts by up to a hundredth", () => {
    assert.isUndefined(next({ savings: savings({ monthlyUsd: 101 }) }))
    assert.isUndefined(next({ savings: savings({ monthlyUsd: 99 }) }))
    assert.isUndefined(next({ evidence: { ...seen().evidence, sizeGb: 1009 } }))
    assert.isUndefined(next({ savings: savings({ monthlyUsd: 0 }) }, { savings: savings({ monthlyUsd: 0 }) }))
  })

  it("is changed by more than a hundredth, with before and after", () => {
    const transition = next({ savings: savings({ monthlyUsd: 101.1 }) })
    assert.deepStrictEqual(types(transition), ["changed"])
    assert.deepStrictEqual(details(transition), ["saving $100.00 → $101.10 a month"])
    assert.strictEqual(transition?.events[0]?.monthlyUsd, 101.1)
    assert.strictEqual(transition?.events[0]?.runId, "run-1")
    assert.deepStrictEqual(types(next({ savings: savings({ monthlyUsd: 98.9 }) })), ["changed"])
    assert.deepStrictEqual(
      types(next({ savings: savings({ monthlyUsd: 0.01 }) }, { savings: savings({ monthlyUsd: 0 }) })),
      ["changed"]
    )
    assert.deepStrictEqual(details(next({ evidence: { ...seen().evidence, sizeGb: 1011 } })), ["evidence"])
  })

  it("does not let drift add up unseen: it is compared with what was written", () => {
    const first = opened()
    assert.isUndefined(see(seen({ savings: savings({ monthlyUsd: 100.9 }) }), first, night(1)))
    assert.deepStrictEqual(types(see(seen({ savings: savings({ monthlyUsd: 101.8 }) }), first, night(2))), ["changed"])
  })

  it("says everything that changed in one event", () => {
    const transition = next({
      reasons: ["stopped_instance", "old_snapshot"],
      severity: "high",
      confidence: "medium",
      savings: savings({ monthlyUsd: 250 }),
      resource: { ...seen().resource, name: "data-2" },
      evidence: { ...seen().evidence, volumeType: "gp2" }
    })
    assert.deepStrictEqual(details(transition), [
      "reason unattached → stopped_instance, old_snapshot; severity medium → high; confidence high → medium; saving $100.00 → $250.00 a month; name or tags; evidence"
    ])
  })

  it("is changed by a tag, a fact that appears, disappears or becomes known, and a list", () => {
    const changed = (evidence: Seen["evidence"]) => details(next({ evidence }))
    const { lastInstances: _, ...without } = seen().evidence
    assert.deepStrictEqual(details(next({ resource: { ...seen().resource, tags: { team: "shop" } } })), [
      "name or tags"
    ])
    assert.deepStrictEqual(changed(without), ["evidence"])
    assert.deepStrictEqual(changed({ ...seen().evidence, more: 1 }), ["evidence"])
    assert.isUndefined(next({ evidence: { ...seen().evidence, asOf: "2026-11-27" } }))
    assert.deepStrictEqual(changed({ ...seen().evidence, newestSnapshot: "snap-1" }), ["evidence"])
    assert.deepStrictEqual(changed({ ...seen().evidence, lastInstances: ["i-2"] }), ["evidence"])
    assert.deepStrictEqual(changed({ ...without, other: ["i-1"] }), ["evidence"])
  })

  it("is changed by the basis, the source and the claim of its saving, and by what it covers", () => {
    for (const change of [{ basis: "estimate" }, { source: "cost-explorer" }, { claim: "stop" }] as const) {
      assert.deepStrictEqual(types(next({ savings: savings(change) })), ["changed"])
    }
    const covers = (...arns: ReadonlyArray<string>) => ({ savings: savings({ covers: arns }) })
    assert.deepStrictEqual(details(next(covers("a", "b"), covers("a"))), ["covered resources"])
    assert.isUndefined(next(covers("b", "a"), covers("a", "b")))
  })

  it("keeps when it was first seen and whether it counts", () => {
    const before = { ...opened(), savings: savings({ counted: true }) }
    const finding = see(seen({ savings: savings({ monthlyUsd: 200 }) }), before, night(3))?.finding
    assert.deepInclude(finding, {
      firstSeen: "2026-11-20T02:00:00.000Z",
      openSince: "2026-11-20T02:00:00.000Z",
      lastSeen: "2026-11-23T02:00:00.000Z",
      lastChanged: "2026-11-23T02:00:00.000Z",
      observed: { since: "2026-11-20T02:00:00.000Z", sequence: 1 },
      runId: "run-3"
    })
    assert.isTrue(finding?.savings?.counted)
  })
})

describe("a finding that has to be observed", () => {
  /** On which of the nights it is confirmed first; the night's outcome is complete unless it is named as partial. */
  const confirmedOn = (observe: Seen["observe"], nights: number, partial: ReadonlyArray<number> = []) => {
    let known: Finding | undefined
    let sequence = 0
    const confirmed: Array<number> = []
    for (let day = 0; day < nights; day += 1) {
      if (!partial.includes(day)) sequence += 1
      const transition = see(seen({ observe }), known, night(day, sequence))
      if (transition?.finding.confirmed === true && known?.confirmed !== true) confirmed.push(day)
      known = transition?.finding ?? known
    }
    return confirmed
  }

  it("is confirmed once it was seen for so many days", () => {
    assert.deepStrictEqual(confirmedOn({ days: 7 }, 12), [7])
    assert.deepStrictEqual(confirmedOn({ days: 1 }, 3), [1])
    assert.deepStrictEqual(confirmedOn(undefined, 1), [0])
  })

  it("is confirmed by days also where no outcome is ever complete", () => {
    assert.deepStrictEqual(
      confirmedOn(
        { days: 7 },
        12,
        Array.from({ length: 12 }, (_, day) => day)
      ),
      [7]
    )
  })

  it("is confirmed once it was seen on so many nights, of which partial ones after the first do not count", () => {
    assert.deepStrictEqual(confirmedOn({ nights: 1 }, 3), [0])
    assert.deepStrictEqual(confirmedOn({ nights: 3 }, 6), [2])
    assert.deepStrictEqual(confirmedOn({ nights: 3 }, 6, [1, 2]), [4])
    assert.deepStrictEqual(confirmedOn({ nights: 2 }, 6, [0]), [1])
    assert.deepStrictEqual(confirmedOn({ nights: 2 }, 6, [0, 1, 2]), [3])
  })

  it("counts nights from where its scan is, however often that has run", () => {
    const first = opened({ observe: { nights: 2 } }, 40)
    assert.isFalse(first.confirmed)
    assert.isTrue(see(seen({ observe: { nights: 2 } }), first, night(1, 41))?.finding.confirmed)
    const partial = opened({ observe: { nights: 2 } }, 40)
    assert.isUndefined(see(seen({ observe: { nights: 2 } }), partial, night(1, 40)))
  })

  it("needs days and nights where both are asked for", () => {
    assert.deepStrictEqual(confirmedOn({ days: 2, nights: 5 }, 8), [4])
    assert.deepStrictEqual(confirmedOn({ days: 6, nights: 2 }, 8), [6])
  })

  it("believes AWS about since when it is like this, from the first night, also a partial one", () => {
    const since = (days: number) => ({ days: 30, since: night(-days).now })
    assert.isTrue(opened({ observe: since(30) }).confirmed)
    assert.isFalse(opened({ observe: since(29) }).confirmed)
    assert.isTrue(opened({ observe: since(31) }, 0).confirmed)
    const later = see(seen({ observe: since(29) }), opened({ observe: since(29) }), night(1))
    assert.deepStrictEqual(types(later), ["confirmed"])
    assert.deepStrictEqual(details(later), ["like this since 2026-10-22T02:00:00.000Z"])
  })

  it("says confirmed, not changed, when only its severity rises with it", () => {
    const observe = { days: 1 }
    const transition = see(seen({ observe }), opened({ observe }), night(1))
    assert.deepStrictEqual(types(transition), ["confirmed"])
    assert.deepStrictEqual(details(transition), ["like this since 2026-11-20T02:00:00.000Z"])
    assert.strictEqual(transition?.finding.severity, "medium")
    const grown = see(seen({ observe, savings: savings({ monthlyUsd: 150 }) }), opened({ observe }), night(1))
    assert.deepStrictEqual(types(grown), ["confirmed", "changed"])
  })

  it("is unconfirmed again when AWS dates it anew", () => {
    const old = opened({ observe: { days: 30, since: night(-40).now } })
    const restarted = see(seen({ observe: { days: 30, since: night(0).now } }), old, night(1))
    assert.isFalse(restarted?.finding.confirmed)
    assert.deepStrictEqual(details(restarted), ["severity medium → low; no longer confirmed"])
  })
})

describe("a row of nights", () => {
  const observe = { days: 7 }

  it("begins anew after a night on which the resource could not be judged", () => {
    const first = opened({ observe })
    const missed = miss(first, night(3)) as Transition
    assert.deepStrictEqual(missed.events, [])
    assert.isNull(missed.finding.observed)
    assert.strictEqual(missed.finding.status, "open", "what is unknown closes nothing")
    const again = see(seen({ observe }), missed.finding, night(4))
    assert.deepStrictEqual(again?.events, [])
    assert.deepStrictEqual(again?.finding.observed, { since: night(4).now.toISOString(), sequence: 5 })
    assert.isUndefined(see(seen({ observe }), again?.finding, night(10)))
    assert.deepStrictEqual(types(see(seen({ observe }), again?.finding, night(11))), ["confirmed"])
  })

  it("may have nights in it on which nobody looked: that is said, and is less sure", () => {
    const first = opened({ observe })
    // The scan judged nothing on the fifth and sixth night, and its row begins again on the seventh.
    const since = { day: 6, sequence: 5 }
    assert.isUndefined(see(seen({ observe }), first, night(6, 5, since)))
    const seventh = see(seen({ observe }), first, night(7, 6, since))
    assert.deepStrictEqual(types(seventh), ["confirmed"])
    assert.deepStrictEqual(details(seventh), [
      "like this since 2026-11-20T02:00:00.000Z, as seen on 6 nights with others in between"
    ])
    assert.deepInclude(seventh?.finding, { confirmed: true, confidence: "medium", observed: first.observed })
    const whole = see(seen({ observe }), first, night(7, 8))
    assert.deepInclude(whole?.finding, { confirmed: true, confidence: "high" })
    const dated = see(seen({ observe: { days: 7, since: night(0).now } }), first, night(7, 6, since))
    assert.strictEqual(dated?.finding.confidence, "high", "what AWS dates needs no watching")
    const low = see(seen({ observe, confidence: "low" }), { ...first, confidence: "low" }, night(7, 6, since))
    assert.strictEqual(low?.finding.confidence, "low")
  })

  it("that is long enough after the last hole is as sure as one without", () => {
    const since = { day: 6, sequence: 6 }
    const guess = see(seen({ observe }), opened({ observe }), night(7, 7, since))?.finding
    assert.isUndefined(see(seen({ observe }), guess, night(12, 12, since)))
    const thirteenth = see(seen({ observe }), guess, night(13, 13, since))
    assert.deepStrictEqual(details(thirteenth), ["confidence medium → high"])
    const late = see(seen({ observe }), opened({ observe }), night(13, 13, since))
    assert.deepStrictEqual(details(late), ["like this since 2026-11-20T02:00:00.000Z"])
    assert.strictEqual(late?.finding.confidence, "high")
  })

  it("counts nights from where it begins", () => {
    const first = opened({ observe: { nights: 3 } })
    assert.isTrue(see(seen({ observe: { nights: 3 } }), first, night(2, 3))?.finding.confirmed)
    assert.isNotTrue(
      see(seen({ observe: { nights: 3 } }), first, night(2, 3, { day: 1, sequence: 2 }))?.finding.confirmed
    )
  })

  it("does not matter to what is confirmed, resolved, or already interrupted", () => {
    assert.isUndefined(miss(opened(), night(1)))
    assert.isUndefined(
      miss((resolve(opened({ observe }), "resource_deleted", night(1)) as Transition).finding, night(2))
    )
    assert.isUndefined(miss((miss(opened({ observe }), night(1)) as Transition).finding, night(2)))
  })

  it("tells beforehand whether a sighting would confirm", () => {
    const first = opened({ observe })
    assert.isFalse(wouldConfirm(seen({ observe }), first, night(6)))
    assert.isTrue(wouldConfirm(seen({ observe }), first, night(7)))
    assert.isFalse(wouldConfirm(seen({ observe, unproven: true }), first, night(7)))
    assert.isTrue(wouldConfirm(seen(), undefined, night(0)))
    assert.isFalse(wouldConfirm(seen(), opened(), night(1)), "it is confirmed already")
    assert.isTrue(
      wouldConfirm(seen(), (resolve(opened(), "resource_deleted", night(1)) as Transition).finding, night(2))
    )
  })
})

describe("a finding that is no money", () => {
  it("has no saving in its events, and is changed by becoming money", () => {
    const hygiene = opened({ kind: "hygiene", savings: null, severity: "high" })
    assert.deepInclude(hygiene, { kind: "hygiene", savings: null, severity: "high" })
    const transition = see(seen({ severity: "high" }), hygiene, night(1))
    assert.deepStrictEqual(details(transition), ["kind hygiene → money; saving none → $100.00 a month"])
    assert.deepInclude(transition?.events[0], { kind: "money", previousMonthlyUsd: 0, monthlyUsd: 100 })
    assert.deepInclude(see(seen({ kind: "notice", savings: null }), undefined, night(0))?.events[0], {
      kind: "notice",
      monthlyUsd: 0
    })
    assert.isUndefined(see(seen({ kind: "hygiene", savings: null, severity: "high" }), hygiene, night(1)))
  })
})

describe("a finding that a person set aside", () => {
  const aside = (status: "snoozed" | "suppressed", until: string | null, untilMonthlyUsd: number | null): Finding => ({
    ...opened(),
    status,
    setAside: { reason: "in use", author: "ann", at: "2026-11-20T09:00:00.000Z", until, untilMonthlyUsd }
  })

  it("stays so, also when it changes", () => {
    const snoozed = aside("snoozed", "2026-12-01T00:00:00.000Z", 500)
    assert.isUndefined(see(seen(), snoozed, night(1)))
    const changed = see(seen({ savings: savings({ monthlyUsd: 400 }) }), snoozed, night(1))
    assert.deepStrictEqual(types(changed), ["changed"])
    assert.deepInclude(changed?.finding, { status: "snoozed", setAside: snoozed.setAside })
    assert.isUndefined(see(seen(), aside("suppressed", null, null), night(300)))
  })

  it("comes back when its time is over", () => {
    const back = see(seen(), aside("snoozed", "2026-11-22T02:00:00.000Z", null), night(2))
    assert.deepStrictEqual(types(back), ["reopened"])
    assert.deepStrictEqual(details(back), ["snoozed until now"])
    assert.deepInclude(back?.finding, {
      status: "open",
      setAside: null,
      reopened: 0,
      openSince: night(0).now.toISOString()
    })
    assert.deepStrictEqual(types(see(seen(), aside("suppressed", "2026-11-21T00:00:00.000Z", null), night(1))), [
      "reopened"
    ])
  })

  it("comes back when its saving has grown past what was accepted", () => {
    const snoozed = aside("snoozed", null, 150)
    assert.isUndefined(see(seen(), snoozed, night(1)))
    assert.deepStrictEqual(types(see(seen({ savings: savings({ monthlyUsd: 150 }) }), snoozed, night(1))), ["changed"])
    assert.deepStrictEqual(types(see(seen({ savings: savings({ monthlyUsd: 151 }) }), snoozed, night(1))), ["reopened"])
  })

  it("is taken up again when its time is over although nobody has seen it", () => {
    const snoozed = aside("snoozed", "2026-11-22T00:00:00.000Z", null)
    assert.isUndefined(expire(snoozed, night(1)))
    const back = expire({ ...snoozed, savings: savings({ counted: true }) }, night(2))
    assert.deepStrictEqual(
      [types(back), details(back), back?.finding.status, back?.finding.setAside, back?.finding.savings?.counted],
      [["reopened"], ["snoozed until now"], "open", null, false]
    )
    assert.isUndefined(expire(aside("suppressed", null, null), night(300)))
    assert.isUndefined(expire(opened(), night(2)))
  })

  it("is resolved like any other", () => {
    const ended = resolve(aside("suppressed", null, null), "resource_deleted", night(1))?.finding
    assert.deepStrictEqual([ended?.status, ended?.setAside, ended?.resolved?.aside], ["resolved", null, undefined])
  })

  it("is set aside in the same way when it is back, unless its time is over or it has grown", () => {
    for (const status of ["snoozed", "suppressed"] as const) {
      const before = aside(status, "2026-12-01T00:00:00.000Z", 150)
      const ended = resolve(before, "no_longer_matches", night(1))?.finding as Finding
      const back = see(seen(), ended, night(3))
      assert.deepInclude(back?.finding, { status, setAside: before.setAside, resolved: null, reopened: 1 })
      assert.deepStrictEqual(
        [types(back), details(back)],
        [[status], ["as before it was resolved on 2026-11-21T02:00:00.000Z"]]
      )
      for (const open of [
        see(seen(), ended, night(12)),
        see(seen({ savings: savings({ monthlyUsd: 151 }) }), ended, night(3))
      ]) {
        assert.deepInclude(open?.finding, { status: "open", setAside: null })
        assert.deepStrictEqual(types(open), ["reopened"])
      }
    }
  })

  it("is not what is made anew under the name of what is gone", () => {
    const gone = resolve(aside("suppressed", null, null), "resource_deleted", night(1))?.finding
    const made = see(seen(), gone, night(3))
    assert.deepInclude(made?.finding, { status: "open", setAside: null })
    assert.deepStrictEqual(types(made), ["reopened"])
  })
})

describe("a finding that ends", () => {
  it("is resolved with its reason and counts no longer", () => {
    const before = { ...opened(), savings: savings({ counted: true }) }
    const transition = resolve(before, "resource_deleted", night(4))
    assert.deepStrictEqual(types(transition), ["resolved"])
    assert.deepStrictEqual(details(transition), ["resource_deleted"])
    assert.strictEqual(transition?.events[0]?.monthlyUsd, 100)
    assert.deepInclude(transition?.finding, {
      status: "resolved",
      resolved: { at: "2026-11-24T02:00:00.000Z", reason: "resource_deleted", counted: true },
      firstSeen: "2026-11-20T02:00:00.000Z",
      lastSeen: "2026-11-20T02:00:00.000Z",
      lastChanged: "2026-11-24T02:00:00.000Z",
      runId: "run-4"
    })
    assert.isFalse(transition?.finding.savings?.counted)
  })

  it("is resolved once", () => {
    const { finding } = resolve(opened(), "no_longer_matches", night(1)) as Transition
    assert.isUndefined(resolve(finding, "resource_deleted", night(2)))
  })
})

describe("a finding that comes back", () => {
  const gone = (resolve(opened(), "no_longer_matches", night(3)) as Transition).finding

  it("is reopened: a new life, with its first night remembered", () => {
    const transition = see(seen(), gone, night(10))
    assert.deepStrictEqual(types(transition), ["reopened"])
    assert.deepStrictEqual(details(transition), ["resolved on 2026-11-23T02:00:00.000Z"])
    assert.deepInclude(transition?.finding, {
      status: "open",
      resolved: null,
      reopened: 1,
      firstSeen: "2026-11-20T02:00:00.000Z",
      openSince: "2026-11-30T02:00:00.000Z",
      observed: { since: "2026-11-30T02:00:00.000Z", sequence: 11 }
    })
    const again = resolve(transition?.finding as Finding, "resource_deleted", night(11))?.finding as Finding
    assert.strictEqual(see(seen(), again, night(12))?.finding.reopened, 2)
  })

  it("is observed anew, and does not count until it is settled again", () => {
    const counted = { ...gone, savings: savings({ counted: true }) }
    const finding = see(seen({ observe: { days: 7 } }), counted, night(10))?.finding
    assert.isFalse(finding?.confirmed)
    assert.isFalse(finding?.savings?.counted)
    assert.isUndefined(see(seen({ observe: { days: 7 } }), finding, night(16)))
    assert.deepStrictEqual(types(see(seen({ observe: { days: 7 } }), finding, night(17))), ["confirmed"])
  })

  it("confirms nothing new without the evidence that could clear the resource, and takes nothing back", () => {
    const first = see(seen({ unproven: true }), undefined, night(0))
    assert.strictEqual(first?.finding.confirmed, false)
    assert.strictEqual(first?.finding.severity, "low")
    const confirmed = see(seen(), undefined, night(0))?.finding
    assert.strictEqual(confirmed?.confirmed, true)
    assert.isUndefined(see(seen({ unproven: true }), confirmed, night(1)))
  })
})

describe("a night on which AWS does not tell all that a finding rests on", () => {
  const whole = {
    reasons: ["fast_restore_enabled", "volume_deleted"],
    severity: "critical",
    savings: savings({ monthlyUsd: 1314.58 }),
    evidence: { sizeGb: 200, zones: 2 }
  } as const
  const part = {
    reasons: ["volume_deleted"],
    severity: "low",
    savings: savings({ monthlyUsd: 10.8 }),
    evidence: { sizeGb: 200, zones: null },
    untold: true
  } as const

  it("leaves it as it was, and the next one that knows more does not", () => {
    assert.isUndefined(next(part, whole))
    // A name is told all the same.
    const named = next({ ...part, resource: { ...seen().resource, name: "seed" } }, whole)?.finding
    assert.strictEqual(named?.resource.name, "seed")
    assert.deepInclude(named, { reasons: whole.reasons, severity: "critical", evidence: whole.evidence })
    assert.strictEqual(named?.savings?.monthlyUsd, 1314.58)
    const off = { ...part, evidence: { sizeGb: 200, zones: 0 }, untold: false }
    assert.strictEqual(next(off, whole)?.finding.savings?.monthlyUsd, 10.8)
  })

  it("leaves it as it was also where what is missing could have cleared it", () => {
    const judged = { savings: savings({ monthlyUsd: 70 }), unproven: true, untold: true }
    assert.isUndefined(next(judged))
    // What was never told in full goes on as it is told.
    assert.strictEqual(next(judged, { unproven: true, untold: true })?.finding.savings?.monthlyUsd, 70)
  })

  it("tells what changed where no more was known before, where a reason is new, and where it came back", () => {
    const grown = { ...part, savings: savings({ monthlyUsd: 20 }) }
    assert.strictEqual(next(grown, part)?.finding.savings?.monthlyUsd, 20)
    const reasons = ["superseded"] as const
    assert.deepStrictEqual(next({ ...part, reasons }, whole)?.finding.reasons, reasons)
    const gone = resolve(opened(whole), "no_longer_matches", night(1))?.finding
    assert.strictEqual(see(seen(part), gone, night(2))?.finding.savings?.monthlyUsd, 10.8)
  })
})

describe("an amount of which AWS does not tell at what prices it is", () => {
  const hub = { source: "cost-optimization-hub", basis: "estimate", note: "after discounts" } as const
  const untold = (monthlyUsd = 88.7) =>
    savings({ ...hub, monthlyUsd, note: "before or after discounts: unknown", priceUntold: true })

  it("goes on at what it was told to be before", () => {
    const net = { savings: savings({ ...hub, monthlyUsd: 88.7, price: "net" }) }
    assert.isUndefined(next({ savings: untold() }, net))
    const grown = next({ savings: untold(188.7) }, net)?.finding.savings
    assert.deepInclude(grown, { monthlyUsd: 188.7, price: "net", note: "after discounts" })
    assert.notProperty(grown, "priceUntold")
    const coverage = { listMonthlyUsd: 88.7, coveredPercent: 50, why: "Half is covered." }
    const list = { savings: savings({ ...hub, monthlyUsd: 44.35, coverage }) }
    const covered = next({ savings: untold(200) }, list)?.finding.savings
    assert.deepInclude(covered, { monthlyUsd: 100 })
    assert.deepInclude(covered?.coverage, { listMonthlyUsd: 200, coveredPercent: 50 })
  })

  it("is what it is where it was never told", () => {
    assert.deepInclude(opened({ savings: untold() }).savings, { monthlyUsd: 88.7, priceUntold: true })
    assert.isUndefined(next({ savings: untold() }, { savings: untold() }))
    assert.strictEqual(
      next({ savings: savings({ ...hub, monthlyUsd: 88.7, price: "net" }) }, { savings: untold() })?.finding.savings
        ?.price,
      "net"
    )
  })
})
