/** What is asked for: the configuration, with what the command line says instead. */
import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { type Config, decodeConfig } from "../../core/config/Config.ts"
import { ConfigError } from "../../core/config/ConfigError.ts"
import { auditRequest } from "../../core/config/request.ts"
import { estate } from "../../sample/organization.ts"
import { catalogue } from "../../audit/catalogue.ts"
import type { SelectionInput } from "../flags.ts"
import type { Place } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { type Problem, unknownName, usageProblem } from "../Problem.ts"

const sampleAccounts = estate.accounts.map(({ id }) => id)

// The configuration is about real accounts; the sample has its own, and everything else as it comes.
const sampleConfig: Effect.Effect<Config, ConfigError> = decodeConfig({ accounts: { organization: true } }, catalogue)

const unknownInSample = ({ accounts, regions }: SelectionInput): ReadonlyArray<string> => [
  ...accounts
    .filter((account) => account !== "organization" && account !== "self" && !sampleAccounts.includes(account))
    .map((account) => unknownName("account", account, sampleAccounts)),
  ...regions
    .filter((region) => !estate.regions.includes(region))
    .map((region) => unknownName("region", region, estate.regions))
]

// `accounts[0]` says less than the account that was written there.
const withAccounts = (error: ConfigError, accounts: ReadonlyArray<string>): ConfigError =>
  new ConfigError({
    file: error.file,
    problems: error.problems.map((problem) => {
      const index = /^accounts\[(\d+)\]$/.exec(problem.path)?.[1]
      const written = index === undefined ? undefined : [...new Set(accounts)][Number(index)]
      return written === undefined
        ? problem
        : { path: "accounts", message: `${JSON.stringify(written)}: ${problem.message}` }
    })
  })

/** What is configured: the sample is audited as a whole. */
export const configOf = ({ config, sample }: Place): Effect.Effect<Config, ConfigError> =>
  sample ? sampleConfig : Effect.succeed(config)

/** The request that starts the machine. Without a selection it is what is configured. */
export const requestOf = Effect.fn("cli.requestOf")(function* (
  place: Place,
  selection: SelectionInput | undefined
): Effect.fn.Return<AuditRequest, Problem | ConfigError, Machine> {
  const { process } = yield* Machine
  if (place.sample && selection !== undefined) {
    const problems = unknownInSample(selection)
    if (problems.length > 0) return yield* usageProblem(...problems)
  }
  const config = yield* configOf(place)
  return yield* auditRequest(
    config,
    { ...selection, trigger: place.sample ? "sample" : "manual", process },
    catalogue
  ).pipe(Effect.mapError((error) => withAccounts(error, selection?.accounts ?? [])))
})

/** How many accounts and regions a request is about, as far as that is known without a call. */
export const knownOf = (place: Place, { accounts, excludeRegions, regions }: AuditRequest) => ({
  accounts:
    accounts === "self"
      ? 1
      : "organization" in accounts
        ? place.sample
          ? sampleAccounts.length
          : null
        : accounts.length,
  regions:
    regions.length > 0
      ? regions.filter((region) => !excludeRegions.includes(region)).length
      : place.sample
        ? estate.regions.length
        : null
})
