import { daysBefore, isoDay } from "../../core/time.ts"
import * as cloudwatchAlarms from "../../datasets/aws/cloudwatchAlarms.ts"
import { dashboards } from "../../datasets/aws/dashboards.ts"
import * as ecs from "../../datasets/aws/ecs.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as route53 from "../../datasets/aws/route53.ts"
import { alarmSavings, countsTrouble } from "../shared/alarms.ts"
import { defineScan, money, need, Setting, tooYoung } from "../Scan.ts"

/** Whether silence is what the alarm's metrics are like while all is well. */
const isSparse = ({ series, treatMissingData }: cloudwatchAlarms.Alarm): boolean =>
  treatMissingData === "missing" && series.some(({ metric }) => countsTrouble.test(metric))

/** Whether a rule takes changes of the state of an alarm. One that filters by more than plain names is taken for one that does. */
const takesChangesOf =
  ({ arn, name }: cloudwatchAlarms.Alarm) =>
  (rule: eventbridge.Rule): boolean => {
    const { pattern } = rule
    if (pattern === undefined || !eventbridge.isEnabled(rule)) return false
    if (!/aws\.cloudwatch|CloudWatch Alarm State Change/.test(pattern)) return false
    let filter: any
    try {
      filter = JSON.parse(pattern)
    } catch {
      return true
    }
    const wanted: unknown = filter?.detail?.alarmName ?? filter?.resources
    const isPlain = Array.isArray(wanted) && wanted.every((one) => typeof one === "string")
    return !isPlain || wanted.includes(name) || wanted.includes(arn)
  }

export default defineScan({
  title: "CloudWatch alarms that cannot or do not act",
  words: "insufficient data, no action, muted alarm",
  why: "An alarm without data or without an action warns nobody, and is billed every month like one that does.",
  fix: "Give the alarm its data and an action, or delete it. Look first whether CodeDeploy or an instance refresh rolls back by it, which is not read.",
  docs: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
  scope: "regional",
  settings: {
    insufficientDataDays: Setting.days(
      30,
      "Days without data, and without a change of the alarm, before it is reported"
    ),
    flagNoActions: Setting.flag(true, "Also report alarms whose changes of state nobody is told")
  },
  reads: {
    alarms: cloudwatchAlarms.alarms,
    dashboards,
    healthChecks: route53.healthChecks,
    services: ecs.services,
    rules: eventbridge.rules
  },
  subject: "alarms",
  reasons: {
    insufficient_data: "The alarm has had no data to judge by for a long time.",
    no_actions: "Nothing happens when the alarm changes its state, and nothing that was read looks at it."
  },

  judge: (data, { now, price, scope, settings }) => {
    const { flagNoActions, insufficientDataDays } = settings
    const before = daysBefore(now, insufficientDataDays)
    const savingsOf = alarmSavings(data.alarms, price)
    const inComposites = data.alarms.by(({ rule, suppressor }) => [
      ...cloudwatchAlarms.alarmsInRule(rule),
      ...(suppressor === undefined ? [] : [suppressor])
    ])
    const ofHealthChecks = data.healthChecks.by(({ alarm }) => alarm)
    const ofDeployments = data.services.by(({ deploymentAlarms }) => deploymentAlarms)
    const onDashboards = data.dashboards.by(({ content }) => (content.known ? content.value.alarmArns : []))

    /** Whether something looks at an alarm that has no action. */
    function* isWatched(alarm: cloudwatchAlarms.Alarm) {
      const { arn, name } = alarm
      if (yield* need(inComposites.has(name))) return true
      if (yield* need(inComposites.has(arn))) return true
      if (yield* need(onDashboards.has(arn))) return true
      for (const { content } of data.dashboards.found) yield* need(content)
      if (yield* need(ofHealthChecks.has(`${scope.region}/${name}`))) return true
      if (yield* need(ofDeployments.has(name))) return true
      return yield* need(data.rules.some(takesChangesOf(alarm)))
    }

    return function* (alarm) {
      if (cloudwatchAlarms.isOfTargetTracking(alarm)) return
      const isWithoutData = alarm.state === "insufficient_data" && alarm.stateSince <= before
      const acts = alarm.actionsEnabled && alarm.actions.length > 0
      if (!isWithoutData && (!flagNoActions || acts || (yield* isWatched(alarm)))) return
      if (alarm.configuredAt > before) return tooYoung
      return money({
        reason: isWithoutData ? "insufficient_data" : "no_actions",
        savings: yield* savingsOf(alarm),
        severity: "low",
        // Every alarm sends its changes to EventBridge and shows them on its page, so somebody may look.
        confidence: !isWithoutData || isSparse(alarm) ? "low" : "high",
        evidence: {
          type: alarm.type,
          state: alarm.state,
          stateSince: isoDay(alarm.stateSince),
          configuredAt: isoDay(alarm.configuredAt),
          metrics: alarm.series.map(({ metric, namespace }) => `${namespace} ${metric}`),
          dimensions: alarm.series.flatMap(({ dimensions }) =>
            Object.entries(dimensions).map(([name, value]) => `${name}=${value}`)
          ),
          periodSeconds: alarm.periodSeconds ?? null,
          missingData: alarm.treatMissingData,
          actions: alarm.actions,
          actionsEnabled: alarm.actionsEnabled
        }
      })
    }
  }
})
