/** The topic and the bus of one machine: a folder. Messages are text files, events JSON, and the terminal says what came. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type BusEvent, eventSource } from "../core/alerts/events.ts"
import { snsMessage } from "../core/alerts/Message.ts"
import { type Channel, NotDelivered, Notifier } from "../core/alerts/Notifier.ts"
import { startedAmount } from "../core/alerts/startAlarm.ts"
import { webhookChannel } from "../core/alerts/webhookChannel.ts"
import { AlertSettings } from "../core/config/AlertSettings.ts"
import { plural, usd } from "../core/format.ts"
import type { Started } from "../core/run/Started.ts"
import { oneLine } from "../core/text.ts"
import type { Place } from "./layers.ts"
import { Screen } from "./Screen.ts"

/** Beside the store. */
export const outboxFolder = ({ storeFile }: Pick<Place, "storeFile">): string => join(dirname(storeFile), "outbox")

let written = 0

/** Writes a new file: where another process has one of this name, under the next. */
const writeNew = (nameOf: (number: number) => string, text: string): string => {
  for (;;) {
    const file = nameOf((written += 1))
    try {
      writeFileSync(file, text, { mode: 0o600, flag: "wx" })
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
  }
}

/** Writes what could be a file of this instant, and answers its path. */
const write = Effect.fnUntraced(function* (folder: string, name: string, text: string, append = false) {
  const time = new Date(yield* Clock.currentTimeMillis).toISOString().replace(/[-:.]/g, "")
  return yield* Effect.try({
    try: () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      if (append) {
        const file = join(folder, `${time.slice(0, 8)}-${name}`)
        appendFileSync(file, text, { mode: 0o600 })
        return file
      }
      // Two of one millisecond keep their order.
      return writeNew((number) => join(folder, `${time}-${String(number).padStart(4, "0")}-${name}`), text)
    },
    catch: (error) =>
      new NotDelivered({
        channel: "outbox",
        message: `${name} could not be written to ${folder}: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`
      })
  })
})

/** An event as a rule on the bus would match it. */
const asOnBus = ({ detail, type }: BusEvent): object => ({
  "detail-type": type,
  source: eventSource,
  time: detail.at,
  detail
})

/** What a person wants to know of an event at once. */
const gistOf = ({ detail, type }: BusEvent): string => {
  if (type !== "nightaudit.resource.started") return ""
  const started = detail as BusEvent["detail"] & Pick<Started, "atLeast" | "basis" | "monthlyUsd" | "region" | "what">
  return ` (${oneLine(started.what)} in ${started.region}, ${startedAmount(started)})`
}

/** More events of findings than these are counted, and not named. */
const maxNamed = 5

/** Puts events into the folder: a file for each, and one file a day for those of findings. */
export const putEvents = Effect.fnUntraced(function* (
  folder: string,
  events: ReadonlyArray<BusEvent>,
  note: (line: string) => Effect.Effect<void>
) {
  const isOfFinding = ({ type }: BusEvent) => type.startsWith("nightaudit.finding.")
  const ofFindings = events.filter(isOfFinding)
  const others = events.filter((event) => !isOfFinding(event))
  for (const event of others) {
    const file = yield* write(folder, `${event.type}.json`, `${JSON.stringify(asOnBus(event), null, 2)}\n`)
    yield* note(`${event.type}${gistOf(event)} → ${file}`)
  }
  if (ofFindings.length === 0) return
  const lines = ofFindings.map((event) => `${JSON.stringify(asOnBus(event))}\n`).join("")
  const file = yield* write(folder, "nightaudit.finding.jsonl", lines, true)
  yield* note(`${plural(ofFindings.length, "event")} of findings → ${file}`)
  for (const { detail, type } of ofFindings.length > maxNamed ? [] : ofFindings) {
    const amount = `${usd(Number(detail["monthlyUsd"]))} a month`
    yield* note(`  ${type.slice(eventSource.length + 1)} ${detail["findingId"]}: ${detail["scan"]}, ${amount}`)
  }
})

/** What the terminal says: everything in `dev`, only alarms elsewhere, where the result itself is printed. */
export type Talk = "all" | "alarms"

/** The notifier of a place: its folder, and the chats of the configuration; the sample tells no chat. */
export const outboxLayer = (place: Place, talk: Talk = "alarms") => {
  const folder = outboxFolder(place)
  const { webhooks } = place.config.alerts
  // What shows it is where the night runs, not where the layer is made.
  const note = (line: string) =>
    Effect.flatMap(Effect.serviceOption(Screen), (screen) =>
      Option.isSome(screen) ? screen.value.note(line) : Effect.void
    )
  const quietly = (line: string) => (talk === "all" ? note(line) : Effect.void)
  const channel: Channel = {
    name: "outbox",
    takes: () => true,
    send: Effect.fnUntraced(function* (message) {
      const { kind } = message.attributes
      const say = kind === "digest" ? quietly : note
      const file = yield* write(folder, `${kind}.txt`, `Subject: ${message.subject}\n\n${message.body}`).pipe(
        // Whoever sits here is told all the same.
        Effect.tapError(() => say(message.subject))
      )
      yield* write(folder, `${kind}.sns.json`, `${JSON.stringify(snsMessage(message), null, 2)}\n`)
      yield* say(`${message.subject} → ${file}`)
    })
  }
  /** Says at once what did not arrive: nobody reads the log of one machine. */
  const complaining = <A>(sent: Effect.Effect<A, NotDelivered>) =>
    Effect.tapError(sent, ({ message, refused }) =>
      note(`Not delivered, ${refused === true ? "and refused for good" : "and kept for the next run"}: ${message}`)
    )
  return Layer.mergeAll(
    Layer.succeed(AlertSettings, place.config.alerts),
    Layer.succeed(Notifier, {
      channels: [channel, ...(place.sample ? [] : webhooks.map(webhookChannel))].map((one): Channel => ({
        ...one,
        send: (message) => complaining(one.send(message))
      })),
      publish: (events) => complaining(putEvents(folder, events, quietly))
    })
  )
}
