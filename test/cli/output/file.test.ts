/** What a command writes into a file that somebody names. */
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
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
      assert.match(String(parts[0]), /^\.nightaudit-[0-9a-f]{16}\.part$/)
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
})
