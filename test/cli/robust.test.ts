/** What used to end in a stack, or in silence: a full disk, a folder that is gone, an old Node, a configuration that is none. */
import { execFileSync, spawn } from "node:child_process"
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layerSqlite } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { aFinding, aRun, aTransition } from "../core/store/fixtures.ts"
import { type Ended, linesOf, main, nightaudit, temporaryFolder } from "./command.ts"

/** Runs a shell's command in a folder, with `$CLI` for the command line. */
const shell = (folder: string, command: string) =>
  Effect.callback<Ended>((resume) => {
    const child = spawn("sh", ["-c", command], {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, CLI: `${process.execPath} ${main}` },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
  })

/** What it ends with, and all that it says. */
const ended = ({ code, stderr, stdout }: Ended) => [code, stdout, ...linesOf(stderr)]

const seeded = (folder: string, path = ".nightaudit/audit.db") => {
  mkdirSync(join(folder, path, ".."), { recursive: true })
  return Effect.gen(function* () {
    const store = yield* Store
    yield* store.putRun(aRun({ status: "complete", process: null }))
    yield* store.writeTransitions([aTransition(aFinding())])
  }).pipe(Effect.provide(layerSqlite(join(folder, path))))
}

describe("stdout", () => {
  it.live("that is full is an error with its own line and code, in every format and for help as well", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* seeded(folder)
      for (const args of [
        "findings",
        "findings --format json",
        "findings --format csv",
        "findings --format markdown",
        "scans",
        "policy",
        "--help",
        "--version",
        "--completions bash"
      ]) {
        const { code, stderr } = yield* shell(folder, `$CLI ${args} > /dev/full`)
        assert.deepStrictEqual(
          [code, linesOf(stderr)[0]],
          [6, "The result could not be written whole: the disk is full (ENOSPC). What is there is cut off."],
          args
        )
      }
    }).pipe(Effect.scoped)
  )

  it.live("whose reader has seen enough is no error", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { code, stderr, stdout } = yield* shell(folder, "{ $CLI scans --format json; echo $? >&2; } | head -1")
      assert.deepStrictEqual([code, stdout, stderr], [0, "[\n", "0\n"])
    }).pipe(Effect.scoped)
  )

  it.live("that is a file has all of it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const piped = yield* shell(folder, "$CLI scans --format json")
      const filed = yield* shell(folder, "$CLI scans --format json > out.json && cat out.json")
      assert.strictEqual(filed.stdout, piped.stdout)
      assert.isAbove(piped.stdout.length, 65_536)
    }).pipe(Effect.scoped)
  )
})

describe("where it runs", () => {
  it.live("a folder that was deleted", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      assert.deepStrictEqual(ended(yield* shell(folder, 'mkdir gone && cd gone && rmdir "$PWD" && $CLI runs')), [
        2,
        "",
        "The current folder does not exist any more: change to one that does."
      ])
    }).pipe(Effect.scoped)
  )

  const preload = (code: string) => ({ NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` })

  it.effect("a Node.js that has no SQLite", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const env = preload('Object.defineProperty(process.versions, "node", { value: "20.20.2" })')
      assert.deepStrictEqual(ended(yield* nightaudit(folder, ["runs"], { env })), [
        2,
        "",
        "nightaudit needs Node.js 22.21 or newer, and this is 20.20.2: install a newer one."
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("a Node.js that calls its SQLite experimental", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* seeded(folder)
      const env = preload(
        'const sqlite = process.getBuiltinModule("node:sqlite"); const Real = sqlite.DatabaseSync; ' +
          'sqlite.DatabaseSync = class extends Real { constructor(...args) { super(...args); process.emitWarning("SQLite is an experimental feature", "ExperimentalWarning"); process.emitWarning("look", "OtherWarning") } }; ' +
          'process.getBuiltinModule("node:module").syncBuiltinESMExports()'
      )
      const { code, stderr } = yield* nightaudit(folder, ["runs"], { env })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual([...new Set(linesOf(stderr))], ["OtherWarning: look"])
    }).pipe(Effect.scoped)
  )
})

describe("a configuration", () => {
  const name = "nightaudit.config.json"

  const refusal = (make: (folder: string) => void, args: ReadonlyArray<string> = []) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      make(folder)
      const result = yield* nightaudit(folder, ["runs", ...args])
      return ended(result).map((part) => (typeof part === "string" ? part.replace(`${folder}/`, "") : part))
    }).pipe(Effect.scoped)

  it.effect("that is nested 5,000 deep", () =>
    Effect.gen(function* () {
      for (const text of [`${"[".repeat(5000)}${"]".repeat(5000)}`, `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`]) {
        const [code, stdout, line] = yield* refusal((folder) => writeFileSync(join(folder, name), text))
        assert.deepStrictEqual([code, stdout], [2, ""])
        assert.match(String(line), /^nightaudit\.config\.json: is nested deeper than 50 levels \(line 1, column \d+\)$/)
      }
      // Brackets in text are no depth.
      const [, , line] = yield* refusal((folder) =>
        writeFileSync(join(folder, name), JSON.stringify({ store: "[".repeat(5000) }))
      )
      assert.notMatch(String(line), /nested/)
    })
  )

  it.effect("that is a link to itself, or to nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusal((folder) => symlinkSync(name, join(folder, name))), [
        2,
        "",
        `${name}: is a link that leads to itself`
      ])
      assert.deepStrictEqual(yield* refusal((folder) => symlinkSync("nowhere.json", join(folder, name))), [
        2,
        "",
        `${name}: there is no such file`
      ])
    })
  )

  it.effect("that is a pipe, a device or a folder", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusal((folder) => execFileSync("mkfifo", [join(folder, name)])), [
        2,
        "",
        `${name}: is a pipe, not a file`
      ])
      assert.deepStrictEqual(yield* refusal(() => undefined, ["--config", "/dev/zero"]), [
        2,
        "",
        "/dev/zero: is a device, not a file"
      ])
      assert.deepStrictEqual(yield* refusal((folder) => mkdirSync(join(folder, name))), [
        2,
        "",
        `${name}: is a directory, not a file`
      ])
    })
  )
})

describe("a store", () => {
  it.effect("that is a pipe or a device is told, and waited for by nobody", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const pipe = join(folder, "pipe.db")
      execFileSync("mkfifo", [pipe])
      for (const [path, kind] of [
        [pipe, "pipe"],
        ["/dev/zero", "device"]
      ] as const) {
        for (const command of ["runs", "findings"]) {
          assert.deepStrictEqual(ended(yield* nightaudit(folder, [command, "--store", path])), [
            2,
            "",
            `The store ${path} is a ${kind}. Give the path of a file.`
          ])
        }
      }
    }).pipe(Effect.scoped)
  )
})

describe("the sample's clock", () => {
  it.live("is as private as the store, whatever the process allows by default", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      assert.strictEqual((yield* shell(folder, "umask 0 && $CLI demo")).code, 0)
      const place = join(folder, ".nightaudit")
      const modes = [place, join(place, "sample"), join(place, "sample/audit.db"), join(place, "sample/clock.json")]
      assert.deepStrictEqual(
        modes.map((path) => (statSync(path).mode & 0o777).toString(8)),
        ["700", "700", "600", "600"]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("that is a pipe", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* seeded(folder, ".nightaudit/sample/audit.db")
      execFileSync("mkfifo", [join(folder, ".nightaudit/sample/clock.json")])
      const { code, stderr } = yield* nightaudit(folder, ["runs", "--sample"])
      assert.deepStrictEqual([code, linesOf(stderr).length], [2, 1])
      assert.match(stderr, /clock\.json, which says when the sample's time began, cannot be read/)
    }).pipe(Effect.scoped)
  )

  it.effect("that is missing or broken", () =>
    Effect.gen(function* () {
      for (const text of [undefined, "", "nonsense", "null", "{}", '{"createdAt":"soon"}', '{"createdAt":7e99}']) {
        const folder = yield* temporaryFolder
        yield* seeded(folder, ".nightaudit/sample/audit.db")
        const clock = join(folder, ".nightaudit/sample/clock.json")
        if (text !== undefined) writeFileSync(clock, text)
        for (const command of [["runs", "--sample"], ["demo"]]) {
          assert.deepStrictEqual(
            ended(yield* nightaudit(folder, command)),
            [
              2,
              "",
              `${clock}, which says when the sample's time began, cannot be read: delete the folder ${join(clock, "..")} to begin with its first night again.`
            ],
            text
          )
        }
      }
    }).pipe(Effect.scoped)
  )
})

describe("help", () => {
  it.effect("fits 80 columns, and fewer", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const commands = [
        "demo",
        "scan",
        "findings",
        "finding",
        "totals",
        "compare",
        "runs",
        "coverage",
        "scans",
        "policy",
        "doctor"
      ]
      for (const [columns, all] of [
        [80, [[], ...commands.map((command) => [command])]],
        [66, [[], ["findings"]]]
      ] as const) {
        for (const command of all) {
          const { stdout } = yield* nightaudit(folder, [...command, "--help"], { env: { COLUMNS: String(columns) } })
          for (const line of linesOf(stdout)) assert.isAtMost(line.length, columns, line)
        }
      }
    }).pipe(Effect.scoped)
  )
})
