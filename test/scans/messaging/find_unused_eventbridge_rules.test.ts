import { assert, describe, it } from "@effect/vitest"
import type { Rule, RuleTarget } from "../../../datasets/aws/eventbridge.ts"
import scan from "../../../scans/messaging/find_unused_eventbridge_rules.ts"
import { daysAgo } from "../../datasets/harness.ts"
import { gap, judge, series, silent } from "../harness.ts"

const rule = (more: Partial<Rule> = {}): Rule => ({
  arn: `arn:aws:events:eu-west-1:111111111111:rule/${more.name ?? "nightly"}`,
  name: "nightly",
  bus: { name: "default", createdAt: undefined },
  description: "",
  state: "enabled",
  pattern: undefined,
  schedule: undefined,
  managedBy: undefined,
  ...more
})

const onSchedule = (schedule: string, more: Partial<Rule> = {}) => rule({ schedule, ...more })
const onEvents = (more: Partial<Rule> = {}) => rule({ pattern: '{"source":["aws.health"]}', ...more })

const target: RuleTarget = {
  arn: "arn:fn",
  deadLetterArn: undefined,
  taskDefinitionArn: undefined,
  platformVersion: undefined,
  securityGroupIds: []
}

const total = (value: number) => series(() => [value, 0, 0])
const refused = series(() => undefined)

const run = (
  rules: unknown,
  options: {
    readonly invocations?: unknown
    readonly failures?: typeof silent | undefined
    readonly matches?: typeof silent | undefined
    readonly targets?: ReadonlyArray<RuleTarget> | undefined
    readonly settings?: Readonly<Record<string, number>>
  } = {}
) => {
  const given = <K extends keyof typeof options, A>(key: K, otherwise: A) => (key in options ? options[key] : otherwise)
  return judge(
    scan,
    { rules, invocations: options.invocations ?? silent },
    {
      answers: {
        targets: () => given("targets", [target]),
        failures: () => given("failures", silent),
        matches: () => given("matches", silent)
      },
      ...(options.settings === undefined ? {} : { settings: options.settings })
    }
  )
}

const isHealthy = ({ flagged, tooYoung, unknown }: ReturnType<typeof run>, message?: string) =>
  assert.deepStrictEqual([...flagged, ...tooYoung, ...unknown], [], message)

describe("find_unused_eventbridge_rules", () => {
  it("leaves rules alone that AWS keeps, whatever their state, and asks nothing", () => {
    const judged = run([rule({ managedBy: "autoscaling.amazonaws.com", state: "disabled" })])
    isHealthy(judged)
    assert.deepStrictEqual(judged.asked, [])
  })

  it("flags a disabled rule, which must be seen so for the days of the setting", () => {
    const { asked, flags } = run([onSchedule("rate(1 day)", { state: "disabled" })])
    assert.deepInclude(flags[0], { kind: "hygiene", severity: "info", confidence: "high", savings: null })
    assert.deepStrictEqual(flags[0]?.reasons, ["disabled"])
    assert.deepStrictEqual(flags[0]?.observe, { days: 90 })
    assert.deepStrictEqual(flags[0]?.evidence, {
      bus: "default",
      state: "disabled",
      schedule: "rate(1 day)",
      pattern: "none",
      targets: ["arn:fn"]
    })
    assert.deepStrictEqual(asked, ["targets arn:aws:events:eu-west-1:111111111111:rule/nightly"])
    // Its targets are only shown.
    const untold = run([rule({ state: "disabled" })], { targets: undefined })
    assert.deepStrictEqual([untold.flagged, untold.flags[0]?.evidence["targets"]], [["nightly: disabled"], null])
  })

  it("takes a rule for enabled that also gets all CloudTrail events, and knows no other states", () => {
    const state = "enabled_with_all_cloudtrail_management_events"
    isHealthy(run([onEvents({ state })], { invocations: total(3) }))
    assert.deepStrictEqual(run([onEvents({ state: "paused" })]).whyUnknown, ["nightly: its state is not known: paused"])
  })

  it("flags a rule without targets", () => {
    const { flags } = run([onEvents()], { targets: [] })
    assert.deepInclude(flags[0], { severity: "info", confidence: "high" })
    assert.deepStrictEqual(flags[0]?.reasons, ["no_targets"])
    assert.deepStrictEqual(flags[0]?.observe, { days: 90 })
    assert.deepStrictEqual(run([onSchedule("rate(1 day)")], { targets: [] }).flagged, ["nightly: no_targets"])
  })

  describe("with a schedule", () => {
    it("is flagged where it was due three times and invoked nothing", () => {
      const { flags } = run([onSchedule("rate(5 minutes)")])
      assert.deepInclude(flags[0], { severity: "medium", confidence: "medium" })
      assert.deepStrictEqual(flags[0]?.reasons, ["schedule_not_firing"])
      // In a day it was due often enough to be sure.
      assert.deepStrictEqual(flags[0]?.observe, { days: 1 })
      assert.deepInclude(flags[0]?.evidence, { invocations: 0, lookbackDays: 90, schedule: "rate(5 minutes)" })
      // Mondays at six: the third one from a Saturday on is the seventeenth day.
      const weekly = run([onSchedule("cron(0 6 ? * MON *)")])
      assert.deepStrictEqual(weekly.flags[0]?.observe, { days: 17 })
    })

    it("is left alone where it was not due so often, such as once a year", () => {
      isHealthy(run([onSchedule("cron(0 6 1 1 ? *)")]))
      isHealthy(run([onSchedule("rate(40 days)")]))
      isHealthy(run([onSchedule("cron(0 6 1 6 ? 2027)")]))
      assert.deepStrictEqual(run([onSchedule("rate(30 days)")]).flagged, ["nightly: schedule_not_firing"])
    })

    it("is over where its years have passed, also where it was due in the window", () => {
      assert.deepStrictEqual(run([onSchedule("cron(0 6 1 * ? 2024)")]).flagged, ["nightly: expired"])
      const { flags } = run([onSchedule("cron(0 6 * 8-10 ? 2026)")])
      assert.deepStrictEqual(flags[0]?.reasons, ["expired"])
      assert.deepInclude(flags[0], { severity: "info", observe: undefined })
    })

    it("is not known where the schedule is not understood", () => {
      assert.match(run([onSchedule("at noon")]).whyUnknown[0] ?? "", /^nightly: its schedule is not understood/)
    })
  })

  describe("for events", () => {
    it("is flagged where none came", () => {
      const { flags } = run([onEvents()])
      assert.deepInclude(flags[0], { severity: "info", confidence: "medium" })
      assert.deepStrictEqual(flags[0]?.reasons, ["never_matched"])
      assert.deepStrictEqual(flags[0]?.observe, { days: 90 })
      assert.deepInclude(flags[0]?.evidence, { matchedEvents: 0, pattern: '{"source":["aws.health"]}' })
    })

    it("is left alone where some came", () => {
      isHealthy(run([onEvents()], { matches: total(1) }))
    })
  })

  describe("that invoked something", () => {
    it("is flagged where everything failed", () => {
      const { asked, flags } = run([onSchedule("rate(1 hour)")], { invocations: total(12), failures: total(12) })
      assert.deepInclude(flags[0], { severity: "medium", confidence: "medium", observe: undefined })
      assert.deepStrictEqual(flags[0]?.reasons, ["failing"])
      assert.deepInclude(flags[0]?.evidence, { invocations: 12, failedInvocations: 12 })
      assert.notInclude(asked.join(), "matches")
    })

    it("is left alone where one did not fail, and is asked for no targets", () => {
      const judged = run([onSchedule("rate(1 hour)")], { invocations: total(12), failures: total(11) })
      isHealthy(judged)
      assert.deepStrictEqual(judged.asked, ["failures arn:aws:events:eu-west-1:111111111111:rule/nightly"])
      isHealthy(run([onSchedule("rate(1 hour)")], { invocations: total(12) }))
    })

    it("is over where its years have passed, unless it takes events as well", () => {
      const options = { invocations: total(12), failures: silent }
      const past = "cron(0 6 1 11 ? 2026)"
      const { flags } = run([onSchedule(past)], options)
      assert.deepInclude(flags[0], { severity: "info", observe: undefined })
      assert.deepStrictEqual(flags[0]?.reasons, ["expired"])
      isHealthy(run([onEvents({ schedule: past })], options))
    })
  })

  it("is flagged as failing where CloudWatch has the failures and not the invocations", () => {
    for (const one of [onEvents(), onSchedule("rate(1 hour)"), onSchedule("rate(40 days)")]) {
      const { flags } = run([one], { failures: total(7), matches: total(7) })
      assert.deepStrictEqual(flags[0]?.reasons, ["failing"])
      assert.deepInclude(flags[0]?.evidence, { invocations: 0, failedInvocations: 7 })
    }
  })

  it("does not judge the silence of a bus that is younger than the window", () => {
    const young = { name: "orders", createdAt: daysAgo(89) }
    assert.deepStrictEqual(run([onEvents({ bus: young })]).tooYoung, ["orders/nightly"])
    const old = run([onEvents({ bus: { name: "orders", createdAt: daysAgo(91) } })])
    assert.deepStrictEqual(old.flagged, ["orders/nightly: never_matched"])
  })

  it("does not know a rule of which something is not told, and closes nothing of it", () => {
    for (const options of [
      { invocations: refused },
      { invocations: total(3), failures: undefined },
      { invocations: total(3), failures: refused },
      { targets: undefined },
      { failures: undefined },
      { failures: refused },
      { matches: undefined },
      { matches: refused }
    ]) {
      const judged = run([onEvents()], options)
      assert.deepStrictEqual([judged.flagged, judged.unknown], [[], ["nightly"]])
      assert.strictEqual(judged.stateOf(rule().arn), "unknown")
    }
  })

  it("finds nothing where there is nothing, and closes nothing where not everything was read", () => {
    const empty = run([])
    assert.deepStrictEqual([empty.status, empty.counters.examined], ["complete", 0])
    assert.strictEqual(run(gap()).status, "unavailable")
    const partial = run(gap([onEvents()]))
    assert.deepStrictEqual([partial.status, partial.flagged], ["partial", ["nightly: never_matched"]])
    assert.strictEqual(partial.stateOf("arn:not-listed"), "unknown")
  })

  it("follows its settings", () => {
    const observed = (settings: Readonly<Record<string, number>>, one: Rule) =>
      run([one], { settings }).flags[0]?.observe
    assert.deepStrictEqual(observed({ disabledDays: 30 }, rule({ state: "disabled" })), { days: 30 })
    assert.deepStrictEqual(observed({ lookbackDays: 30 }, onEvents()), { days: 30 })
    const invocations = series(() => [4, ...Array.from({ length: 40 }, () => 0)])
    const flagged = (lookbackDays: number) => run([onEvents()], { invocations, settings: { lookbackDays } }).flagged
    assert.deepStrictEqual(flagged(30), ["nightly: never_matched"])
    assert.deepStrictEqual(flagged(50), [])
  })
})
