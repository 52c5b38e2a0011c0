import { assert, describe, it } from "@effect/vitest"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { readConfig } from "../../../core/config/readConfig.ts"
import { catalogue } from "./catalogue.ts"

/** A new folder with these files. */
const folderWith = (files: Readonly<Record<string, string | Uint8Array>> = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-config-"))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const read = (folder: string, options: { path?: string; environment?: Record<string, string> } = {}) =>
  readConfig({ catalogue, folder, path: options.path }).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(options.environment ?? {}))
  )

/** The error's lines, with the folder left out. */
const mistakes = (folder: string, options: { path?: string; environment?: Record<string, string> } = {}) =>
  Effect.map(Effect.flip(read(folder, options)), ({ message }) => message.replaceAll(`${folder}/`, "").split("\n"))

const json = "nightaudit.config.json"
const jsonc = "nightaudit.config.jsonc"

describe("readConfig", () => {
  it.effect("has the defaults without a file, with the store in the folder", () =>
    Effect.gen(function* () {
      const folder = folderWith()
      const { config, file } = yield* read(folder)
      assert.isUndefined(file)
      assert.strictEqual(config.accounts, "self")
      assert.strictEqual(config.store, join(folder, ".nightaudit/audit.db"))
      assert.notProperty(config, "profile")
      assert.notProperty(config, "homeRegion")
    })
  )

  it.effect("finds either file in the folder, but not both", () =>
    Effect.gen(function* () {
      for (const name of [json, jsonc]) {
        const folder = folderWith({ [name]: '{ "minMonthlySavingsUsd": 5 }' })
        const { config, file } = yield* read(folder)
        assert.strictEqual(file, join(folder, name))
        assert.strictEqual(config.minMonthlySavingsUsd, 5)
      }
      const folder = folderWith({ [json]: "{}", [jsonc]: "{}" })
      assert.deepStrictEqual(yield* mistakes(folder), [`${json} and ${jsonc} are both in ${folder}; keep one`])
    })
  )

  it.effect("prefers the path that is given, then NIGHTAUDIT_CONFIG, then the folder", () =>
    Effect.gen(function* () {
      const folder = folderWith({
        [json]: '{ "minMonthlySavingsUsd": 1 }',
        "ops/a.json": '{ "minMonthlySavingsUsd": 2 }',
        "ops/b.jsonc": '{ "minMonthlySavingsUsd": 3 }'
      })
      const environment = { NIGHTAUDIT_CONFIG: "ops/a.json" }
      const usd = (options: { path?: string; environment?: Record<string, string> }) =>
        Effect.map(read(folder, options), ({ config }) => config.minMonthlySavingsUsd)
      assert.strictEqual(yield* usd({}), 1)
      assert.strictEqual(yield* usd({ environment }), 2)
      assert.strictEqual(yield* usd({ environment, path: "ops/b.jsonc" }), 3)
      assert.strictEqual(yield* usd({ path: join(folder, "ops/b.jsonc") }), 3)
      assert.strictEqual(yield* usd({ environment: { NIGHTAUDIT_CONFIG: "" } }), 1)
    })
  )

  it.effect("takes the store from the file's folder, and from the current one when the environment names it", () =>
    Effect.gen(function* () {
      const folder = folderWith({
        "ops/a.json": '{ "store": "data/audit.db" }',
        "ops/b.json": '{ "store": "/var/audit.db" }'
      })
      const store = (options: { path?: string; environment?: Record<string, string> }) =>
        Effect.map(read(folder, options), ({ config }) => config.store)
      assert.strictEqual(yield* store({ path: "ops/a.json" }), join(folder, "ops/data/audit.db"))
      assert.strictEqual(yield* store({ path: "ops/b.json" }), "/var/audit.db")
      const environment = { NIGHTAUDIT_STORE: "mine.db" }
      assert.strictEqual(yield* store({ path: "ops/b.json", environment }), join(folder, "mine.db"))
    })
  )

  it.effect("lets the environment choose profile and region", () =>
    Effect.gen(function* () {
      const folder = folderWith({ [json]: '{ "profile": "file", "homeRegion": "eu-west-1" }' })
      const both = (environment: Record<string, string>) =>
        Effect.map(read(folder, { environment }), ({ config }) => [config.profile, config.homeRegion])
      assert.deepStrictEqual(yield* both({}), ["file", "eu-west-1"])
      assert.deepStrictEqual(yield* both({ AWS_PROFILE: "me", AWS_REGION: "us-west-2" }), ["me", "us-west-2"])
      assert.deepStrictEqual(yield* both({ AWS_DEFAULT_REGION: "us-east-2" }), ["file", "us-east-2"])
      assert.deepStrictEqual(
        yield* both({ AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-east-2", AWS_PROFILE: "" }),
        ["file", "us-west-2"]
      )
    })
  )

  it.effect("allows comments, trailing commas and a byte order mark", () =>
    Effect.gen(function* () {
      const folder = folderWith({
        [json]: '\ufeff// ours\n{ "maxRunUsd": 2, /* a cap */ "suppressTagKeys": ["x",], }\n'
      })
      const { config } = yield* read(folder)
      assert.strictEqual(config.maxRunUsd, 2)
      assert.deepStrictEqual(config.suppressTagKeys, ["x"])
    })
  )

  it.effect("names the file before each mistake in it", () =>
    Effect.gen(function* () {
      const folder = folderWith({ [json]: '{ "prices": 1, "regions": { "include": ["eu-wst-1"] } }' })
      assert.deepStrictEqual(yield* mistakes(folder), [
        `${json}: regions.include[0]: there is no region "eu-wst-1". Did you mean eu-west-1?`,
        `${json}: prices: expected snapshot or price-list`
      ])
    })
  )

  it.effect("says where the syntax breaks", () =>
    Effect.gen(function* () {
      const broken = [
        ['{\n  "maxRunUsd": 1\n  "prices": "snapshot"\n}', "comma expected at line 3, column 3"],
        ['{ "maxRunUsd": }', "value expected at line 1, column 16"],
        ['{ "accounts": "self"', "close brace expected at line 1, column 21"],
        ["{ accounts: 1 }", "invalid symbol at line 1, column 3"],
        ["{}\n{}", "end of file expected at line 2, column 1"],
        ["<!DOCTYPE html>", "invalid symbol at line 1, column 1"]
      ] as const
      for (const [text, message] of broken) {
        assert.deepStrictEqual(yield* mistakes(folderWith({ [json]: text })), [
          `${json}: is not valid JSON: ${message}`
        ])
      }
    })
  )

  it.effect("does not let a key that is given twice win in silence", () =>
    Effect.gen(function* () {
      const text = '{\n "regions": { "include": [],\n  "include": ["eu-west-1"] },\n "store": "a", "store": "b"\n}'
      assert.deepStrictEqual(yield* mistakes(folderWith({ [json]: text })), [
        `${json}: regions.include: is given twice (line 3, column 3)`,
        `${json}: store: is given twice (line 4, column 16)`
      ])
      const proto = '{ "__proto__": { "accounts": ["1"] } }'
      assert.match((yield* mistakes(folderWith({ [json]: proto })))[0] ?? "", /: __proto__: is not known/)
    })
  )

  it.effect("has one clear line for a file that is no text, empty, missing or a folder", () =>
    Effect.gen(function* () {
      const line = (content: string | Uint8Array) => mistakes(folderWith({ [json]: content }))
      const utf16 = Buffer.from('\ufeff{ "maxRunUsd": 1 }', "utf16le")
      assert.deepStrictEqual(yield* line(utf16), [`${json}: is in UTF-16; save it in UTF-8`])
      assert.deepStrictEqual(yield* line(utf16.swap16()), [`${json}: is in UTF-16; save it in UTF-8`])
      assert.deepStrictEqual(yield* line(Buffer.from('{ "profile": "caf\u00e9" }', "latin1")), [
        `${json}: is not text in UTF-8`
      ])
      for (const text of ["", "  \n\t", "// nothing yet\n", "\ufeff"]) {
        assert.deepStrictEqual(yield* line(text), [`${json}: is empty: write {} for the defaults`])
      }
      assert.deepStrictEqual(yield* line("[]"), [`${json}: is an empty list; expected an object`])
      const folder = folderWith({ "folder/x": "" })
      assert.deepStrictEqual(yield* mistakes(folder, { path: "folder" }), ["folder: is a directory, not a file"])
      assert.deepStrictEqual(yield* mistakes(folder, { path: "gone.json" }), ["gone.json: there is no such file"])
      assert.deepStrictEqual(yield* mistakes(folder, { path: "folder/x/y.json" }), [
        "folder/x/y.json: there is no such file"
      ])
      assert.deepStrictEqual(yield* mistakes(folder, { environment: { NIGHTAUDIT_CONFIG: "gone.json" } }), [
        "gone.json: there is no such file"
      ])
    })
  )
})
