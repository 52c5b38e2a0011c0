/** What a command writes into a file that somebody names. */
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { replaceFile, writeFile } from "../../../cli/output/file.ts"
import { temporaryFolder } from "../command.ts"

const overwriting = { overwrite: true, ownBeginning: undefined }
const long = (letter: string) => letter.repeat(100_000)

describe("a file that a command writes", () => {
  it.effect("is whole when two write it at once: neither touches what the other has begun", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "s.csv")
      const [begun, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const slow = Stream.make(long("a"), "end").pipe(
        Stream.tap((piece) =>
          piece === "end" ? Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(goOn)) : Effect.void
        )
      )
      const first = yield* Effect.forkChild(writeFile(file, slow, overwriting))
      yield* Deferred.await(begun)
      const parts = readdirSync(join(file, ".."))
      assert.strictEqual(parts.length, 1)
      assert.match(String(parts[0]), /^\.nightaudit-[0-9a-f]{16}-[0-9a-f]{16}\.part$/)
      assert.strictEqual(statSync(join(file, "..", String(parts[0]))).mode & 0o777, 0o600)
      yield* writeFile(file, Stream.make(long("b")), overwriting)
      assert.strictEqual(readFileSync(file, "utf8"), long("b"))
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(first)
      assert.strictEqual(readFileSync(file, "utf8"), `${long("a")}end`)
      assert.deepStrictEqual(readdirSync(join(file, "..")), [basename(file)])
    })
  )

  it.effect("is written through no link that somebody put beside it, and replaces one under its own name", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [precious, file] = [join(folder, "precious.txt"), join(folder, "victim.html")]
      writeFileSync(precious, "precious")
      for (const name of [".victim.html.part", "victim.html.part"]) symlinkSync("precious.txt", join(folder, name))
      yield* writeFile(file, Stream.make("page"), { overwrite: false, ownBeginning: "page" })
      assert.strictEqual(readFileSync(file, "utf8"), "page")
      const linked = join(folder, "clock.json")
      symlinkSync("precious.txt", linked)
      replaceFile(linked, "{}")
      assert.strictEqual(readFileSync(linked, "utf8"), "{}")
      assert.strictEqual(readFileSync(precious, "utf8"), "precious")
    })
  )

  it.effect("may have the longest name that there is, and what fails leaves nothing beside it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const name = `${"n".repeat(250)}.html`
      yield* writeFile(join(folder, name), Stream.make("page"), overwriting)
      const failed = yield* Effect.flip(
        writeFile(join(folder, name), Stream.concat(Stream.make(long("x")), Stream.fail("no more")), overwriting)
      )
      assert.strictEqual(failed, "no more")
      assert.deepStrictEqual(readdirSync(folder), [name])
      assert.strictEqual(readFileSync(join(folder, name), "utf8"), "page")
    })
  )

  it.effect("is for its owner alone where it is new, and for whom it was where it takes another one's place", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "s.csv")
      const mode = () => statSync(file).mode & 0o7777
      yield* writeFile(file, Stream.make("new"), overwriting)
      assert.strictEqual(mode(), 0o600)
      for (const before of [0o644, 0o664, 0o640, 0o400]) {
        chmodSync(file, before)
        yield* writeFile(file, Stream.make("page"), overwriting)
        assert.strictEqual(mode(), before)
      }
      chmodSync(file, 0o4755)
      replaceFile(file, "{}")
      assert.deepStrictEqual([mode(), readFileSync(file, "utf8")], [0o755, "{}"])
    })
  )

  it.effect("takes away what killed writers of it left, and nothing of anybody else", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "s.csv")
      /** The name of what a writer of a file has begun. */
      const partOf = (name: string) =>
        Effect.gen(function* () {
          const begun = yield* Deferred.make<void>()
          const pieces = Stream.fromEffect(Deferred.succeed(begun, undefined)).pipe(Stream.flatMap(() => Stream.never))
          const writing = yield* Effect.forkChild(writeFile(join(folder, name), pieces, overwriting))
          yield* Deferred.await(begun)
          const [part = ""] = readdirSync(folder)
          yield* Fiber.interrupt(writing)
          assert.deepStrictEqual(readdirSync(folder), [])
          return part
        })
      const killed = yield* partOf("s.csv")
      const slow = yield* partOf("s.csv")
      const other = yield* partOf("other.csv")
      for (const [name, hours] of [
        [killed, 2],
        [slow, 0.5],
        [other, 100],
        ["s.csv.part", 100]
      ] as const) {
        writeFileSync(join(folder, name), "left")
        const at = Date.now() / 1000 - hours * 3600
        utimesSync(join(folder, name), at, at)
      }
      yield* writeFile(file, Stream.make("page"), overwriting)
      assert.sameMembers(readdirSync(folder), [slow, other, "s.csv.part", "s.csv"])
    })
  )
})
