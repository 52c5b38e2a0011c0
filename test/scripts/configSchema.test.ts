import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { decodeConfig, type KnownScan } from "../../core/config/Config.ts"
import { parseJsonc } from "../../core/config/readConfig.ts"
import { catalogue as entries } from "../../audit/catalogue.ts"
import { configJsonSchema } from "../../scripts/configSchema.ts"

const catalogue = entries as ReadonlyArray<unknown> as ReadonlyArray<KnownScan>

const schema = configJsonSchema(catalogue) as any

const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")

const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema)

/** Whether editors and the product agree about a configuration, and what they say. */
const accepts = (value: unknown) =>
  Effect.map(Effect.result(decodeConfig(value, catalogue)), ({ _tag }) => {
    assert.strictEqual(validate(value), _tag === "Success", JSON.stringify(value))
    return _tag === "Success"
  })

describe("nightaudit.schema.json", () => {
  it("is what the catalogue gives", () => {
    assert.strictEqual(text("nightaudit.schema.json"), `${JSON.stringify(schema, null, 2)}\n`)
  })

  it("describes every option, with its default, and every setting with its bounds", () => {
    for (const [name, option] of Object.entries<any>(schema.properties)) {
      const description =
        option.description ?? option.allOf?.find((part: any) => part.description !== undefined)?.description
      assert.isString(description, name)
    }
    const settings = schema.properties.settings.properties
    assert.deepStrictEqual(settings.find_unused_volumes.properties.minUnattachedDays, {
      type: "integer",
      minimum: 1,
      maximum: 200,
      description: "Days a volume must be seen unattached before it is confirmed",
      default: 7
    })
    assert.deepInclude(settings.get_daily_cost_trend.properties.groupBy, {
      enum: ["SERVICE", "LINKED_ACCOUNT"],
      default: "SERVICE"
    })
    assert.strictEqual(settings.get_cost_by_service.properties.startDate.type, "string")
    for (const { name, settings: known } of catalogue) {
      const described = Object.keys(settings[name]?.properties ?? {})
      assert.deepStrictEqual(
        described,
        known.map((setting) => setting.name),
        name
      )
    }
  })

  it.effect("accepts what the product accepts and refuses what it refuses", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* accepts({}))
      assert.isTrue(yield* accepts({ accounts: ["111111111111"], homeRegion: "eu-west-1", maxRunUsd: 0 }))
      assert.isTrue(yield* accepts({ accounts: { organization: true, organizationalUnits: ["r-ab12"] } }))
      assert.isTrue(yield* accepts({ settings: { get_cost_by_service: { startDate: "", metric: "AmortizedCost" } } }))
      const refused = [
        { accounts: "all" },
        { accounts: [] },
        { accounts: ["1"] },
        { accounts: { organization: false } },
        { accounts: { organization: true, organizationalUnits: ["prod"] } },
        { role: { name: "a b" } },
        { role: { externalId: "x" } },
        { regions: { include: ["eu-wst-1"] } },
        { scans: { categories: ["nope"] } },
        { scans: { include: ["nope"] } },
        { settings: { nope: {} } },
        { settings: { find_unused_volumes: { idleDays: 0 } } },
        { settings: { find_unused_volumes: { idleDays: 1.5 } } },
        { settings: { find_unused_volumes: { nope: 1 } } },
        { settings: { get_cost_by_service: { startDate: "2026-13-01" } } },
        { settings: { get_cost_by_service: { metric: "Blended" } } },
        { minMonthlySavingsUsd: -1 },
        { suppressTagKeys: [""] },
        { prices: "live" },
        { maxRunUsd: "1" },
        { store: "" },
        { profile: "" },
        { homeRegion: "nowhere" },
        { mcp: { toolsets: [] } },
        { mcp: { liveBudgetSeconds: 601 } },
        { mcp: { hosts: ["https://nightaudit.example.com"] } },
        { mcp: { origins: ["*"] } },
        { mcp: { issuer: { url: "https://login.example.com" } } },
        { mcp: { issuer: { url: "http://login.example.com", audience: ["a"] } } },
        { mcp: { issuer: { url: "https://login.example.com", audience: [] } } },
        { mcp: { apiKeys: [{ name: "a", sha256: "ab" }] } },
        { mcp: { apiKeys: [{ name: "a", sha256: "0".repeat(64), accounts: [] }] } },
        { deploy: { authorization: "okta" } },
        { deploy: { alarms: { coveragePercent: 101 } } },
        { deploy: { alerts: { emails: ["finops"] } } },
        { nope: 1 }
      ]
      for (const value of refused) assert.isFalse(yield* accepts(value), JSON.stringify(value))
    })
  )
})

describe("nightaudit.config.example.jsonc", () => {
  const example = text("nightaudit.config.example.jsonc")
  const commentedOut = [...example.matchAll(/^\s*\/\/ (".*),$/gm)].map(([, option = ""]) => option)

  it.effect("is valid, and has the defaults for everything but the settings that it shows", () =>
    Effect.gen(function* () {
      const value = yield* parseJsonc(example)
      assert.isTrue(validate(value), JSON.stringify(validate.errors))
      const { settings, ...config } = yield* decodeConfig(value, catalogue)
      const { settings: _, ...standard } = yield* decodeConfig({ $schema: "./nightaudit.schema.json" }, catalogue)
      assert.deepStrictEqual(config, standard)
      assert.isAbove(Object.keys(settings).length, 0)
      for (const [scan, values] of Object.entries(settings)) {
        for (const [name, written] of Object.entries(values)) {
          const known = catalogue
            .find((entry) => entry.name === scan)
            ?.settings.find((setting) => setting.name === name)
          assert.deepStrictEqual(written, known?.default as typeof written, `${scan}.${name}`)
        }
      }
    })
  )

  it.effect("shows other values that are valid too", () =>
    Effect.gen(function* () {
      assert.isAbove(commentedOut.length, 5)
      const inside: Record<string, string> = {
        externalId: "role",
        include: "",
        categories: "scans",
        ...Object.fromEntries(["toolsets", "hosts", "origins", "issuer", "apiKeys"].map((name) => [name, "mcp"])),
        ...Object.fromEntries(
          ["alerts", "microScans", "organizationalUnits", "image", "certificateArn"].map((name) => [name, "deploy"])
        ),
        ...Object.fromEntries(["webhooks", "reportUrl"].map((name) => [name, "alerts"]))
      }
      for (const option of commentedOut) {
        const written = (yield* parseJsonc(`{ ${option} }`)) as Record<string, ReadonlyArray<string>>
        const [key = ""] = Object.keys(written)
        const parent =
          key === "include" ? (written["include"]?.[0]?.includes("_") === true ? "scans" : "regions") : inside[key]
        assert.isTrue(yield* accepts(parent === undefined ? written : { [parent]: written }), option)
      }
    })
  )

  it("shows every option", () => {
    const names = (part: any): ReadonlyArray<string> =>
      Object.entries<any>(part.properties ?? {}).flatMap(([name, option]) => [
        name,
        ...(name === "settings" ? [] : [...names(option), ...(option.anyOf ?? []).flatMap(names)])
      ])
    for (const name of names(schema)) assert.include(example, `"${name}":`, name)
  })
})
