/** The folder that is a machine's topic and bus, where it cannot be written. */
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { catalogue } from "../../audit/catalogue.ts"
import { outboxLayer, putEvents } from "../../cli/outbox.ts"
import { makeScreen, Screen } from "../../cli/Screen.ts"
import { failureMessage } from "../../core/alerts/alarm.ts"
import { runStarted } from "../../core/alerts/events.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { decodeConfig } from "../../core/config/Config.ts"
import { aRun } from "../core/store/fixtures.ts"
import { temporaryFolder } from "./command.ts"
import { output } from "./fixtures.ts"

describe("the outbox", () => {
  it.effect("says at once what it could not keep, and an alarm all the same", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [stdout, stderr] = [output(), output()]
      const config = yield* decodeConfig({}, catalogue)
      const place = { sample: true, config, configFile: undefined, storeFile: join(folder, "store.db") }
      const outbox = join(folder, "outbox")
      writeFileSync(outbox, "")
      const send = Effect.gen(function* () {
        const { channels, publish } = yield* Notifier
        const alarm = failureMessage(aRun(), "the table is gone", undefined)
        const results = [
          yield* Effect.result(Effect.forEach(channels, (channel) => channel.send(alarm))),
          yield* Effect.result(publish([runStarted(aRun())]))
        ]
        return results.map(({ _tag }) => _tag)
      }).pipe(
        Effect.provide(outboxLayer(place)),
        Effect.provideService(Screen, makeScreen(stdout.stream, stderr.stream, {}))
      )
      assert.deepStrictEqual(yield* send, ["Failure", "Failure"])
      const subject = "Night Audit FAILED 2026-11-20: the table is gone"
      assert.deepStrictEqual(stderr.text().trim().split("\n"), [
        subject,
        `Not delivered, and kept for the next run: run-failed.txt could not be written to ${outbox}: EEXIST`,
        `Not delivered, and kept for the next run: nightaudit.run.started.json could not be written to ${outbox}: EEXIST`
      ])
      rmSync(outbox)
      assert.deepStrictEqual(yield* send, ["Success", "Success"])
      assert.strictEqual(readdirSync(outbox).length, 3)
      assert.include(stderr.text().trim().split("\n").at(-1), `${subject} → ${outbox}`)
    })
  )

  it.effect("replaces no message of another process that wrote in the same millisecond", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const event = runStarted(aRun())
      const quiet = () => Effect.void
      yield* putEvents(folder, [event], quiet)
      const [first = ""] = readdirSync(folder)
      // The next number is taken, and so is the one after it, by a link.
      const next = (by: number) =>
        first.replace(/-(\d{4})-/, (_, number: string) => `-${String(Number(number) + by).padStart(4, "0")}-`)
      writeFileSync(join(folder, next(1)), "theirs")
      symlinkSync(next(1), join(folder, next(2)))
      yield* putEvents(folder, [event], quiet)
      assert.strictEqual(readFileSync(join(folder, next(1)), "utf8"), "theirs")
      assert.deepStrictEqual(readdirSync(folder).toSorted(), [first, next(1), next(2), next(3)].toSorted())
      assert.strictEqual(readFileSync(join(folder, next(3)), "utf8"), readFileSync(join(folder, first), "utf8"))
    })
  )
})
