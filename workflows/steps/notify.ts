/** Tells people and the bus about a run: that it began, what came of it, or that it failed. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { alarmMessage, failureMessage } from "../../core/alerts/alarm.ts"
import { digestMessage, isQuiet, type LinkedReport, sawLess } from "../../core/alerts/digest.ts"
import {
  type BusEvent,
  findingEvent,
  type JudgedStart,
  runCompleted,
  runFailed,
  runStarted,
  startedEvent,
  thresholdEvent
} from "../../core/alerts/events.ts"
import { inert, type Message } from "../../core/alerts/Message.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { type Alert, judgeRule, type RuleStates } from "../../core/alerts/rules.ts"
import type { AlertRule } from "../../core/config/alerts.ts"
import { AlertSettings } from "../../core/config/AlertSettings.ts"
import { usd } from "../../core/format.ts"
import { noBeside } from "../../core/run/Changes.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { maxUnjudged } from "../../core/run/Outcome.ts"
import { hoursOfRun, isAtWork, isBeside, type Run } from "../../core/run/Run.ts"
import { type Started, startedBy } from "../../core/run/Started.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { cleanText } from "../../core/text.ts"
import { millisPerDay, millisPerHour } from "../../core/time.ts"
import { accountNames } from "../../query/accountNames.ts"
import { isWaste, measure, measureStarted, wasteFilter, wasteFilters } from "../../query/alertMeasures.ts"
import { largestOf, organisationDigest, ownerDigests } from "../../query/digest.ts"
import { type Grown, type NightChanges, nightChanges } from "../../query/nightChanges.ts"
import { reportLink } from "../../query/reportLink.ts"
import { newestFull, runsBetween } from "../../query/runs.ts"
import { eventsOf } from "../../query/runFindings.ts"
import { inSums, largestFirst, sumsSince } from "../../query/sumChanges.ts"
import {
  type AlertState,
  alone,
  forgetting,
  keepMessage,
  keptMessage,
  lostLine,
  messageDays,
  type PendingMessage,
  pendingOf,
  rankOf,
  readAlertState,
  rememberedOf,
  remembering,
  writeAlertState
} from "../alertState.ts"
import { ownersOf } from "../nightOwners.ts"
import { writeEvents } from "../microScan/writeEvents.ts"
import { Progress } from "../Progress.ts"
import { findRun } from "../findRun.ts"
import { ProcessGone } from "../../core/run/ProcessGone.ts"

export const NotifyInput = Schema.Struct({
  runId: Schema.String,
  /** Without it, the run is over. */
  moment: Schema.optionalKey(Schema.Literals(["started", "failed"])),
  /** What Step Functions gives a Catch, of a run that failed. */
  error: Schema.optionalKey(Schema.Struct({ Error: Schema.String, Cause: Schema.optionalKey(Schema.String) }))
})

export const notify = Effect.fn("notify")(function* (input: unknown) {
  const { error, moment, runId } = yield* Schema.decodeUnknownEffect(NotifyInput)(input)
  const run = yield* findRun(runId)
  const told =
    moment === "started"
      ? began(run)
      : moment === "failed"
        ? failed(run, cleanText(error?.Cause ?? error?.Error ?? "a step failed"))
        : completed(run, true)
  yield* alone(runId, Effect.andThen(tellLate(run), told))
  if (moment === undefined) (yield* Progress)({ _tag: "Notified", runId })
  return { runId }
})

/** That a run is there, which somebody has to say the end of. */
const began = Effect.fnUntraced(function* (run: Run) {
  const { begun, published, unfinished } = yield* readAlertState()
  yield* tell(run.startedAt, [runStarted(run)], [], {
    begun: [...begun.filter((id) => id !== run.id), run.id],
    // From the first run of all on, whatever becomes of it, findings' events are owed to the bus.
    ...(published === null
      ? { published: { runId: run.id, at: run.startedAt }, unfinished: [...unfinished, run.id] }
      : {})
  })
})

/** A run whose end was told. */
const ended = Effect.fnUntraced(function* ({ id }: Run) {
  const { begun } = yield* readAlertState()
  return { begun: begun.filter((one) => one !== id) } satisfies Partial<AlertState>
})

const failed = Effect.fnUntraced(function* (run: Run, error: string) {
  const report = yield* linkedReport(run)
  const at = DateTime.formatIso(yield* DateTime.now)
  const messages = isBeside(run) ? [] : [failureMessage(run, error, report?.url)]
  yield* tellEnd(run, runFailed(run, error, at), messages)
})

/** That a run ended without a result. What somebody started is told all the same: no other run looks at it. */
const tellEnd = Effect.fnUntraced(function* (run: Run, event: BusEvent, messages: ReadonlyArray<Message>) {
  const news = yield* ended(run)
  if (run.plan.started === undefined) return yield* tell(run.startedAt, [event], messages, news)
  const starts = yield* startsOf(run, run.plan.started, yield* readAlertState())
  yield* tell(run.startedAt, [event, ...starts.events], [...messages, ...starts.messages], {
    ...news,
    ...starts.memory
  })
})

/** So long after its end a run may still be about to tell it itself: it writes its page first, and waits for others. */
const tellingHours = 1

/** Whether a run that began may still tell its end. One that was cut off may be gone on with, unless it is beside the nights. */
const mayTellItself = Effect.fnUntraced(function* (run: Run) {
  const isGone = (yield* ProcessGone)(run.process)
  const now = yield* Clock.currentTimeMillis
  if (run.status === "running") return isAtWork(run, now) && !(isGone && isBeside(run))
  const [since, hours] = run.finishedAt === null ? [run.startedAt, hoursOfRun] : [run.finishedAt, tellingHours]
  return !isGone && now - Date.parse(since) < hours * millisPerHour
})

/**
 * Tells what earlier runs could not tell of themselves, because their process died before it was kept. What is told twice has the same
 * id. The digest and the alarms of a night are made as long as no later one has changed what they are made of.
 */
const tellLate = Effect.fnUntraced(function* (own: Run) {
  const store = yield* Store
  for (const id of (yield* readAlertState()).begun) {
    if (id === own.id) continue
    const run = yield* store.run(id)
    if (run !== undefined && (yield* mayTellItself(run))) continue
    const telling = run === undefined ? Effect.void : run.status === "complete" ? completedLate(run) : cutOff(run)
    // One that cannot be told keeps no later run from being told.
    yield* Effect.catchDefect(telling, (defect) => Effect.logError(`run ${id} cannot be told: ${String(defect)}`))
    const state = yield* readAlertState()
    if (state.begun.includes(id)) yield* writeAlertState({ ...state, begun: state.begun.filter((one) => one !== id) })
  }
})

const completedLate = Effect.fnUntraced(function* (run: Run) {
  const { told } = yield* readAlertState()
  const isOwed = run.plan.full && (told === null || told < run.id)
  const isNewest = (yield* newestFull())?.id === run.id
  const isOld = (yield* Clock.currentTimeMillis) - Date.parse(run.startedAt) > messageDays * millisPerDay
  yield* completed(run, isNewest && !isOld)
  if (!isOwed || (isNewest && !isOld)) return
  const state = yield* readAlertState()
  const why = isNewest
    ? `nobody was left to tell it for ${messageDays} days`
    : "its process died, and a later night came before it was told"
  yield* writeAlertState({ ...state, lost: [...state.lost, `Digest of run ${run.id}: ${why}`] })
})

const cutOff = Effect.fnUntraced(function* (run: Run) {
  const at = DateTime.formatIso(yield* DateTime.now)
  const why =
    run.status === "failed" ? "it failed, and could not tell why" : "it was cut off, and nothing went on with it"
  // Whoever stopped it knows. A night that failed by itself is told, however late.
  if (run.status === "failed") yield* failed(run, why)
  else yield* tellEnd(run, runFailed(run, why, at), [])
})

/** Where people can read the report: the address that the configuration names, or the newest page that a run has written. */
const linkedReport = Effect.fnUntraced(function* (
  run: Run
): Effect.fn.Return<LinkedReport | undefined, StoreError, Store> {
  const { reportUrl } = yield* AlertSettings
  if (reportUrl !== undefined) return { url: reportUrl, until: null, of: null }
  const link = yield* reportLink()
  return link === undefined ? undefined : { ...link, of: link.runId === run.id ? null : link.asOf }
})

/** `isNewest`: whether the store is as the run has left it, so that what people are told of it is true. */
const completed = Effect.fnUntraced(function* (run: Run, isNewest: boolean) {
  const { rules } = yield* AlertSettings
  // Read once for all that asks for it.
  const night = yield* Effect.cached(nightChanges(run, wasteFilters(rules)))
  const ownEvents = yield* completedEvents(run, night)
  const state = yield* readAlertState()
  // A narrower run says nothing of the whole, and a repeated step has made its messages already.
  const isNews = isNewest && run.plan.full && run.status === "complete" && (state.told === null || state.told < run.id)
  const news = yield* ended(run)
  if (run.plan.started !== undefined) {
    const { events, memory, messages } = yield* startsOf(run, run.plan.started, state)
    yield* tell(run.startedAt, [...ownEvents, ...events], messages, { ...news, ...memory })
  } else if (isBeside(run) || !isNews) {
    yield* tell(run.startedAt, ownEvents, [], news)
  } else {
    const made = yield* messagesOf(run, state, night)
    yield* tell(run.startedAt, [...ownEvents, ...made.events], made.messages, {
      ...news,
      ...made.memory,
      unknown: made.unknown,
      told: run.id,
      ...(made.saysLost ? { lost: [] } : {})
    })
  }
  yield* publishFindings(run)
})

type Night = Effect.Effect<NightChanges, StoreError, Store>

/** That the run is over, with what moved the sums: of a night all since the one before, of any other run what it did itself. */
const completedEvents = Effect.fnUntraced(function* (run: Run, night: Night) {
  if (run.summary === null) return []
  const changes = run.plan.full ? (yield* night).whole : yield* sumsSince(run)
  return [runCompleted(run, run.summary, inSums(changes))]
})

interface Made {
  /** What the rules remember. */
  readonly memory: Pick<AlertState, "rules" | "about">
  readonly events: ReadonlyArray<BusEvent>
  readonly messages: ReadonlyArray<Message>
  /** Whether what is lost is said in a message. */
  readonly saysLost: boolean
}

/** A message for each rule of which there is something to tell, and another one for what is over. */
const alarmsOf = (
  alerts: ReadonlyArray<Alert>,
  about: (rule: AlertRule) => Parameters<typeof alarmMessage>[1]
): ReadonlyArray<Message> =>
  [...Map.groupBy(alerts, ({ rule, type }) => `${rule.name}/${type}`).values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [alarmMessage([first, ...rest], about(first.rule))]
  )

/** What a micro-scan is told about: what was started, and what of it is beyond a threshold. Other rules are for the night. */
const startsOf = Effect.fnUntraced(function* (run: Run, started: ReadonlyArray<Started>, state: AlertState) {
  const { rules } = yield* AlertSettings
  const report = yield* linkedReport(run)
  const names = yield* accountNames()
  const opened = yield* openedBy(run)
  const nameOf = (account: string) => names.get(account) ?? account
  const states: Record<string, RuleStates> = {}
  const alerts: Array<Alert> = []
  for (const rule of rules) {
    const before = rememberedOf(state, rule)
    const measured = measureStarted(rule, started, opened)
    const judged =
      measured.length === 0 ? { states: before, alerts: [] } : judgeRule(rule, before, measured, run.startedAt)
    states[rule.name] = judged.states
    alerts.push(...judged.alerts)
  }
  const verdicts = yield* verdictsOf(run, opened)
  return {
    memory: remembering(rules, states),
    events: [
      ...started.map((one) => startedEvent(one, run, verdicts(one))),
      ...alerts.map((alert) => thresholdEvent(alert, run))
    ],
    messages: alarmsOf(alerts, () => ({ run, nameOf, link: report?.url, drivers: [] })),
    saysLost: false
  } satisfies Made
})

/** The findings that a run opened, or that came back in it, as they are now. */
const openedBy = Effect.fnUntraced(function* (run: Run) {
  const store = yield* Store
  const found = yield* Stream.runCollect(
    eventsOf(run.id).pipe(
      Stream.filter(({ type }) => type === "opened" || type === "reopened"),
      Stream.mapEffect(({ findingId }) => store.finding(findingId), { concurrency: 16 })
    )
  )
  return found.flatMap((finding) => finding ?? [])
})

/** What the scans said of each thing that was started. */
const verdictsOf = Effect.fnUntraced(function* (run: Run, opened: ReadonlyArray<Finding>) {
  const store = yield* Store
  const records = yield* Effect.forEach(run.plan.accounts, ({ id }) => store.scopeRecords(run.id, id))
  const outcomes = records.flat().flatMap(({ outcomes }) => outcomes)
  return (started: Started): ReadonlyArray<JudgedStart> => {
    const own = new Set<string>(started.resources)
    const isOf = startedBy([started])
    const scans = writeEvents.find(({ eventName }) => eventName === started.event)?.scans ?? []
    return outcomes
      .filter(({ scan }) => scans.includes(scan))
      .map(({ scan, status, unjudged }) => {
        const left = unjudged.find(({ resource }) => own.has(resource))
        const verdict = opened.some((finding) => finding.scan === scan && isOf(finding.resource))
          ? "finding"
          : status === "unavailable"
            ? "unavailable"
            : left === undefined
              ? // Beyond the cut nothing is told of anything, nor of what nobody can name.
                unjudged.length < maxUnjudged && own.size > 0
                ? "judged"
                : "unknown"
              : left.state === "tooYoung"
                ? "too_young"
                : "unknown"
        return { scan, verdict }
      })
  }
})

/** What a whole night is told about: its alerts, then its digests. */
const messagesOf = Effect.fnUntraced(function* (run: Run, state: AlertState, night: Night) {
  const { digest, rules } = yield* AlertSettings
  const report = yield* linkedReport(run)
  const names = yield* accountNames()
  const nameOf = (account: string) => names.get(account) ?? account
  const states: Record<string, RuleStates> = {}
  const alerts: Array<Alert> = []
  const unknown: Array<string> = []
  const unjudged = new Set<string>()
  for (const rule of rules) {
    const before = rememberedOf(state, rule)
    const measured = yield* measure(rule, run, before, night)
    for (const { value, why } of measured) {
      if (value !== null) continue
      unknown.push(`${rule.name}: ${why}`)
      unjudged.add(rule.name)
    }
    const judged = judgeRule(rule, before, measured, run.startedAt)
    // A rule that is configured no more is forgotten.
    states[rule.name] = judged.states
    alerts.push(...judged.alerts)
  }
  for (const line of unknown) yield* Effect.logWarning(`alert rule ${line}; nothing changes for it`)
  const drivers = new Map<string, ReadonlyArray<string>>()
  for (const { rule } of alerts) if (isWaste(rule)) drivers.set(rule.name, yield* driversOf(rule, yield* night, nameOf))
  const messages = [
    ...alarmsOf(alerts, (rule) => ({ run, nameOf, link: report?.url, drivers: drivers.get(rule.name) ?? [] }))
  ]
  let saysLost = false
  if (digest.send !== "never") {
    const facts = yield* organisationDigest(run, yield* night, nameOf, { unknownRules: unknown, lost: state.lost })
    // Where less could be looked at, silence would say that all is well.
    const isBlinder = sawLess(facts) || [...unjudged].some((name) => !state.unknown.includes(name))
    if (digest.send === "always" || !isQuiet(facts) || isBlinder || state.lost.length > 0) {
      messages.push(digestMessage(facts, report))
      saysLost = true
    }
    const owners = digest.owners ? yield* ownersOf(run, run) : undefined
    if (owners !== undefined) {
      const { before } = yield* night
      const previous = before === undefined ? undefined : yield* ownersOf(before, run)
      const own = yield* ownerDigests(run, yield* night, nameOf, owners, previous)
      // An owner is told when something of theirs changed that is money; hygiene beside it is said, and wakes nobody alone.
      for (const one of own) if (!isQuiet({ ...one, beside: noBeside })) messages.push(digestMessage(one, report))
    }
  }
  const events = alerts.map((alert) => thresholdEvent(alert, run))
  return {
    memory: remembering(rules, states),
    unknown: [...unjudged],
    events,
    messages,
    saysLost
  } satisfies Made & { readonly unknown: ReadonlyArray<string> }
})

const maxDrivers = 5

/** What made a rule on waste alert: the largest of what is new and counts, or of what made the confirmed sum grow, where it looks. */
const driversOf = Effect.fnUntraced(function* (
  rule: AlertRule,
  { read }: NightChanges,
  nameOf: (account: string) => string
) {
  const changed = read?.matching.get(rule.name)
  const wholly = (findings: ReadonlyArray<Finding>) =>
    findings.toSorted(largestFirst).map((finding): Grown => ({ finding, usd: finding.savings?.monthlyUsd ?? 0 }))
  const drivers =
    changed === undefined
      ? wholly(yield* largestOf(wasteFilter(rule)))
      : rule.measure === "new_waste"
        ? wholly([...changed.opened, ...changed.reopened])
        : changed.grown
  return drivers
    .slice(0, maxDrivers)
    .map(
      ({ finding: { account, resource }, usd: monthlyUsd }) =>
        `${usd(monthlyUsd).padStart(13)}  ${inert(resource.name || resource.id, 40)}, ${inert(nameOf(account), 20)}`
    )
})

/**
 * Keeps what is to be told together with what the rules remember, in one write, and then delivers it and all that could not be
 * delivered before. What is delivered twice has the same id. `at` is the instant as of which the rules alerted.
 */
const tell = Effect.fnUntraced(function* (
  at: string,
  events: ReadonlyArray<BusEvent>,
  messages: ReadonlyArray<Message>,
  news: Partial<AlertState> = {}
) {
  const { channels } = yield* Notifier
  const before = yield* readAlertState()
  const pending: Array<PendingMessage> = []
  for (const message of messages) {
    const takers = channels.filter(({ takes }) => takes(message)).map(({ name }) => name)
    if (takers.length === 0) continue
    yield* keepMessage(message)
    pending.push(pendingOf(message, takers, at))
  }
  const fresh = new Set(pending.map(({ id }) => id))
  const freshEvents = new Set(events.map(({ detail }) => detail.id))
  const state: AlertState = {
    ...before,
    ...news,
    messages: [...before.messages.filter(({ id }) => !fresh.has(id)), ...pending],
    events: [...before.events.filter(({ detail }) => !freshEvents.has(detail.id)), ...events]
  }
  yield* writeAlertState(state)
  const { lost, messages: delivered } = yield* deliver(state.messages)
  const eventsLeft = yield* publishNow(state.events)
  yield* writeAlertState({
    ...state,
    rules: forgetting(
      state.rules,
      delivered.filter(({ channels }) => channels.length === 0)
    ),
    messages: delivered.filter(({ channels }) => channels.length > 0),
    events: eventsLeft,
    lost: [...state.lost, ...lost]
  })
})

/** A channel that fails so often in a row is left alone this time. */
const failuresInARow = 3

/** What was tried in so many runs waits behind everything else, so that it keeps nothing from being told. */
const patientTries = 3

interface Delivered {
  /** Each with the channels that it still waits for. */
  readonly messages: ReadonlyArray<PendingMessage>
  /** What will not reach somebody, in lines. */
  readonly lost: ReadonlyArray<string>
}

/** Sends messages, each channel by itself. */
const deliver = Effect.fnUntraced(function* (
  pending: ReadonlyArray<PendingMessage>
): Effect.fn.Return<Delivered, StoreError, Notifier | Store> {
  const { channels } = yield* Notifier
  const lost: Array<string> = []
  const all = new Map(
    pending.map((message) => [
      message.id,
      { message, isTaken: message.isTaken, isTried: false, left: [] as Array<string> }
    ])
  )
  const isStuck = ({ tries }: PendingMessage) => Number(tries >= patientTries)
  const inOrder = pending.toSorted((a, b) => isStuck(a) - isStuck(b) || rankOf(a) - rankOf(b))
  yield* Effect.forEach(
    channels,
    ({ name, send }) =>
      Effect.gen(function* () {
        let failures = 0
        for (const waiting of inOrder) {
          const own = all.get(waiting.id)
          if (own === undefined || !waiting.channels.includes(name)) continue
          const message = yield* keptMessage(waiting.id)
          if (message === undefined) {
            lost.push(lostLine(waiting, `${name} did not take it while it was kept`))
            continue
          }
          if (failures >= failuresInARow) {
            own.left.push(name)
            continue
          }
          own.isTried = true
          const failure = yield* send(message).pipe(
            Effect.as(undefined),
            Effect.catchTag("NotDelivered", (error) => Effect.succeed(error))
          )
          if (failure === undefined) {
            failures = 0
            own.isTaken = true
          } else if (failure.refused === true) {
            yield* Effect.logWarning(`not delivered, and refused for good: ${message.subject}: ${failure.message}`)
            lost.push(lostLine(waiting, failure.message))
          } else {
            yield* Effect.logWarning(`not delivered, and kept for the next run: ${failure.message}`)
            failures += 1
            own.left.push(name)
          }
        }
      }),
    { concurrency: "unbounded", discard: true }
  )
  const messages = [...all.values()].map(({ isTaken, isTried, left, message }) => ({
    ...message,
    channels: left,
    tries: message.tries + Number(isTried),
    isTaken
  }))
  return { messages, lost }
})

/** Publishes events, and answers them where the bus did not take all of them. */
const publishNow = (events: ReadonlyArray<BusEvent>) =>
  Effect.gen(function* () {
    const { publish } = yield* Notifier
    if (events.length === 0) return events
    return yield* Effect.matchEffect(publish(events), {
      onSuccess: (): Effect.Effect<ReadonlyArray<BusEvent>> => Effect.succeed([]),
      onFailure: ({ message }) =>
        Effect.as(Effect.logWarning(`events not published, and kept for the next run: ${message}`), events)
    })
  })

/** Findings' events that are in memory at the same time. */
const eventsAtOnce = 500

/** Somebody who set something aside a moment before may have written it after it was read. What comes twice has the same id. */
const writingMillis = 60_000

const seenUpTo = (at: string): string => new Date(Date.parse(at) - writingMillis).toISOString()

/**
 * Publishes what became of findings since the last time, whichever run or person did it: what people set aside is kept with the newest
 * run before. Where the bus fails, or the step dies meanwhile, the next run begins at the same place; the ids of events are the same.
 */
const publishFindings = Effect.fnUntraced(function* (run: Run) {
  const { publish } = yield* Notifier
  const store = yield* Store
  const kept = yield* readAlertState()
  const at = DateTime.formatIso(yield* DateTime.now)
  // The first run of all is the place to begin at until its events are on the bus.
  const published = kept.published ?? { runId: run.id, at: run.startedAt }
  // An older run that ends late tells its own events, and those alone; until they are on the bus another run has to.
  const isLate = run.id < published.runId
  const isOwed = (kept.published === null || isLate) && !kept.unfinished.includes(run.id)
  const state = { ...kept, published, unfinished: isOwed ? [...kept.unfinished, run.id] : kept.unfinished }
  if (isOwed) yield* writeAlertState(state)
  const isFirst = run.id === published.runId && state.unfinished.includes(run.id)
  const since = isLate || isFirst ? [run] : yield* runsBetween(published.runId, run.id)
  // What was at work the last time has written more since, and tells nobody itself where it is a live scan.
  const before = isLate ? [] : state.unfinished.filter((id) => id !== run.id)
  const runIds = [...before, ...since.map(({ id }) => id)]
  const last = isLate || runIds.includes(published.runId) ? undefined : yield* store.run(published.runId)
  const sinceLast =
    last === undefined
      ? Stream.empty
      : Stream.filter(eventsOf(last.id), (event) => event.at > last.startedAt && event.at > seenUpTo(published.at))
  const events = Stream.concat(sinceLast, Stream.flatMap(Stream.fromIterable(runIds), eventsOf))
  const failure = yield* Stream.runForEach(Stream.grouped(events, eventsAtOnce), (some) =>
    publish(some.map(findingEvent))
  ).pipe(
    Effect.as(undefined),
    Effect.catchTag("NotDelivered", ({ message }) => Effect.succeed(message))
  )
  if (failure !== undefined) {
    yield* Effect.logWarning(`events of findings not published; the next run sends them: ${failure}`)
  } else if (isLate) {
    yield* writeAlertState({ ...state, unfinished: state.unfinished.filter((id) => id !== run.id) })
  } else {
    const earlier = (yield* Effect.forEach(before, (id) => store.run(id))).filter((one) => one !== undefined)
    const unfinished = [...earlier, ...since]
      .filter((one) => one.id !== run.id && isAtWork(one, Date.parse(at)))
      .map(({ id }) => id)
    yield* writeAlertState({ ...state, published: { runId: run.id, at }, unfinished })
  }
})
