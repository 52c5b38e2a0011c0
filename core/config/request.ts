/** What an audit is asked to do: the configuration, and what is asked for on top of it. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CatalogueSetting } from "../catalogue/Catalogue.ts"
import type { SettingValue } from "../run/Outcome.ts"
import { AccountId } from "../Scope.ts"
import type { AccountSelection, AuditRequest } from "./AuditRequest.ts"
import type { Config, KnownScan } from "./Config.ts"
import { ConfigError, type ConfigProblem } from "./ConfigError.ts"
import { check } from "./check.ts"
import { knownRegions } from "./regions.ts"
import { settingSchema } from "./settings.ts"
import { unknownName } from "./suggest.ts"

/** What the command line or an assistant asks for. What is absent or empty is as configured. */
export interface Overrides {
  /** Account ids, or one of the words `self` and `organization`. */
  readonly accounts?: ReadonlyArray<string>
  readonly regions?: ReadonlyArray<string>
  readonly categories?: ReadonlyArray<string>
  readonly scans?: ReadonlyArray<string>
  /** `find_unused_volumes.idleDays=45`; the items of a list are separated by commas, the entries of a map are written `Environment:prod,dev;Team:web`. */
  readonly settings?: ReadonlyArray<string>
  readonly maxRunUsd?: number | undefined
  /** The same as a cap of nothing. */
  readonly noPaidCalls?: boolean | undefined
  /** Default: manual. */
  readonly trigger?: AuditRequest["trigger"]
  readonly process?: AuditRequest["process"]
}

/** The value that a text stands for; a text that stands for none is left to the schema to refuse. */
const valueOf = ({ type }: CatalogueSetting, text: string): unknown => {
  switch (type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text
    case "number":
    case "integer":
      return text.trim() === "" ? text : Number(text)
    case "list":
      return text === "" ? [] : text.split(",").map((item) => item.trim())
    case "map":
      return Object.fromEntries(
        text
          .split(";")
          .filter((entry) => entry.trim() !== "")
          .map((entry) => {
            const [name = "", values = ""] = entry.split(":", 2)
            return [name.trim(), values === "" ? [] : values.split(",").map((value) => value.trim())]
          })
      )
    case "string":
      return text
  }
}

/** The audit that a configuration and what is asked for besides describe, or every mistake in what is asked for. */
export const auditRequest = (
  config: Config,
  overrides: Overrides,
  catalogue: ReadonlyArray<KnownScan>
): Effect.Effect<AuditRequest, ConfigError> =>
  Effect.suspend(() => {
    const { accounts = [], categories = [], regions = [], scans = [], settings = [] } = overrides
    const problems: Array<ConfigProblem> = []
    const mistake = (path: string, message: string) => void problems.push({ path, message })

    const mustBeKnown = (path: string, kind: string, written: ReadonlyArray<string>, names: ReadonlyArray<string>) => {
      for (const name of written) if (!names.includes(name)) mistake(path, unknownName(kind, name, names))
    }
    const scanNames = catalogue.map(({ name }) => name)
    mustBeKnown("regions", "region", regions, knownRegions)
    mustBeKnown("categories", "category", categories, [...new Set(catalogue.map(({ category }) => category))])
    mustBeKnown("scans", "scan", scans, scanNames)

    const chosenAccounts = (): AccountSelection => {
      if (accounts.length === 0) return config.accounts
      if (accounts.length === 1 && accounts[0] === "self") return "self"
      if (accounts.length === 1 && accounts[0] === "organization") {
        // What the configuration leaves out of the organisation stays out.
        return typeof config.accounts === "object" && "organization" in config.accounts
          ? config.accounts
          : { organization: true }
      }
      const ids = check(Schema.Array(AccountId), [...new Set(accounts)], ["accounts"])
      if (Result.isSuccess(ids)) return ids.success
      for (const { message, path } of ids.failure) mistake(path, `${message}, or self or organization alone`)
      return "self"
    }

    const chosenScans = (): ReadonlyArray<KnownScan> => {
      const asked = categories.length > 0 || scans.length > 0
      const groups = asked ? categories : config.scans.categories
      const names = asked ? scans : config.scans.include
      const all = groups.length === 0 && names.length === 0
      return catalogue.filter(
        ({ category, name }) =>
          // A scan that is asked for by its name runs, although the configuration leaves it out.
          scans.includes(name) ||
          (!config.scans.exclude.includes(name) && (all || groups.includes(category) || names.includes(name)))
      )
    }

    const chosenRegions = (regions.length > 0 ? regions : config.regions.include).filter(
      (region) => regions.includes(region) || !config.regions.exclude.includes(region)
    )
    if (config.regions.include.length > 0 && chosenRegions.length === 0) {
      mistake("regions", "every region that is included is also excluded")
    }

    const chosen = chosenScans()
    const isComplete = problems.length === 0
    if (isComplete && chosen.length === 0)
      mistake("scans", "no scan is left: the configuration excludes all that are asked for")

    const values: Record<string, Record<string, SettingValue>> = {}
    for (const { name } of chosen) {
      const configured = config.settings[name]
      if (configured !== undefined) values[name] = { ...configured }
    }
    for (const written of settings) {
      const [, scanName = "", settingName = "", text = ""] = /^([^.=]+)\.([^.=]+)=(.*)$/su.exec(written) ?? []
      const scan = catalogue.find(({ name }) => name === scanName)
      const setting = scan?.settings.find(({ name }) => name === settingName)
      if (scanName === "") mistake("settings", `expected scan.setting=value, not ${JSON.stringify(written)}`)
      else if (scan === undefined) mistake("settings", unknownName("scan", scanName, scanNames))
      else if (setting === undefined) {
        const names = scan.settings.map(({ name }) => name)
        mistake(`settings.${scanName}`, unknownName("setting", settingName, names))
      } else if (isComplete && !chosen.includes(scan)) {
        mistake(`settings.${scanName}.${settingName}`, "the scan is not part of this run")
      } else {
        const value = check(settingSchema(setting), valueOf(setting, text), ["settings", scanName, settingName])
        if (Result.isSuccess(value)) values[scanName] = { ...values[scanName], [settingName]: value.success }
        else problems.push(...value.failure)
      }
    }

    const { noPaidCalls = false } = overrides
    if (noPaidCalls && overrides.maxRunUsd !== undefined) {
      mistake("noPaidCalls", "is a cap of nothing, so --max-run-usd says something else")
    }
    const maxRunUsd = noPaidCalls ? 0 : (overrides.maxRunUsd ?? config.maxRunUsd)
    if (maxRunUsd !== null && !(Number.isFinite(maxRunUsd) && maxRunUsd >= 0)) {
      mistake("maxRunUsd", "expected an amount of USD, zero or more")
    }

    const request: AuditRequest = {
      trigger: overrides.trigger ?? "manual",
      accounts: chosenAccounts(),
      ...(config.payer === undefined ? {} : { payer: config.payer }),
      regions: [...new Set(chosenRegions)],
      excludeRegions: config.regions.exclude.filter((region) => !regions.includes(region)),
      scans: chosen.map(({ name }) => name),
      settings: values,
      minMonthlySavingsUsd: config.minMonthlySavingsUsd,
      suppressTagKeys: config.suppressTagKeys,
      ...(Object.keys(config.suppressTags).length === 0 ? {} : { suppressTags: config.suppressTags }),
      ...(config.suppressions.length === 0 ? {} : { suppressions: config.suppressions }),
      ...(config.ownerTagKeys === undefined ? {} : { ownerTagKeys: config.ownerTagKeys }),
      maxRunUsd,
      full: accounts.length + regions.length + categories.length + scans.length === 0,
      process: overrides.process ?? null
    }
    return problems.length === 0 ? Effect.succeed(request) : Effect.fail(new ConfigError({ file: null, problems }))
  })
