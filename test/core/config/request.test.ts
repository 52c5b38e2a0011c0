import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AuditRequest } from "../../../core/config/AuditRequest.ts"
import { decodeConfig } from "../../../core/config/Config.ts"
import { auditRequest, type Overrides } from "../../../core/config/request.ts"
import { catalogue } from "./catalogue.ts"

const request = (config: unknown, overrides: Overrides = {}) =>
  Effect.flatMap(decodeConfig(config, catalogue), (decoded) => auditRequest(decoded, overrides, catalogue))

const mistakes = (config: unknown, overrides: Overrides) =>
  Effect.map(Effect.flip(request(config, overrides)), ({ message }) => message.split("\n"))

const everyScan = ["find_unused_volumes", "find_unused_snapshots", "get_cost_by_service"]

describe("auditRequest", () => {
  it.effect("asks for everything by default, as the steps expect it", () =>
    Effect.gen(function* () {
      const asked = yield* request({})
      assert.deepStrictEqual(asked, {
        trigger: "manual",
        accounts: "self",
        regions: [],
        excludeRegions: [],
        scans: everyScan,
        settings: {},
        minMonthlySavingsUsd: 0,
        suppressTagKeys: ["finops:ignore"],
        maxRunUsd: null,
        full: true,
        process: null
      })
      assert.deepStrictEqual(yield* Schema.decodeEffect(AuditRequest)(asked), asked)
    })
  )

  it.effect("takes over what is configured, and is full although that is not everything", () =>
    Effect.gen(function* () {
      const asked = yield* request(
        {
          accounts: ["111111111111"],
          regions: { include: ["eu-west-1", "us-east-1"], exclude: ["us-east-1"] },
          scans: { categories: ["cleanup"] },
          settings: { find_unused_volumes: { idleDays: 45 }, get_cost_by_service: { title: "x" } },
          minMonthlySavingsUsd: 2,
          suppressTagKeys: ["keep"],
          maxRunUsd: 3
        },
        { trigger: "schedule", process: { host: "here", pid: 7 } }
      )
      assert.deepStrictEqual(asked, {
        trigger: "schedule",
        accounts: ["111111111111"],
        regions: ["eu-west-1"],
        excludeRegions: ["us-east-1"],
        scans: ["find_unused_volumes", "find_unused_snapshots"],
        settings: { find_unused_volumes: { idleDays: 45 } },
        minMonthlySavingsUsd: 2,
        suppressTagKeys: ["keep"],
        maxRunUsd: 3,
        full: true,
        process: { host: "here", pid: 7 }
      })
    })
  )

  it.effect("joins categories and scans, and leaves out what is excluded", () =>
    Effect.gen(function* () {
      const scans = (configured: object, overrides: Overrides = {}) =>
        Effect.map(request({ scans: configured }, overrides), (asked) => asked.scans)
      assert.deepStrictEqual(yield* scans({ categories: ["cost"], include: ["find_unused_volumes"] }), [
        "find_unused_volumes",
        "get_cost_by_service"
      ])
      assert.deepStrictEqual(yield* scans({ include: ["find_unused_snapshots"] }), ["find_unused_snapshots"])
      assert.deepStrictEqual(yield* scans({ exclude: ["find_unused_snapshots"] }), [
        "find_unused_volumes",
        "get_cost_by_service"
      ])
      const exclude = { categories: ["cost"], exclude: ["find_unused_snapshots"] }
      assert.deepStrictEqual(yield* scans(exclude, { categories: ["cleanup"] }), ["find_unused_volumes"])
      assert.deepStrictEqual(yield* scans(exclude, { scans: ["find_unused_snapshots"] }), ["find_unused_snapshots"])
      assert.deepStrictEqual(yield* scans({}, { categories: ["cleanup"], scans: ["get_cost_by_service"] }), everyScan)
    })
  )

  it.effect("is not full when it is narrower than the configuration", () =>
    Effect.gen(function* () {
      const full = (overrides: Overrides) => Effect.map(request({}, overrides), (asked) => asked.full)
      assert.isFalse(yield* full({ accounts: ["111111111111"] }))
      assert.isFalse(yield* full({ regions: ["eu-west-1"] }))
      assert.isFalse(yield* full({ categories: ["cleanup"] }))
      assert.isFalse(yield* full({ scans: ["find_unused_volumes"] }))
      assert.isTrue(yield* full({ settings: ["find_unused_volumes.idleDays=3"], maxRunUsd: 1 }))
      assert.isTrue(yield* full({ accounts: [], regions: [], categories: [], scans: [] }))
    })
  )

  it.effect("passes on which values of tags suppress and which tags name an owner", () =>
    Effect.gen(function* () {
      const asked = yield* request({ suppressTags: { env: ["sandbox"] }, ownerTagKeys: ["squad", "Owner"] })
      assert.deepStrictEqual([asked.suppressTags, asked.ownerTagKeys], [{ env: ["sandbox"] }, ["squad", "Owner"]])
      assert.deepStrictEqual(yield* Schema.decodeEffect(AuditRequest)(asked), asked)
      const wrong = { suppressTags: { env: [] }, ownerTagKeys: [] }
      assert.deepStrictEqual(yield* mistakes(wrong, {}), [
        "suppressTags.env: expected at least one value; suppressTagKeys takes any",
        "ownerTagKeys: expected at least one key of a tag"
      ])
    })
  )

  it.effect("makes no paid call where that is asked for, whatever cap is configured", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* request({ maxRunUsd: 3 }, { noPaidCalls: true })).maxRunUsd, 0)
      assert.strictEqual((yield* request({ maxRunUsd: 3 }, { noPaidCalls: false })).maxRunUsd, 3)
      assert.deepStrictEqual(yield* mistakes({}, { noPaidCalls: true, maxRunUsd: 1 }), [
        "noPaidCalls: is a cap of nothing, so --max-run-usd says something else"
      ])
    })
  )

  it.effect("chooses accounts by id or by word", () =>
    Effect.gen(function* () {
      const organization = { organization: true, exclude: ["222222222222"] }
      const accounts = (written: ReadonlyArray<string>, configured: unknown = "self") =>
        Effect.map(request({ accounts: configured }, { accounts: written }), (asked) => asked.accounts)
      assert.deepStrictEqual(yield* accounts(["111111111111", "222222222222", "111111111111"]), [
        "111111111111",
        "222222222222"
      ])
      assert.deepStrictEqual(yield* accounts(["organization"]), { organization: true })
      assert.deepStrictEqual(yield* accounts(["organization"], organization), organization as any)
      assert.deepStrictEqual(yield* accounts(["self"], organization), "self")
      assert.deepStrictEqual(yield* accounts([], organization), organization as any)
    })
  )

  it.effect("runs in a region that is asked for although the configuration excludes it", () =>
    Effect.gen(function* () {
      const asked = yield* request(
        { regions: { exclude: ["us-east-1", "us-west-2"] } },
        { regions: ["us-east-1", "us-east-1"] }
      )
      assert.deepStrictEqual(asked.regions, ["us-east-1"])
      assert.deepStrictEqual(asked.excludeRegions, ["us-west-2"])
    })
  )

  it.effect("reads settings by their type, over those of the configuration", () =>
    Effect.gen(function* () {
      const asked = yield* request(
        { settings: { find_unused_volumes: { idleDays: 45, includeIdle: false } } },
        {
          settings: [
            "find_unused_volumes.includeIdle=true",
            "find_unused_volumes.minSizeGb=0.5",
            "find_unused_volumes.types=gp2, io1",
            "get_cost_by_service.metric=AmortizedCost",
            "get_cost_by_service.startDate=2026-01-01",
            "get_cost_by_service.title=a=b, c"
          ]
        }
      )
      assert.deepStrictEqual(asked.settings, {
        find_unused_volumes: { idleDays: 45, includeIdle: true, minSizeGb: 0.5, types: ["gp2", "io1"] },
        get_cost_by_service: { metric: "AmortizedCost", startDate: "2026-01-01", title: "a=b, c" }
      })
      const empty = yield* request({}, { settings: ["find_unused_volumes.types=", "get_cost_by_service.startDate="] })
      assert.deepStrictEqual(empty.settings, {
        find_unused_volumes: { types: [] },
        get_cost_by_service: { startDate: "" }
      })
    })
  )

  it.effect("names every mistake at once", () =>
    Effect.gen(function* () {
      const lines = yield* mistakes(
        {},
        {
          accounts: ["111", "self"],
          regions: ["eu-wst-1"],
          categories: ["clean"],
          scans: ["find_unused_volume"],
          settings: [
            "nonsense",
            "idleDays=3",
            "find_unused_vol.idleDays=3",
            "find_unused_volumes.idleDay=3",
            "find_unused_volumes.idleDays=",
            "find_unused_volumes.minSizeGb= ",
            "find_unused_volumes.idleDays=soon",
            "find_unused_volumes.idleDays=401",
            "find_unused_volumes.includeIdle=yes",
            "get_cost_by_service.metric=Blended"
          ],
          maxRunUsd: -1
        }
      )
      assert.deepStrictEqual(lines.toSorted(), [
        "accounts[0]: expected an account id of twelve digits, or self or organization alone",
        "accounts[1]: expected an account id of twelve digits, or self or organization alone",
        'categories: there is no category "clean". Did you mean cleanup?',
        "maxRunUsd: expected an amount of USD, zero or more",
        'regions: there is no region "eu-wst-1". Did you mean eu-west-1?',
        'scans: there is no scan "find_unused_volume". Did you mean find_unused_volumes?',
        "settings.find_unused_volumes.idleDays: expected a whole number from 1 to 400 (days)",
        "settings.find_unused_volumes.idleDays: expected a whole number from 1 to 400 (days)",
        "settings.find_unused_volumes.idleDays: expected a whole number from 1 to 400 (days)",
        "settings.find_unused_volumes.includeIdle: expected true or false",
        "settings.find_unused_volumes.minSizeGb: expected a number from 0 to 1000 (GB)",
        'settings.find_unused_volumes: there is no setting "idleDay". Did you mean idleDays?',
        "settings.get_cost_by_service.metric: expected UnblendedCost, AmortizedCost or NetAmortizedCost",
        'settings: expected scan.setting=value, not "idleDays=3"',
        'settings: expected scan.setting=value, not "nonsense"',
        'settings: there is no scan "find_unused_vol". Did you mean find_unused_volumes?'
      ])
    })
  )

  it.effect("says so when nothing is left to do, and when a setting has no scan to set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* mistakes({ scans: { categories: ["cost"], exclude: ["get_cost_by_service"] } }, {}),
        ["scans: no scan is left: the configuration excludes all that are asked for"]
      )
      assert.deepStrictEqual(yield* mistakes({ regions: { include: ["eu-west-1"], exclude: ["eu-west-1"] } }, {}), [
        "regions: every region that is included is also excluded"
      ])
      assert.deepStrictEqual(
        yield* mistakes({}, { categories: ["cost"], settings: ["find_unused_volumes.idleDays=3"] }),
        ["settings.find_unused_volumes.idleDays: the scan is not part of this run"]
      )
    })
  )

  it.effect("refuses an amount that is none", () =>
    Effect.gen(function* () {
      for (const maxRunUsd of [Number.NaN, Number.POSITIVE_INFINITY, -0.01]) {
        assert.deepStrictEqual(yield* mistakes({}, { maxRunUsd }), [
          "maxRunUsd: expected an amount of USD, zero or more"
        ])
      }
      assert.strictEqual((yield* request({ maxRunUsd: 5 }, { maxRunUsd: 0 })).maxRunUsd, 0)
    })
  )
})
