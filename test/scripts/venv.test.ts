import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { findPython } from "../../scripts/venv.ts"
import { temporaryFolder } from "../cli/command.ts"

/** Programs of these names: one that says a version, as a Python that is asked for its own, or one that cannot run. */
const programs = (versions: Readonly<Record<string, string | undefined>>) =>
  Effect.map(temporaryFolder, (folder) =>
    Object.entries(versions).map(([name, version]) => {
      const file = join(folder, name)
      writeFileSync(file, `#!/bin/sh\n${version === undefined ? "exit 127" : `echo ${version}`}\n`)
      chmodSync(file, 0o755)
      return file
    })
  )

describe.skipIf(process.platform === "win32")("findPython", () => {
  it.effect("takes the first that is new enough, and passes over what does not run", () =>
    Effect.gen(function* () {
      const candidates = yield* programs({
        python3: "3.11.7",
        "python3.12": undefined,
        "3.9": "3.9.18",
        "3.13": "3.13.0"
      })
      assert.deepStrictEqual(findPython(12, ["/nowhere/python3", ...candidates]), {
        python: candidates[3],
        found: ["3.11.7", "3.9.18", "3.13.0"]
      })
      assert.strictEqual(findPython(10, candidates).python, candidates[0])
    })
  )

  it.effect("says what there is where none is new enough", () =>
    Effect.gen(function* () {
      const candidates = yield* programs({ python3: "3.11.7", python: "2.7.18", again: "3.11.7" })
      assert.deepStrictEqual(findPython(12, candidates), { python: undefined, found: ["3.11.7", "2.7.18"] })
      assert.deepStrictEqual(findPython(12, []), { python: undefined, found: [] })
    })
  )
})
