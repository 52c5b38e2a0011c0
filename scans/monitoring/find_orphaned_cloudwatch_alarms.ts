import { all, known, map, type Reading, unknown as notKnown } from "../../core/Reading.ts"
import { daysBefore, isoDay } from "../../core/time.ts"
import * as cloudwatchAlarms from "../../datasets/aws/cloudwatchAlarms.ts"
import {
  aboutOf,
  isForsaken,
  logGroupNamed,
  namedByAlarms,
  type Reference,
  referenceKey
} from "../../datasets/aws/metricTargets.ts"
import { alarmSavings, countsTrouble } from "../shared/alarms.ts"
import { ask, defineScan, money, need, Setting, type Step, tooYoung } from "../Scan.ts"

/** Words of a composite alarm's rule that are no names. */
const ruleWords: ReadonlySet<string> = new Set("ALARM OK INSUFFICIENT_DATA AND OR NOT TRUE FALSE AT_LEAST".split(" "))

const namesIn = (rule: string): ReadonlyArray<string> =>
  cloudwatchAlarms.alarmsInRule(rule).filter((word) => !ruleWords.has(word) && !/^\d+%?$/.test(word))

/** Days without a datapoint after which CloudWatch lists a series no more. Source: API reference, ListMetrics. */
const listedDays = 14

/** Queries bring in series that stand nowhere in the alarm. */
const isQuery = (expression: string): boolean => /\b(SELECT|SEARCH|INSIGHT_RULE_METRIC|LAMBDA)\b/i.test(expression)

/** One thing that an alarm looks at: whether it is gone, and what of it. */
interface Looked {
  readonly gone: boolean
  readonly missing: ReadonlyArray<string>
}

export default defineScan({
  title: "CloudWatch alarms on resources that no longer exist",
  words: "orphaned alarm, deleted instance, false safety",
  why: "An alarm on something that was deleted can never fire: it is billed, and who relies on it is not warned.",
  fix: "Point the alarm at what took the resource's place, or delete it.",
  docs: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Edit-CloudWatch-Alarm.html",
  leavesOut: [
    "stages of HTTP and WebSocket APIs, paths of REST APIs, nodes of caches, storage types of buckets, and replicas, streams and operations of tables: an alarm on one counts as on something that is there while its API, cache, bucket or table is.",
    "namespaces without a list here, such as Kinesis, MSK, EFS and Firehose: an alarm on one is unknown while it has data."
  ],
  scope: "regional",
  settings: {
    unknownNamespaceFallback: Setting.flag(
      true,
      "Also report alarms without data on metrics that nobody publishes any more, where no list tells what they are about"
    ),
    minAgeDays: Setting.days(1, "Days since an alarm was changed before it is reported: what it is about may follow")
  },
  reads: { alarms: cloudwatchAlarms.alarms, targets: namedByAlarms },
  subject: "alarms",
  probes: { forsaken: isForsaken },
  reasons: {
    orphaned: "Everything that the alarm looks at was deleted, or has published nothing for two weeks."
  },

  judge: ({ alarms, targets }, { now, price, scope, settings }) => {
    const savingsOf = alarmSavings(alarms, price)
    const byName = alarms.by(({ arn, name }) => [arn, name])

    /** The references that are missing. */
    const missingOf = (references: ReadonlyArray<Reference>): Reading<Looked> => {
      const states = references.map((reference): Reading<string | undefined> => {
        const told = targets.get(referenceKey(reference))
        if (!told.known) return told
        if (told.value === undefined) return notKnown(`${reference.id} was not looked up`)
        return map(told.value, (isThere) => (isThere ? undefined : reference.id))
      })
      const missing = states.flatMap((state) => (state.known && state.value !== undefined ? [state.value] : []))
      // Of a service in a cluster, one that is missing is enough.
      if (missing.length > 0) return known({ gone: true, missing })
      return map(all(states), () => ({ gone: false, missing: [] }))
    }

    /** Everything that an alarm looks at; nothing for one that looks at no resource. */
    const lookedAtBy = (alarm: cloudwatchAlarms.Alarm): ReadonlyArray<Reading<Looked>> => {
      if (alarm.type === "composite") {
        return namesIn(alarm.rule).map((name) =>
          map(byName.has(name), (isThere) => ({ gone: !isThere, missing: isThere ? [] : [name] }))
        )
      }
      if (alarm.type === "log") {
        return alarm.logGroups.map((identifier) => {
          const group = logGroupNamed(identifier, scope.account)
          return group === undefined ? notKnown(`${identifier} is in another account`) : missingOf([group])
        })
      }
      const queries = alarm.expressions.filter(isQuery).map(() => notKnown("nobody can say what its query meets"))
      const series = alarm.series.map((one): Reading<Looked> => {
        const about = aboutOf(one, scope.account)
        return about.about === "unknown"
          ? notKnown(about.why)
          : about.about === "nothing"
            ? known({ gone: false, missing: [] })
            : missingOf(about.references)
      })
      return [...queries, ...series]
    }

    /** Whether a series is of the account and of what no list has, and would be there if that were. */
    const isUnlisted = (series: cloudwatchAlarms.SeriesNamed): boolean =>
      aboutOf(series, scope.account).about === "unknown" &&
      (series.account === undefined || series.account === scope.account) &&
      !(series.namespace.startsWith("AWS/") && countsTrouble.test(series.metric))

    /** Whether an alarm may be judged by the silence of what it looks at: of nothing else is it not known. */
    const isJudgedBySilence = ({ configuredAt, expressions, series, state, type }: cloudwatchAlarms.Alarm): boolean =>
      settings.unknownNamespaceFallback &&
      type === "metric" &&
      state === "insufficient_data" &&
      configuredAt <= daysBefore(now, listedDays) &&
      !expressions.some(isQuery) &&
      series.some(isUnlisted)

    /** What is missing where all of it is; undefined for an alarm of which something is there. */
    function* missingTo(alarm: cloudwatchAlarms.Alarm): Generator<Step, ReadonlyArray<string> | undefined, any> {
      const looked = lookedAtBy(alarm)
      if (looked.some((one) => one.known && !one.value.gone)) return undefined
      if (!isJudgedBySilence(alarm)) {
        const values = yield* need(looked.length === 0 ? notKnown("what it looks at is not in the list") : all(looked))
        return values.flatMap(({ missing }) => missing)
      }
      const missing: Array<string> = []
      for (const [at, series] of alarm.series.entries()) {
        if (!isUnlisted(series)) {
          missing.push(...(yield* need(looked[at] ?? notKnown("what it looks at is not in the list"))).missing)
        } else if (yield* need(yield* ask(isForsaken, series))) {
          missing.push([series.namespace, ...Object.values(series.dimensions)].join(" "))
        } else return undefined
      }
      return missing
    }

    return function* (alarm) {
      if (cloudwatchAlarms.isOfTargetTracking(alarm)) return
      const missing = yield* missingTo(alarm)
      if (missing === undefined) return
      if (alarm.configuredAt > daysBefore(now, settings.minAgeDays)) return tooYoung
      const acts = alarm.actionsEnabled && alarm.actions.length > 0
      return money({
        reason: "orphaned",
        savings: yield* savingsOf(alarm),
        // Who is to be told believes that somebody watches.
        severity: acts ? "medium" : "low",
        confidence: alarm.series.some(isUnlisted) ? "low" : "high",
        evidence: {
          type: alarm.type,
          missing: [...new Set(missing)],
          metrics: alarm.series.map(({ metric, namespace }) => `${namespace} ${metric}`),
          state: alarm.state,
          stateSince: isoDay(alarm.stateSince),
          actions: alarm.actions,
          actionsEnabled: alarm.actionsEnabled
        }
      })
    }
  }
})
