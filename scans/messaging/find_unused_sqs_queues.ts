import { sum, term } from "../../core/finding/savings.ts"
import { all, known } from "../../core/Reading.ts"
import { daysBefore, hoursPerMonth, isoDay, millisPerDay, startOfUtcDay } from "../../core/time.ts"
import * as eventbridge from "../../datasets/aws/eventbridge.ts"
import * as lambda from "../../datasets/aws/lambda.ts"
import * as sns from "../../datasets/aws/sns.ts"
import * as sqs from "../../datasets/aws/sqs.ts"
import type { Point } from "../../datasets/metrics/MetricSeries.ts"
import { maxDays } from "../../datasets/metrics/SeriesReader.ts"
import { lastDay } from "../shared/lastDay.ts"
import { ask, askAll, defineScan, hygiene, money, need, Setting, tooYoung, unknown } from "../Scan.ts"

const daysPerMonth = hoursPerMonth / 24

/** A message is thrown away at the end of its retention, so the oldest one is always a little younger. */
const nearlyRetained = 0.9

/** A name that says that the queue is there for dead letters, whoever sends them. */
const deadLetterName = /dlq|dead.?letter/i

export default defineScan({
  title: "SQS queues without producers or consumers",
  words: "DLQ, stuck messages, idle polling",
  why: "A queue that nobody uses is clutter, one that is polled in vain costs a request each time, and messages that nobody receives are lost work.",
  fix: "Delete the queue, stop whatever polls it, or bring back its consumer. Look first whether EventBridge Scheduler, a pipe or a Lambda destination sends its failures there: AWS lists that nowhere.",
  docs: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/step-delete-queue.html",
  scope: "regional",
  settings: {
    lookbackDays: Setting.days(90, "Days without a message received before a queue is unused", { maximum: maxDays }),
    flagPolledIdle: Setting.flag(true, "Also report queues that are polled although nothing is sent to them"),
    minSavingsUsd: Setting.usd(1, "Monthly cost from which polling in vain is reported"),
    backlogAgeDays: Setting.days(
      7,
      "Days that a message must have waited, and nobody received one, before its queue is reported as abandoned",
      {
        maximum: maxDays
      }
    )
  },
  reads: ({ backlogAgeDays, lookbackDays }) => ({
    queues: sqs.queues,
    received: sqs.received(lookbackDays, backlogAgeDays),
    functions: lambda.functions,
    mappings: lambda.eventSourceMappings,
    rules: eventbridge.rules,
    subscriptions: sns.subscriptions
  }),
  subject: "queues",
  probes: ({ backlogAgeDays, lookbackDays }) => ({
    activity: sqs.activity(lookbackDays),
    age: sqs.age(backlogAgeDays),
    sources: sqs.deadLetterSources,
    attributes: sqs.attributes,
    targets: eventbridge.targets,
    subscribed: sns.deadLetters
  }),
  reasons: {
    unused: "Nothing was sent to the queue, and nothing received from it.",
    polled_idle: "Nothing was sent to the queue, and something polls it all the same.",
    abandoned_backlog: "Messages wait in the queue, and nobody receives them."
  },

  judge: ({ functions, mappings, received, rules, subscriptions }, { now, price, settings }) => {
    const { backlogAgeDays, lookbackDays } = settings
    const functionsFailingInto = functions.by(({ deadLetterArn }) => deadLetterArn)
    const mappingsFailingInto = mappings.by(({ failureDestinationArn }) => failureDestinationArn)
    const mappingsFrom = mappings.by(({ sourceArn }) => sourceArn)

    /** A month of what whole days were asked for in vain: the day of the run is not over. */
    const pollingCost = ({ isFifo }: sqs.Queue, emptyReceives: ReadonlyArray<Point>) => {
      const today = startOfUtcDay(now)
      const inAll = emptyReceives.reduce((sum, { at, value }) => (at < today ? sum + value : sum), 0)
      const perMonth = (inAll / lookbackDays) * daysPerMonth
      const request = price(isFifo ? "sqs.fifoRequest_after1M" : "sqs.standardRequest_after1M")
      return sum("stop", [term("empty receives", perMonth, "requests", request)], {
        basis: "estimate",
        note: "The first million requests a month of all queues of the account are free."
      })
    }

    /** Whether a rule sends there what a target of it could not take. */
    function* isFailedInto(queue: sqs.Queue) {
      // The same list for every queue, so that each rule is asked about once.
      const targets = yield* askAll(eventbridge.targets, rules.found)
      const known = targets.flatMap((reading) => (reading.known ? reading.value : []))
      if (known.some(({ deadLetterArn }) => deadLetterArn === queue.arn)) return true
      yield* need(rules.all)
      yield* need(all(targets))
      return false
    }

    /** Whether a subscription sends there what its endpoint could not take. */
    function* isDroppedInto(queue: sqs.Queue) {
      const told = yield* askAll(
        sns.deadLetters,
        subscriptions.found.filter(({ isConfirmed }) => isConfirmed)
      )
      if (told.some((reading) => reading.known && reading.value === queue.arn)) return true
      yield* need(subscriptions.all)
      yield* need(all(told))
      return false
    }

    /** The first day of those on which nobody may have received from a queue that is abandoned. */
    const lately = startOfUtcDay(daysBefore(now, backlogAgeDays))

    /** Seconds for which the oldest message has waited, as told last; undefined where CloudWatch tells of none. */
    function* oldestWait(queue: sqs.Queue) {
      const ages = yield* need(yield* ask(sqs.age(backlogAgeDays), queue))
      return (yield* need(ages.points(sqs.ageSeries(queue, backlogAgeDays)))).at(-1)?.value
    }

    return function* (queue) {
      if (received.settles(queue.arn)) return
      // What a rule can learn from metrics, it does not ask the queue: that would wake the metrics up.
      const lastReceived = yield* need(
        received.lastActiveDay(sqs.queueSeries(queue, "NumberOfMessagesReceived", lookbackDays))
      )
      if (lastReceived !== null && lastReceived >= lately) return
      // Whoever received from it does so no more. That is of interest while messages wait all the same, of which CloudWatch tells the age.
      const isLost = lastReceived !== null
      const waited = isLost ? yield* oldestWait(queue) : undefined
      if (isLost && (waited === undefined || waited === 0)) return
      const activity = yield* need(yield* ask(sqs.activity(lookbackDays), queue))
      const sentSeries = sqs.queueSeries(queue, "NumberOfMessagesSent", lookbackDays)
      const sent = yield* need(activity.total(sentSeries))
      /** How often in the window; of a lost consumer, only whether lately. */
      function* timesOf(metric: "NumberOfMessagesDeleted" | "NumberOfEmptyReceives") {
        const spec = sqs.queueSeries(queue, metric, lookbackDays)
        if (!isLost) return yield* need(activity.total(spec))
        const last = yield* need(activity.lastActiveDay(spec))
        return last !== null && last >= lately ? 1 : 0
      }
      const deleted = yield* timesOf("NumberOfMessagesDeleted")
      const polled = yield* timesOf("NumberOfEmptyReceives")
      if (deleted > 0) return
      // Somebody polls it and is sent something: whatever waits is between the two.
      if (polled > 0 && (isLost || sent > 0 || !settings.flagPolledIdle)) return
      const pollSeries = sqs.queueSeries(queue, "NumberOfEmptyReceives", lookbackDays)
      const polling = polled === 0 ? undefined : pollingCost(queue, yield* need(activity.points(pollSeries)))
      if (polling !== undefined && polling.basis !== "none" && polling.monthlyUsd < settings.minSavingsUsd) return

      // A queue for dead letters is healthy when it is empty.
      if (yield* need(functionsFailingInto.has(queue.arn))) return
      if (yield* need(mappingsFailingInto.has(queue.arn))) return
      if ((yield* need(yield* ask(sqs.deadLetterSources, queue))).length > 0) return
      const attributes = yield* need(yield* ask(sqs.attributes, queue))
      if (attributes.redrivePermission?.toLowerCase() === "byqueue") return
      if (attributes.createdAt > daysBefore(now, lookbackDays)) return tooYoung
      const { delayed, inFlight, waiting } = attributes
      if (inFlight > 0 || delayed > 0) return
      const isBacklog = waiting > 0
      if (isBacklog ? polled > 0 : isLost || sent > 0) return
      if (attributes.senders.includes("events")) {
        if (yield* isFailedInto(queue)) return
      }
      if (attributes.senders.includes("sns")) {
        if (yield* isDroppedInto(queue)) return
      }

      const lastSent = yield* need(activity.lastActiveDay(sentSeries))
      const isSentLately = lastSent !== null && lastSent >= lately
      const found = {
        confidence: deadLetterName.test(queue.name) ? "low" : "medium",
        evidence: {
          type: queue.isFifo ? "FIFO" : "standard",
          createdAt: attributes.createdAt.toISOString(),
          waiting,
          sent: Math.round(sent),
          emptyReceives: Math.round(polled),
          // The day itself would be another one every night.
          lastSentDay: isSentLately ? `in the last ${backlogAgeDays} days` : lastDay(known(lastSent)),
          // Shown only: who polls without Lambda is not known anyway.
          polledBy: mappingsFrom
            .found(queue.arn)
            .map(({ functionArn }) => functionArn)
            .sort(),
          deadLettersTo: attributes.deadLetterArn ?? "none",
          encryption: attributes.encryption,
          ...(isLost ? { lastReceivedDay: isoDay(lastReceived) } : {}),
          idleDays: isLost ? backlogAgeDays : lookbackDays
        }
      } as const

      if (isBacklog) {
        if (isSentLately || isLost) {
          const seconds = waited ?? (yield* oldestWait(queue))
          if (seconds === undefined) return unknown("CloudWatch does not tell how long its messages have waited")
          const oldEnough = Math.min(
            (backlogAgeDays * millisPerDay) / 1000,
            nearlyRetained * attributes.retentionSeconds
          )
          if (seconds < oldEnough) return
        }
        return hygiene({
          ...found,
          reason: "abandoned_backlog",
          severity: "medium",
          note: "Messages that wait cost nothing; they are thrown away when their retention ends."
        })
      }

      if (polling !== undefined) return money({ ...found, reason: "polled_idle", severity: "low", savings: polling })
      return hygiene({
        ...found,
        reason: "unused",
        severity: "info",
        note: "A queue costs nothing while nobody calls it."
      })
    }
  }
})
