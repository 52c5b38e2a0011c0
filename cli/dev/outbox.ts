/** Events as they would be on the bus in the cloud, each a file in a folder. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** What happened, named as a rule on the bus would match it. */
export type EventType = "nightaudit.run.started" | "nightaudit.run.completed" | "nightaudit.run.failed"

export interface BusEvent {
  readonly "detail-type": EventType
  readonly source: "nightaudit"
  /** ISO instant of this machine's clock. */
  readonly time: string
  readonly detail: Readonly<Record<string, unknown>>
}

export interface Outbox {
  readonly folder: string
  readonly put: (type: EventType, detail: BusEvent["detail"]) => Effect.Effect<void>
}

/** `note` is told what is written, and what could not be: a full disk is no reason to stop a night. */
export const makeOutbox = Effect.fnUntraced(function* (folder: string, note: (line: string) => Effect.Effect<void>) {
  const clock = yield* Clock.Clock
  let written = 0
  return {
    folder,
    put: (type, detail) =>
      Effect.suspend(() => {
        const time = new Date(clock.currentTimeMillisUnsafe()).toISOString()
        const event: BusEvent = { "detail-type": type, source: "nightaudit", time, detail }
        // Two events of one millisecond keep their order.
        const number = String((written += 1)).padStart(4, "0")
        const file = join(folder, `${time.replace(/[-:.]/g, "")}-${number}-${type}.json`)
        try {
          mkdirSync(folder, { recursive: true, mode: 0o700 })
          writeFileSync(file, `${JSON.stringify(event, null, 2)}\n`, { mode: 0o600 })
          return note(`${type} → ${file}`)
        } catch (error) {
          return note(
            `${type} could not be written to ${file}: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`
          )
        }
      })
  } satisfies Outbox
})
