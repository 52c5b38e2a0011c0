import * as Result from "effect/Result"
import { nextStart } from "../../core/schedule.ts"
import { daysBefore, daysBetween } from "../../core/time.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import { confidenceWhenAbsent } from "../../datasets/metrics/metricSemantics.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { ask, defineScan, hygiene, need, Setting, type Step, tooYoung, unknown } from "../Scan.ts"

/** Times that a schedule must have been due in the window: one that is due once a year is not broken. */
const timesDue = 3

/** The clock of rules; only EventBridge Scheduler knows others. */
const utc = "Etc/UTC"

type Reason = "disabled" | "no_targets" | "schedule_not_firing" | "expired" | "never_matched" | "failing"

const severities = {
  disabled: "info",
  no_targets: "info",
  schedule_not_firing: "medium",
  expired: "info",
  never_matched: "info",
  failing: "medium"
} as const satisfies Record<Reason, string>

/** When a schedule was due for the so-manieth time from an instant on; undefined where it is not again, a failure where it is no schedule. */
const dueTime = (schedule: string, from: Date, times: number): Result.Result<Date | undefined, string> => {
  let due = nextStart(schedule, utc, from)
  for (let time = 1; time < times; time += 1) {
    due = Result.flatMap(due, (at) => (at === undefined ? Result.succeed(undefined) : nextStart(schedule, utc, at)))
  }
  return due
}

const isExpired = (schedule: string, now: Date): boolean => {
  const next = nextStart(schedule, utc, now)
  return Result.isSuccess(next) && next.success === undefined
}

export default defineScan({
  title: "EventBridge rules that do nothing",
  words: "CloudWatch Events, cron, broken schedule",
  why: "Rules are free, but a schedule that never fires or a rule whose targets always fail is work that somebody thinks is done, and dead rules hide it.",
  fix: "Look at the target and at the permission to invoke it, mend or replace what fails, and delete rules that nobody needs.",
  docs: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without an invocation before an enabled rule is reported", {
      maximum: maxDays
    }),
    disabledDays: Setting.days(90, "Days that a rule must have been seen disabled before that is confirmed")
  },
  reads: ({ lookbackDays }) => ({
    rules: eventbridge.rules,
    invocations: eventbridge.invocations(lookbackDays)
  }),
  subject: "rules",
  probes: ({ lookbackDays }) => ({
    targets: eventbridge.targets,
    invocations: eventbridge.invocationsOfSome(lookbackDays),
    failures: eventbridge.failures(lookbackDays),
    matches: eventbridge.matches(lookbackDays)
  }),
  reasons: {
    disabled: "The rule is disabled, so it does nothing.",
    no_targets: "The rule has no target, so it does nothing with what it takes.",
    schedule_not_firing:
      "The rule was due several times, and invoked no target: the target or its permission is broken.",
    expired: "The schedule is over: it names no day that is still to come.",
    never_matched:
      "The rule waits for events that did not come. Rules for rare events, such as security alerts, are meant to wait.",
    failing: "Every invocation of the rule's targets failed."
  },

  judge: ({ invocations }, { now, settings }) => {
    const { disabledDays, lookbackDays } = settings
    const since = daysBefore(now, lookbackDays)

    const found = (
      rule: eventbridge.Rule,
      reason: Reason,
      targets: ReadonlyArray<eventbridge.RuleTarget> | undefined,
      observedDays: number | undefined,
      counts: Readonly<Record<string, number>> = {}
    ) =>
      hygiene({
        reason,
        severity: severities[reason],
        note: "A rule itself costs nothing.",
        confidence: reason === "disabled" || reason === "no_targets" ? "high" : confidenceWhenAbsent("AWS/Events"),
        evidence: {
          bus: rule.bus.name,
          state: rule.state,
          schedule: rule.schedule ?? "none",
          pattern: rule.pattern ?? "none",
          targets: targets === undefined ? null : targets.map(({ arn }) => arn).sort(),
          ...counts
        },
        ...(observedDays === undefined ? {} : { observe: { days: observedDays } })
      })

    /** Days that a schedule must be seen silent until it was due often enough; undefined where it was not in the window. */
    function* dueDays(schedule: string): Generator<Step, number | "expired" | undefined, any> {
      const next = nextStart(schedule, utc, now)
      if (Result.isFailure(next)) {
        return yield* need({ known: false, reason: `its schedule is not understood: ${next.failure}` })
      }
      if (next.success === undefined) return "expired"
      const due = Result.getOrElse(dueTime(schedule, since, timesDue), () => undefined)
      return due === undefined || due > now ? undefined : Math.max(1, Math.ceil(daysBetween(since, due)))
    }

    return function* (rule) {
      // AWS keeps it, for a feature that is in use.
      if (rule.managedBy !== undefined) return
      if (!eventbridge.isEnabled(rule)) {
        if (rule.state !== "disabled") return unknown(`its state is not known: ${rule.state}`)
        const targets = yield* ask(eventbridge.targets, rule)
        return found(rule, "disabled", targets.known ? targets.value : undefined, disabledDays)
      }

      const isUsed = invocations.settles(rule.arn)
      const failuresOf = function* () {
        const failures = yield* need(yield* ask(eventbridge.failures(lookbackDays), rule))
        return yield* need(failures.total(eventbridge.ruleSeries(rule, "FailedInvocations", lookbackDays)))
      }
      // One without a pattern does nothing any more, however it went before.
      const isOver = rule.schedule !== undefined && rule.pattern === undefined && isExpired(rule.schedule, now)
      if (isUsed && !isOver && (yield* failuresOf()) === 0) return
      const counts = isUsed ? yield* need(yield* ask(eventbridge.invocationsOfSome(lookbackDays), rule)) : invocations
      const invoked = yield* need(counts.total(eventbridge.ruleSeries(rule, "Invocations", lookbackDays)))
      if (invoked > 0) {
        const failed = yield* failuresOf()
        // Invocations count those that failed as well.
        const isFailing = failed > 0 && failed >= invoked
        if (!isFailing && !isOver) return
        const targets = yield* ask(eventbridge.targets, rule)
        return found(rule, isOver ? "expired" : "failing", targets.known ? targets.value : undefined, undefined, {
          invocations: Math.round(invoked),
          failedInvocations: Math.round(failed),
          lookbackDays
        })
      }

      if (rule.bus.createdAt !== undefined && rule.bus.createdAt > since) return tooYoung
      const targets = yield* need(yield* ask(eventbridge.targets, rule))
      if (targets.length === 0) return found(rule, "no_targets", targets, lookbackDays)
      const days = rule.schedule === undefined ? undefined : yield* dueDays(rule.schedule)
      if (days === "expired") return found(rule, "expired", targets, undefined)
      // CloudWatch delivers each count on its own, so that one may be there without the other.
      const failed = yield* failuresOf()
      if (failed > 0) {
        return found(rule, "failing", targets, undefined, {
          invocations: 0,
          failedInvocations: Math.round(failed),
          lookbackDays
        })
      }
      if (rule.schedule !== undefined) {
        if (days === undefined) return
        return found(rule, "schedule_not_firing", targets, days, { invocations: 0, lookbackDays })
      }
      const matches = yield* need(yield* ask(eventbridge.matches(lookbackDays), rule))
      const matched = yield* need(matches.total(eventbridge.ruleSeries(rule, "MatchedEvents", lookbackDays)))
      if (matched > 0) return
      return found(rule, "never_matched", targets, lookbackDays, { matchedEvents: 0, lookbackDays })
    }
  }
})
