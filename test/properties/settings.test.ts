/** The smallest and the largest legal value of every setting of every scan, over the sample estate. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scans as index } from "../../audit/index.ts"
import type { SettingValue } from "../../core/run/Outcome.ts"
import type { Scan, Setting } from "../../scans/Scan.ts"
import { audit, type Audited } from "../sample/harness.ts"

/** The values at the ends of what a setting may have; those of text and lists have none. */
const extremes = ({ default: value, maximum, minimum, values = [] }: Setting<any>): ReadonlyArray<SettingValue> =>
  typeof value === "boolean"
    ? [!value]
    : [...values, minimum, maximum].flatMap((extreme) => (extreme === undefined || extreme === value ? [] : [extreme]))

/** Every scan with each of its settings at each end, as `days=400`. */
const casesOf = (scan: Scan): ReadonlyArray<Readonly<Record<string, SettingValue>>> =>
  Object.entries(scan.settings).flatMap(([name, setting]) => extremes(setting).map((value) => ({ [name]: value })))

/** Of a scan in all scopes: why it did not know what, how often, and where it failed. */
const tellOf = (results: ReadonlyArray<Audited>, scan: string) => {
  const own = results.filter(({ name }) => name === scan)
  const whys = own.flatMap(({ unjudged }) => unjudged.flatMap(({ state, why }) => (state === "unknown" ? [why] : [])))
  return {
    whys: new Set(whys),
    unknown: own.reduce((total, { counters }) => total + counters.unknown, 0),
    crashed: own.flatMap(({ reason }) => (reason?.code === "scan_crashed" ? [reason.message] : [])),
    unavailable: own.filter(({ status }) => status === "unavailable").map(({ scope }) => scope)
  }
}

/** What a setting is there to say of what is not judged, or of resources that are judged only with it. */
const meant: Readonly<Record<string, RegExp>> = {
  analyze_lambda_cold_starts: /do not fit into the \d+ GB of logScanBudgetGb|its log group \S+ is not there/,
  find_orphaned_cloudwatch_alarms: /what has metrics in \S+ is not listed/,
  find_unused_snapshots: /a copy: EC2 does not tell of which volume/,
  find_untagged_resources: /more than the 1 findings that maxFindings allows/
}

describe("a legal value of a setting", () => {
  it.effect(
    "makes no scan crash or fail, and nothing unknown that is known with the default",
    () =>
      Effect.gen(function* () {
        const loaded = yield* Effect.promise(() =>
          Promise.all(
            Object.entries(index).map(async ([name, { load }]) => ({ name, cases: casesOf((await load()).default) }))
          )
        )
        const cases = new Map(loaded.map(({ cases, name }) => [name, cases]))
        const usual = (yield* audit()).results
        const wrong: Array<string> = []
        // One case of each scan in a night, so that a night serves all of them.
        const nights = Math.max(...loaded.map(({ cases }) => cases.length))
        for (let night = 0; night < nights; night += 1) {
          const inCase = new Set(loaded.flatMap(({ cases, name }) => (cases[night] === undefined ? [] : [name])))
          const { results } = yield* audit({ only: inCase, settingsOf: (name) => cases.get(name)?.[night] ?? {} })
          for (const name of inCase) {
            const what = `${name} with ${JSON.stringify(cases.get(name)?.[night])}`
            const before = tellOf(usual, name)
            const told = tellOf(results, name)
            wrong.push(...told.crashed.map((message) => `${what}: ${message}`))
            const why = [...told.whys].filter((one) => !before.whys.has(one) && meant[name]?.test(one) !== true)
            if (told.unknown > before.unknown && why.length > 0) {
              wrong.push(`${what}: ${told.unknown - before.unknown} more are unknown: ${why.join("; ")}`)
            }
            for (const scope of told.unavailable) {
              if (!before.unavailable.includes(scope)) wrong.push(`${what}: unavailable in ${scope}`)
            }
          }
        }
        assert.deepStrictEqual(wrong, [])
      }),
    300_000
  )
})
