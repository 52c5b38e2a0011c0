/** Checks what a scan needs, with free calls only, and says what to do about what is missing. */
import { accessSync, constants, existsSync, statSync } from "node:fs"
import { platform } from "node:os"
import { dirname, relative } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { type Aws, RetrySchedule } from "../../core/aws/Aws.ts"
import { type CallerIdentity, Credentials } from "../../core/aws/Credentials.ts"
import snapshot from "../../core/pricing/snapshot/services.json" with { type: "json" }
import { globalRegion, type Partition } from "../../core/Scope.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { Store } from "../../core/store/Store.ts"
import { daysBetween } from "../../core/time.ts"
import { activeAccounts } from "../../datasets/aws/organizations.ts"
import { describeRegions, regions as regionsOfAccount } from "../../datasets/aws/regions.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import type { ConfigError } from "../../core/config/ConfigError.ts"
import { defaultSettings } from "../../scans/Scan.ts"
import { EnterRole } from "../../workflows/enterAccount.ts"
import type { PlaceInput } from "../flags.ts"
import { auditLayer, awsHome, hasStore, openPlace, type Place, storeLayer } from "../layers.ts"
import { Machine } from "../Machine.ts"
import { count, listed, plural } from "../../core/format.ts"
import type { Format } from "../output/formats.ts"
import { awsProblem, exitCode, type Problem, problemOf } from "../Problem.ts"
import { billingChecks } from "./billingChecks.ts"
import { actionOf, type Check, fail, failed, inAccount, ok, showChecks, warn } from "./checks.ts"
import { freeOperations, type Tried, tryOperations } from "./permissions.ts"
import { requestOf } from "./request.ts"

const nodeCheck = (version: string, knowsProxies: boolean): Check =>
  knowsProxies
    ? ok("Node.js", version)
    : fail("Node.js", `${version} is too old`, "Install Node.js 22.21, 24.5 or a newer one.")

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The folder, or the closest one above it that exists. */
const existing = (folder: string): string => (existsSync(folder) ? folder : existing(dirname(folder)))

// Windows has no such bits.
const isOpenToOthers = (path: string): boolean => platform() !== "win32" && (statSync(path).mode & 0o077) !== 0

/** What others may read of a store: account ids, names and tags of all that was found. */
const openPaths = (file: string, workingFolder: string): ReadonlyArray<string> => {
  const folder = dirname(file)
  // A folder that the work is done in, or that holds it, is not the store's own.
  const isOwn = relative(folder, workingFolder).startsWith("..")
  return [
    ...(isOwn && isOpenToOthers(folder) ? [`chmod 700 ${folder}`] : []),
    ...(isOpenToOthers(file) ? [`chmod 600 ${file}`] : [])
  ]
}

const storeCheck = Effect.fnUntraced(function* (place: Place) {
  const { folder: workingFolder } = yield* Machine
  const file = place.storeFile
  const elsewhere = "Choose another path with --store, or move away what is there."
  if (!hasStore(place)) {
    const folder = existing(dirname(file))
    if (!statSync(folder).isDirectory())
      return fail("Store", `${file} cannot be made: ${folder} is a file and not a folder`, elsewhere)
    return isWritable(folder)
      ? ok("Store", `${file} will be made by the first scan`)
      : fail(
          "Store",
          `${file} cannot be made: ${folder} is not writable`,
          "Choose another path with --store, or make the folder writable."
        )
  }
  if (!statSync(file).isFile()) return fail("Store", `${file} is not a file`, elsewhere)
  const opened = yield* Effect.flatMap(Store, (store) => store.runs(1)).pipe(
    Effect.provide(storeLayer(place)),
    Effect.result
  )
  if (opened._tag === "Failure") return fail("Store", opened.failure.message, elsewhere)
  if (!isWritable(file))
    return fail("Store", `${file} can be read and not written`, "Make the file writable for this user.")
  const [newest] = opened.success.items
  const detail = `${file}, ${newest === undefined ? "without a run yet" : `newest run ${newest.id}`}`
  const open = openPaths(file, workingFolder)
  return open.length === 0
    ? ok("Store", detail)
    : warn("Store", `${detail}; other users of this machine can read it`, `Run \`${open.join(" && ")}\`.`)
})

/** Older lists are off by more than most savings are worth arguing about. */
const oldPriceDays = 400

const priceCheck = Effect.fnUntraced(function* (place: Place) {
  const age = daysBetween(new Date(snapshot.snapshotDate), new Date(yield* Clock.currentTimeMillis))
  const detail = `snapshot of ${snapshot.snapshotDate}, ${count(Math.floor(age))} days old, ${plural(snapshot.regions.length, "region")}`
  if (place.config.prices === "price-list")
    return ok("Prices", `the Price List API (needs pricing:GetProducts), else the ${detail}`)
  return age > oldPriceDays
    ? warn("Prices", detail, 'Update nightaudit, or set "prices": "price-list" in the configuration to ask AWS.')
    : ok("Prices", detail)
})

/** The accounts that a scan would enter, and what is wrong with asking for them. */
const accountChecks = Effect.fnUntraced(function* (
  selection: AuditRequest["accounts"],
  caller: CallerIdentity,
  partition: Partition
) {
  const here = inAccount(caller.account, globalRegion, partition)
  if (selection === "self")
    return { checks: [ok("Accounts", `the caller's own, ${caller.account}`)], accounts: [caller.account] }
  if (!("organization" in selection))
    return { checks: [ok("Accounts", `${plural(selection.length, "account")} listed`)], accounts: [...selection] }
  const listedAccounts = yield* Effect.result(here(activeAccounts(selection.organizationalUnits ?? [])))
  if (listedAccounts._tag === "Failure") {
    const { failure } = listedAccounts
    const code = failure.reason._tag === "AccessDenied" ? exitCode.accessDenied : exitCode.usage
    const todo = `Scan from the payer or a delegated administrator with ${actionOf(failure)}, or list the accounts in the configuration.`
    return { checks: [fail("Organisation", failure.message, todo, code)], accounts: [] }
  }
  const accounts = listedAccounts.success.map(({ id }) => id).filter((id) => selection.exclude?.includes(id) !== true)
  return { checks: [ok("Organisation", `${plural(accounts.length, "active account")}`)], accounts }
})

/** What differs from account to account is shown for so many; a scan tells of all. */
const mostAccounts = 50

/** The regions that are enabled, sorted. */
const enabledOf = (all: ReadonlyMap<string, boolean>): ReadonlyArray<string> =>
  [...all].flatMap(([region, isEnabled]) => (isEnabled ? [region] : [])).sort()

/** An account that was entered, and where. */
interface Entered {
  readonly account: string
  readonly regions: ReadonlyArray<string>
}

const entryChecks = Effect.fnUntraced(function* (place: Place, accounts: ReadonlyArray<string>, partition: Partition) {
  const credentials = yield* Credentials
  const entry = yield* EnterRole
  const role = entry === undefined ? undefined : { ...entry, actions: [describeRegions.action] }
  const wanted = place.sample ? [] : place.config.regions.include
  const tried = accounts.slice(0, mostAccounts)
  const entered = yield* Effect.forEach(
    tried,
    (account) =>
      Effect.result(
        Effect.flatMap(credentials.session(account, role), (session) =>
          inAccount(account, globalRegion, partition, session)(Effect.map(regionsOfAccount, enabledOf))
        )
      ).pipe(Effect.map((result) => ({ account, result }))),
    { concurrency: 5 }
  )
  const refused = entered.flatMap(({ account, result }) =>
    result._tag === "Failure" ? [{ account, error: result.failure }] : []
  )
  const all = refused.length === tried.length
  const checks = entered.map(({ account, result }): Check => {
    if (result._tag === "Success") {
      const off = wanted.filter((region) => !result.success.includes(region))
      const detail = `entered, ${plural(result.success.length, "region")} enabled`
      return off.length === 0
        ? ok(`Account ${account}`, detail)
        : warn(
            `Account ${account}`,
            `${detail}, without ${listed(off)}`,
            `Enable ${listed(off)} in ${account}, or take it out of the configuration.`
          )
    }
    const { failure } = result
    const todo =
      failure.operation === "sts:AssumeRole"
        ? `Create the role ${place.config.role.name} in ${account}: \`nightaudit policy\` and \`nightaudit policy --trust\` print its policies.`
        : failure.reason._tag === "AccessDenied"
          ? `Allow ${actionOf(failure)} there: \`nightaudit policy\` prints the role's policy.`
          : "Try again; if it stays like this, a scan will name it as a gap."
    if (!all) return warn(`Account ${account}`, failure.message, todo)
    return fail(`Account ${account}`, failure.message, todo, awsProblem(failure).exitCode)
  })
  const left = accounts.length - tried.length
  return {
    entered: entered.flatMap(({ account, result }): ReadonlyArray<Entered> =>
      result._tag === "Success"
        ? [{ account, regions: result.success.filter((region) => wanted.length === 0 || wanted.includes(region)) }]
        : []
    ),
    checks:
      left === 0
        ? checks
        : [...checks, warn("Other accounts", `${plural(left, "account")} not tried`, "Name some with --accounts.")]
  }
})

/** The scans of a request with their settings. */
const plannedScans = Effect.fnUntraced(function* ({ scans, settings }: AuditRequest) {
  const registry = yield* ScanRegistry
  return yield* Effect.forEach(
    scans,
    (name) =>
      Effect.map(registry.get(name), ({ scan }) => ({
        scan,
        settings: { ...defaultSettings(scan.settings), ...settings[name] }
      })),
    { concurrency: "unbounded" }
  )
})

/**
 * Whether what the scans call is allowed: in the caller's own account, where its own policies count, and in one other, because
 * the role is the same everywhere. In one region; global services too.
 */
const permissionChecks = Effect.fnUntraced(function* (
  request: AuditRequest,
  entered: ReadonlyArray<Entered>,
  caller: CallerIdentity,
  partition: Partition,
  homeRegion: string
) {
  const credentials = yield* Credentials
  const entry = yield* EnterRole
  const operations = freeOperations(yield* plannedScans(request))
  const kinds = (["regional", "global"] as const).filter((kind) => operations.has(kind))
  const actions = kinds.flatMap((kind) => operations.get(kind)?.map(({ action }) => action) ?? [])
  const own = entered.find(({ account }) => account === caller.account)
  const other = entered.find(({ account }) => account !== caller.account)
  return yield* Effect.forEach(
    [own, other].flatMap((one) => one ?? []),
    ({ account, regions }) =>
      Effect.gen(function* () {
        const session = yield* credentials.session(account, entry === undefined ? undefined : { ...entry, actions })
        const region = regions.includes(homeRegion) ? homeRegion : (regions[0] ?? homeRegion)
        const tried = yield* Effect.forEach(kinds, (kind) =>
          inAccount(
            account,
            kind === "global" ? globalRegion : region,
            partition,
            session
          )(tryOperations(operations.get(kind) ?? []))
        )
        const all: Tried = {
          allowed: tried.flatMap(({ allowed }) => allowed),
          missing: tried.flatMap(({ missing }) => missing),
          refused: tried.flatMap(({ refused }) => refused),
          untold: tried.flatMap(({ untold }) => untold)
        }
        return {
          check: permissionCheck(
            account,
            region,
            account === caller.account ? caller.arn : `the role ${entry?.roleName}`,
            all
          ),
          missing: all.missing.map(({ action }) => action)
        }
      })
  )
})

const permissionCheck = (account: string, region: string, who: string, tried: Tried): Check => {
  const name = `Permissions in ${account}`
  const asked = tried.allowed.length + tried.missing.length + tried.refused.length
  const rest = tried.untold.length === 0 ? "" : `; ${tried.untold.length} more can only be tried on a resource`
  const [refused] = tried.refused
  if (tried.missing.length > 0) {
    const actions = listed(tried.missing.map(({ action }) => action).sort())
    return fail(
      name,
      `${tried.missing.length} of ${plural(asked, "free operation")} that were tried in ${region} are denied: ${actions}${rest}`,
      `Add the policy below to ${who}; without it the scans that need these actions are incomplete.`,
      exitCode.accessDenied
    )
  }
  if (refused !== undefined) {
    return warn(
      name,
      `${tried.refused.length} of ${plural(asked, "free operation")} that were tried are refused: ${refused.message}${rest}`,
      "No permission of the role helps; a scan will name what it could not see."
    )
  }
  return ok(name, `${plural(asked, "free operation")} tried in ${region}, all allowed${rest}`)
}

/** What was checked, and the actions that turned out to be missing. */
interface Checked {
  readonly checks: ReadonlyArray<Check>
  readonly missing: ReadonlyArray<string>
}

const awsChecks = Effect.fnUntraced(function* (
  place: Place,
  { accounts: written, askExplorer }: { readonly accounts: ReadonlyArray<string>; readonly askExplorer: boolean }
): Effect.fn.Return<Checked, Problem | ConfigError, Credentials | ScanRegistry | Aws | Machine> {
  const request = yield* requestOf(place, {
    accounts: written,
    regions: [],
    categories: [],
    scans: [],
    settings: [],
    maxRunUsd: undefined,
    noPaidCalls: false
  })
  const credentials = yield* Credentials
  const caller = yield* Effect.result(credentials.caller)
  if (caller._tag === "Failure") return { checks: failed("Credentials", awsProblem(caller.failure)), missing: [] }
  const identity = caller.success
  const partition = (identity.arn.split(":")[1] ?? "aws") as Partition
  const { homeRegion } = yield* awsHome(place)
  const { accounts, checks } = yield* accountChecks(request.accounts, identity, partition)
  const { checks: entries, entered } = yield* entryChecks(place, accounts, partition)
  // The sample needs no permissions.
  const permissions = place.sample
    ? []
    : yield* permissionChecks(request, entered, identity, partition, homeRegion).pipe(
        Effect.catchTag("AwsError", (error) =>
          Effect.succeed([{ check: warn("Permissions", error.message, "Try again."), missing: [] }])
        )
      )
  return {
    checks: [
      ok("Credentials", `${identity.arn}, home region ${homeRegion}`),
      ...checks,
      ...entries,
      ...permissions.map(({ check }) => check),
      // The sample asks nobody.
      ...(yield* billingChecks(identity, partition, askExplorer || place.sample))
    ],
    missing: [...new Set(permissions.flatMap(({ missing }) => missing))].sort()
  }
})

/** Prints a line per check and fails with the exit code of the worst. */
export const doctor = Effect.fn("cli.doctor")(function* (
  input: PlaceInput & {
    readonly accounts: ReadonlyArray<string>
    readonly askExplorer: boolean
    readonly format: Format
  }
) {
  const { nodeVersion } = yield* Machine
  const opened = yield* Effect.result(openPlace(input))
  const { knowsProxies } = yield* Effect.promise(() => import("../../core/aws/HttpHandler.ts"))
  const checks: Array<Check> = [nodeCheck(nodeVersion, knowsProxies(nodeVersion))]
  let missing: ReadonlyArray<string> = []
  if (opened._tag === "Failure") checks.push(...failed("Configuration", problemOf(opened.failure) as Problem))
  else {
    const place = opened.success
    checks.push(
      ok("Configuration", place.configFile ?? "no file; the defaults hold"),
      yield* storeCheck(place),
      yield* priceCheck(place)
    )
    // A store that is broken is no reason not to look at the rest, so the calls do without it.
    const aws = yield* awsChecks(place, input).pipe(
      Effect.provideService(RetrySchedule, Schedule.max([Schedule.spaced("300 millis"), Schedule.recurs(2)])),
      Effect.provide(auditLayer(place, layerMemory))
    )
    checks.push(...aws.checks)
    missing = aws.missing
  }
  const missingPolicy =
    missing.length === 0
      ? null
      : {
          Version: "2012-10-17",
          Statement: [{ Sid: "NightAuditMissing", Effect: "Allow", Action: missing, Resource: "*" }]
        }
  yield* showChecks(input.format, {
    title: "What a scan needs",
    checks,
    missingPolicy,
    ready: "Ready: `nightaudit scan --dry-run` says what a scan would call and cost."
  })
})
