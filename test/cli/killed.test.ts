/** A process that dies while it tells people: whoever comes next waits for nobody, and tells what was not told. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { nightaudit, temporaryFolder } from "./command.ts"

const hook = fileURLToPath(new URL("./killWhenTelling.mjs", import.meta.url))

/** What lies in the folder of messages and events: its kinds in order, events with the run that they are of. */
const outboxOf = (folder: string): ReadonlyArray<string> => {
  const outbox = join(folder, ".nightaudit/sample/outbox")
  return readdirSync(outbox)
    .filter((name) => !name.endsWith(".sns.json") && !name.endsWith(".jsonl"))
    .sort()
    .map((name) => {
      const kind = name.replace(/^\w+-\d+-(nightaudit\.)?/, "").replace(/\.(json|txt)$/, "")
      return name.endsWith(".txt")
        ? kind
        : `${kind} ${JSON.parse(readFileSync(join(outbox, name), "utf8")).detail.runId}`
    })
}

/** Ids of the runs, the oldest first. */
const runsOf = (folder: string) =>
  Effect.map(nightaudit(folder, ["runs", "--sample", "--format", "json"]), ({ stdout }) =>
    (JSON.parse(stdout).runs as ReadonlyArray<{ readonly id: string; readonly status: string }>).toReversed()
  )

const narrow = ["scan", "--sample", "--scans", "find_unused_elastic_ips", "--regions", "eu-central-1"]

describe("a process that is killed while it tells how its night ended", () => {
  for (const point of ["keep", "send"]) {
    it.effect(`${point === "keep" ? "before" : "after"} what is to be told is kept`, () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const killed = yield* nightaudit(folder, ["scan", "--sample"], {
          env: { NIGHTAUDIT_KILL: point, NODE_OPTIONS: `--import ${hook}` }
        })
        assert.deepStrictEqual([killed.code, killed.stdout], [null, ""])
        const [night] = yield* runsOf(folder)
        assert.strictEqual(night?.status, "complete")
        assert.deepStrictEqual(outboxOf(folder), [`run.started ${night?.id}`])

        const next = yield* nightaudit(folder, narrow)
        assert.strictEqual(next.code, 0, next.stderr)
        assert.match(next.stdout, /^Run \d{8}T\d{6}Z/)
        // The lease of who is gone is nobody's.
        assert.notInclude(next.stderr, "Waiting")
        const [, second] = yield* runsOf(folder)
        const told = outboxOf(folder)
        assert.sameMembers(
          [...told],
          [
            `run.started ${night?.id}`,
            "digest",
            `run.completed ${night?.id}`,
            `run.started ${second?.id}`,
            `run.completed ${second?.id}`
          ]
        )
        assert.isBelow(told.indexOf(`run.completed ${night?.id}`), told.indexOf(`run.completed ${second?.id}`))
        // Findings' events are one file a day: those of the night that was killed are there, each once.
        const outbox = join(folder, ".nightaudit/sample/outbox")
        const [file = ""] = readdirSync(outbox).filter((name) => name.endsWith(".jsonl"))
        const events = readFileSync(join(outbox, file), "utf8").trim().split("\n")
        const ids = events.map((line) => JSON.parse(line).detail.id)
        assert.isAbove(events.filter((line) => JSON.parse(line).detail.runId === night?.id).length, 100)
        assert.strictEqual(new Set(ids).size, ids.length)

        const third = yield* nightaudit(folder, narrow)
        assert.strictEqual(third.code, 0, third.stderr)
        assert.lengthOf(
          outboxOf(folder).filter((kind) => kind === "digest"),
          1
        )
      }).pipe(Effect.scoped)
    )
  }
})

describe("a process that is killed while it scans", () => {
  it.effect("keeps nothing from another night that is started in its place", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const killed = yield* nightaudit(folder, ["scan", "--sample"], {
        onError: (text, kill) => {
          if (/^\d{12}\/.*: \d+ finding/m.test(text)) kill("SIGKILL")
        }
      })
      assert.strictEqual(killed.code, null)
      const next = yield* nightaudit(folder, ["scan", "--sample", "--fresh", "--format", "json"])
      assert.strictEqual(next.code, 0, next.stderr)
      const { outcomes } = JSON.parse(next.stdout)
      assert.isFalse(JSON.stringify(outcomes).includes("is scanning"))
      const [first, second] = yield* runsOf(folder)
      assert.deepStrictEqual([first?.status, second?.status], ["interrupted", "complete"])
      // Nobody waits for the end of what was left as it is.
      assert.deepStrictEqual(
        outboxOf(folder).filter((kind) => kind !== "digest"),
        [
          `run.started ${first?.id}`,
          `run.failed ${first?.id}`,
          `run.started ${second?.id}`,
          `run.completed ${second?.id}`
        ]
      )
    }).pipe(Effect.scoped)
  )
})
