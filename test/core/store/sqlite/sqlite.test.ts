import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { layerMemory, layerSqlite } from "../../../../core/store/sqlite/sqlite.ts"
import { Store } from "../../../../core/store/Store.ts"
import { storeContract } from "../contract.ts"
import { aFinding, aRun, aTransition, night, resolved, runId, scope } from "../fixtures.ts"

storeContract("SQLite", layerMemory, { questions: 100 })

/** A path in a new folder that ends with the test. */
const newPath = (name = "audit.db") =>
  Effect.acquireRelease(
    Effect.sync(() => join(mkdtempSync(join(tmpdir(), "nightaudit-")), name)),
    (path) => Effect.sync(() => rmSync(join(path, ".."), { recursive: true }))
  )

/** A store that stays open until the test ends. It does not wait for locks. */
const openStore = (filename: string) =>
  Effect.map(Layer.build(layerSqlite(filename, { busyTimeoutMillis: 1 })), Context.get(Store))

/** Opens a store, uses it and closes it again. */
const withStore = <A, E>(filename: string, body: (store: Store["Service"]) => Effect.Effect<A, E>) =>
  Effect.scoped(Effect.flatMap(openStore(filename), body))

/** As a user to whom permissions apply: they do not to root. */
const asNobody = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  process.getuid?.() === 0
    ? Effect.acquireUseRelease(
        Effect.sync(() => process.seteuid?.(65_534)),
        () => effect,
        () => Effect.sync(() => process.seteuid?.(0))
      )
    : effect

/** Why the file cannot be opened. */
const refusal = (filename: string) => Effect.flip(withStore(filename, () => Effect.void))

/** The file as another program sees it. */
const connection = (filename: string) =>
  Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(filename)),
    (db) => Effect.sync(() => db.close())
  )

describe("the SQLite file", () => {
  it.effect("is made with its folder and keeps what was written", () =>
    Effect.gen(function* () {
      const path = join(yield* newPath("a"), "b", "audit.db")
      yield* withStore(path, (store) => store.putRun(aRun()))
      assert.deepStrictEqual(yield* withStore(path, (store) => store.run(runId)), aRun())
    })
  )

  it.effect("can be an empty file", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      writeFileSync(path, "")
      yield* withStore(path, (store) => store.putRun(aRun()))
      assert.deepStrictEqual(yield* withStore(path, (store) => store.run(runId)), aRun())
    })
  )

  it.effect("can be used by two at once", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const writer = yield* openStore(path)
      const reader = yield* openStore(path)
      yield* writer.writeTransitions([aTransition(aFinding())])
      assert.deepStrictEqual(yield* reader.finding(aFinding().id), aFinding())
      yield* reader.writeTransitions([aTransition(aFinding({ resourceId: "vol-2" }))])
      assert.strictEqual((yield* writer.findingsIn(scope, aFinding().scan)).length, 2)

      const other = yield* connection(path)
      other.exec("BEGIN EXCLUSIVE; DELETE FROM findings")
      assert.strictEqual((yield* reader.findings({ limit: 10 })).items.length, 2, "reading does not wait for a writer")
      other.exec("ROLLBACK")
    })
  )

  it.effect("is not written to when nothing changes", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const store = yield* openStore(path)
      const other = yield* connection(path)
      // Changes whenever another connection has written to the file.
      const version = () => other.prepare("PRAGMA data_version").get()?.data_version
      const findings = Array.from({ length: 100 }, (_, index) => aFinding({ resourceId: `vol-${index}` }))
      yield* store.writeTransitions(findings.map(aTransition))
      const before = version()
      yield* store.setCounted(findings.map((finding) => ({ finding, counted: false })))
      assert.strictEqual(version(), before)
      yield* store.setCounted(findings.map((finding) => ({ finding, counted: true })))
      const after = version()
      assert.notStrictEqual(after, before)
      yield* store.setCounted(findings.map((finding) => ({ finding, counted: true })))
      assert.strictEqual(version(), after)
    })
  )

  it.effect("gets all of a write or nothing", () =>
    Effect.gen(function* () {
      const store = yield* openStore(yield* newPath())
      const bad = aFinding({ resourceId: "vol-2", monthlyUsd: Number.NaN })
      const error = yield* Effect.flip(store.writeTransitions([aTransition(aFinding()), { finding: bad, events: [] }]))
      assert.match(error.message, /does not fit this version of nightaudit/)
      assert.notInclude(error.message, "\n")
      assert.isUndefined(yield* store.finding(aFinding().id))
      assert.deepStrictEqual(yield* store.history(aFinding().id), [])
      yield* store.writeTransitions([aTransition(aFinding())])
      assert.deepStrictEqual(yield* store.finding(aFinding().id), aFinding())
    })
  )

  it.effect("can be read by its owner alone, whatever the process allows by default", () =>
    Effect.gen(function* () {
      const path = join(yield* newPath("a"), "b", "audit.db")
      const umask = process.umask(0)
      yield* withStore(path, (store) =>
        Effect.sync(() => {
          for (const file of [path, `${path}-wal`, `${path}-shm`])
            assert.strictEqual(statSync(file).mode & 0o777, 0o600, file)
          assert.strictEqual(statSync(join(path, "..")).mode & 0o777, 0o700)
          assert.isDefined(store)
        })
      ).pipe(Effect.ensuring(Effect.sync(() => process.umask(umask))))
    })
  )

  it.effect("can be read where it cannot be written to, and says so where something would be written", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const folder = join(path, "..")
      yield* withStore(path, (store) => store.writeTransitions([aTransition(aFinding())]))
      chmodSync(path, 0o444)
      chmodSync(folder, 0o555)
      yield* Effect.gen(function* () {
        const store = yield* openStore(path)
        assert.deepStrictEqual(yield* store.finding(aFinding().id), aFinding())
        const error = yield* Effect.flip(store.writeTransitions([aTransition(aFinding({ resourceId: "vol-2" }))]))
        assert.strictEqual(
          error.message,
          `The store ${path} cannot be written to. Check the permissions of the file and its folder.`
        )
      }).pipe(Effect.scoped, asNobody, Effect.ensuring(Effect.sync(() => chmodSync(folder, 0o700))))
      assert.deepStrictEqual(readdirSync(folder), ["audit.db"])
    })
  )

  it.effect("is searched through an index alone, and without sorting", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      yield* withStore(path, () => Effect.void)
      const db = yield* connection(path)
      const indexes = db
        .prepare(
          "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'findings_by_%' AND name <> 'findings_by_scope'"
        )
        .all()
        .map(({ name }) => String(name))
      assert.strictEqual(indexes.length, 8)
      for (const index of indexes) {
        const leading = db
          .prepare("SELECT name FROM pragma_index_info(?)")
          .all(index)
          .map(({ name }) => String(name))
        const columns = leading.slice(0, leading.indexOf("rank"))
        const plan = db
          .prepare(
            `EXPLAIN QUERY PLAN SELECT place FROM findings INDEXED BY ${index}
             WHERE ${columns.map((column) => `${column} = 1`).join(" AND ")} AND (rank, id) > (1, 'a') AND rank <= 9
               AND kind IN (0) AND confirmed IN (1) AND scan IN (1) AND category IN (1) AND account IN (1)
               AND region IN (1) AND service IN (1) AND rank % 8 IN (1) AND (owner IN (1) OR expires_at IS NULL) ORDER BY rank, id LIMIT 50`
          )
          .all()
          .map(({ detail }) => String(detail))
        assert.strictEqual(plan.length, 1, plan.join("; "))
        assert.match(plan[0] ?? "", new RegExp(`^SEARCH findings USING COVERING INDEX ${index} `))
      }
    })
  )

  it.effect("is not emptied by a clock that jumps ahead", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const store = yield* openStore(path)
      const ended = resolved(aFinding({ resourceId: "vol-2" }))
      yield* TestClock.setTime(Date.parse(night))
      yield* store.putRun(aRun())
      yield* store.writeTransitions([aFinding(), ended].map(aTransition))
      // A night dated 500 days ahead, which is written when it starts and when it ends.
      yield* TestClock.setTime(Date.parse(night) + 500 * 86_400_000)
      const ahead = aRun({ id: "20280404T020000Z-a", startedAt: "2028-04-04T02:00:00.000Z" })
      yield* store.putRun(ahead)
      yield* store.putRun({ ...ahead, status: "complete" })
      yield* TestClock.setTime(Date.parse(night) + 86_400_000)
      assert.deepStrictEqual(yield* store.run(runId), aRun())
      assert.deepStrictEqual(yield* store.finding(ended.id), ended)
      assert.strictEqual((yield* store.history(ended.id)).length, 1)
    })
  )

  it.effect("lets go of findings with their names, once they are no longer kept", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const store = yield* openStore(path)
      const ended = resolved(
        aFinding({ resourceId: "vol-2", covers: ["arn:aws:ec2:eu-west-1:111111111111:snapshot/snap-1"] })
      )
      yield* TestClock.setTime(Date.parse(night))
      yield* store.writeTransitions([aFinding(), ended].map(aTransition))
      yield* TestClock.setTime(Date.parse(night) + 401 * 86_400_000)
      yield* store.putRun(aRun({ id: "20271225T020000Z-a", startedAt: "2027-12-25T02:00:00.000Z" }))
      yield* store.putRun(aRun({ id: "20271226T020000Z-a", startedAt: "2027-12-26T02:00:00.000Z" }))
      const db = yield* connection(path)
      const count = (table: string) => Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count)
      assert.deepStrictEqual([count("findings"), count("names"), count("events")], [1, 2, 0])
    })
  )
})

describe("a path that is no store", () => {
  it.effect("is a file of something else", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      writeFileSync(path, "a shopping list\n".repeat(100))
      const error = yield* refusal(path)
      assert.strictEqual(error.kind, "unusable")
      assert.strictEqual(
        error.message,
        `The store ${path} is not a database. Choose another path, or move the file away.`
      )
      assert.strictEqual(readFileSync(path, "utf8"), "a shopping list\n".repeat(100))
    })
  )

  it.effect("is a database of another program", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const db = yield* connection(path)
      db.exec("CREATE TABLE findings (id TEXT)")
      const before = readFileSync(path)
      const error = yield* refusal(path)
      assert.strictEqual(error.kind, "unusable")
      assert.strictEqual(error.message, `The store ${path} is a database of another program. Choose another path.`)
      assert.isTrue(readFileSync(path).equals(before))
      db.exec("PRAGMA application_id = 42; DROP TABLE findings")
      assert.strictEqual((yield* refusal(path)).kind, "unusable")
    })
  )

  it.effect("was written by a newer version", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      yield* withStore(path, (store) => store.putRun(aRun()))
      const db = new DatabaseSync(path)
      db.exec("PRAGMA user_version = 7")
      db.close()
      const before = readFileSync(path)
      const error = yield* refusal(path)
      assert.strictEqual(error.kind, "newer")
      assert.strictEqual(
        error.message,
        `The store ${path} was written by a newer version of nightaudit (store version 7, this one knows 2). ` +
          "Update nightaudit, or choose another path."
      )
      assert.isTrue(readFileSync(path).equals(before))
    })
  )

  it.effect("is locked by another process", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const store = yield* openStore(path)
      yield* store.putRun(aRun())
      const other = yield* connection(path)
      other.exec("BEGIN EXCLUSIVE")
      const error = yield* Effect.flip(store.putRun(aRun({ status: "complete" })))
      assert.strictEqual(error.kind, "locked")
      assert.strictEqual(
        error.message,
        `The store ${path} is locked by another process (waited 0.001 s). Try again when that process is done.`
      )
      assert.strictEqual((yield* Effect.flip(store.setCounted([]))).kind, "locked")
      assert.strictEqual((yield* Effect.flip(store.spend(runId, 1, 2))).kind, "locked")
      other.exec("ROLLBACK")
      assert.deepStrictEqual(yield* store.run(runId), aRun())
      yield* store.putRun(aRun({ status: "complete" }))
    })
  )

  it.effect("is locked before it is opened", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const other = yield* connection(path)
      other.exec("CREATE TABLE t (a TEXT); BEGIN EXCLUSIVE")
      assert.strictEqual((yield* refusal(path)).kind, "locked")
    })
  )

  it.effect("is a folder", () =>
    Effect.gen(function* () {
      const path = yield* newPath("folder")
      mkdirSync(path)
      const error = yield* refusal(path)
      assert.strictEqual(error.kind, "unusable")
      assert.strictEqual(error.message, `The store ${path} is a folder. Give the path of a file.`)
    })
  )

  it.effect("is inside something that is not a folder", () =>
    Effect.gen(function* () {
      const file = yield* newPath("file")
      writeFileSync(file, "")
      const error = yield* refusal(join(file, "audit.db"))
      assert.strictEqual(error.kind, "failed")
      assert.match(
        error.message,
        /could not be used \(EEXIST: file already exists.*\)\. Check the path, its permissions and the disk\.$/
      )
      // Nobody, not even root, can make a file there.
      const unwritable = yield* refusal("/proc/nightaudit.db")
      assert.strictEqual(unwritable.kind, "failed")
      assert.strictEqual(
        unwritable.message,
        "The store /proc/nightaudit.db cannot be opened. Check that its folder can be written to by this user."
      )
    })
  )

  it.effect("is damaged", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      yield* withStore(path, (store) =>
        store.writeTransitions(
          Array.from({ length: 50 }, (_, index) => aTransition(aFinding({ resourceId: `vol-${index}` })))
        )
      )
      const bytes = readFileSync(path)
      bytes.fill(0xa5, 8192)
      writeFileSync(path, bytes)
      const error = yield* Effect.flip(withStore(path, (store) => store.findings({ limit: 10 })))
      assert.strictEqual(error.kind, "unusable")
      assert.match(error.message, /^The store .* is damaged\. /)
      assert.isTrue(existsSync(path), "it is left for its owner to decide about")
    })
  )

  it.effect("has a record of another shape", () =>
    Effect.gen(function* () {
      const path = yield* newPath()
      const store = yield* openStore(path)
      yield* store.putRun(aRun())
      const db = yield* connection(path)
      db.exec(`UPDATE runs SET record = '{"id": 5}'`)
      const error = yield* Effect.flip(store.run(runId))
      assert.strictEqual(error.kind, "unusable")
      assert.match(error.message, /has or was given a record that does not fit this version of nightaudit/)
      assert.notInclude(error.message, "\n")
    })
  )
})
