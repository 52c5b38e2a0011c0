/**
 * Moves the MCP function's alias to a new version. Before any caller reaches it, it has to answer; then a tenth of the calls goes to it,
 * while this script asks through the alias, too; all of them when it has answered and the alarms stayed silent; none of them when
 * anything went wrong, or the script is stopped. `node scripts/shiftAlias.ts --function <name> --alarm <name> [--alarm <name>]
 * [--minutes 10]`; `--to <version>` moves all calls at once, and `--stop` ends a shift that was cut off.
 */
import { CloudWatchClient, DescribeAlarmsCommand, type StateValue } from "@aws-sdk/client-cloudwatch"
import {
  GetAliasCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  UpdateAliasCommand
} from "@aws-sdk/client-lambda"
import { setTimeout as sleep } from "node:timers/promises"
import { functionAsker, isBeforeFirstNight, textOf } from "./askFunction.ts"
import { lineOf, numberOf, optionsOf } from "./options.ts"
import { smoke } from "./smoke.ts"

export interface AliasState {
  readonly version: string
  readonly revision: string
  /** Whether another version has a share of the calls. */
  readonly isShared: boolean
}

/** What a call through the alias came to. */
export interface Probe {
  /** The version that has answered. */
  readonly version: string
  /** What was wrong with the answer. */
  readonly problem: string | undefined
}

/** What is asked of AWS. */
export interface Cloud {
  readonly alias: () => Promise<AliasState>
  /** The newest published version, as a number. */
  readonly newest: () => Promise<string>
  /** Sends a share of the calls, from 0 to 1, to another version. Refused when the alias was changed since `revision`. */
  readonly route: (to: {
    readonly version: string
    readonly canary: { readonly version: string; readonly share: number } | undefined
    readonly revision: string
  }) => Promise<string>
  /** The state of each alarm that there is, by name. */
  readonly alarms: () => Promise<ReadonlyMap<string, StateValue>>
  /** What is wrong with the answers of a version; of the alias without one. */
  readonly smoke: (version?: string) => Promise<ReadonlyArray<string>>
  /** Asks one question through the alias, as a caller does. */
  readonly probe: () => Promise<Probe>
}

export interface Shift {
  readonly alarms: ReadonlyArray<string>
  /** The share of the calls that the new version gets first. */
  readonly share: number
  readonly minutes: number
  readonly wait: (millis: number) => Promise<unknown>
  readonly say: (line: string) => void
  /** Ends the shift: the old version has all calls again. */
  readonly stop: AbortSignal
}

/** How often the alarms are looked at. CloudWatch judges the function's once a minute. */
const lookMillis = 30_000

/** Questions before each look. With a tenth of the calls the new version has two of them, and forty within ten minutes. */
const probesPerLook = 20

/** What went off, or is not there: an alarm that nobody sees protects nothing. */
const complaint = (names: ReadonlyArray<string>, states: ReadonlyMap<string, StateValue>): string | undefined => {
  const missing = names.filter((name) => !states.has(name))
  if (missing.length > 0) return `there is no alarm ${missing.join(", ")}`
  const ringing = names.filter((name) => states.get(name) === "ALARM")
  return ringing.length > 0 ? `${ringing.join(", ")} went off` : undefined
}

/** What has seen nothing of the new version, and so says nothing about it. */
const silence = (names: ReadonlyArray<string>, states: ReadonlyMap<string, StateValue>): string | undefined => {
  const blind = names.filter((name) => states.get(name) !== "OK")
  return blind.length > 0 ? `${blind.join(", ")} had no data to judge by` : undefined
}

/** Answers whether the new version has all calls. When it has not, the old one has them again. */
export const shift = async (cloud: Cloud, { alarms, minutes, say, share, stop, wait }: Shift): Promise<boolean> => {
  const { isShared, revision, version } = await cloud.alias()
  const newest = await cloud.newest()
  let last = revision
  if (isShared) {
    last = await cloud.route({ version, canary: undefined, revision })
    say(`A shift before this one was cut off: all calls go to version ${version} again.`)
  }
  if (newest === version) {
    const problems = await cloud.smoke()
    say(`The alias is at version ${version}, the newest.`)
    for (const problem of problems) say(problem)
    return problems.length === 0
  }
  // An alarm of the old version would be taken for one of the new.
  const before = complaint(alarms, await cloud.alarms())
  if (before !== undefined) {
    say(`Nothing was moved: ${before}.`)
    return false
  }
  const [unwell] = await cloud.smoke(newest)
  if (unwell !== undefined) {
    say(`Nothing was moved: version ${newest} does not answer as it should: ${unwell}`)
    return false
  }

  const back = async (why: string): Promise<false> => {
    const now = await cloud.alias()
    if (now.version !== version && now.version !== newest) {
      say(`Version ${now.version} has the calls, where somebody else has moved them: ${why}.`)
      return false
    }
    if (now.version !== version || now.isShared)
      await cloud.route({ version, canary: undefined, revision: now.revision })
    say(`Back to version ${version}: ${why}.`)
    return false
  }

  try {
    stop.throwIfAborted()
    last = await cloud.route({ version, canary: { version: newest, share }, revision: last })
    say(`${share * 100} % of the calls go to version ${newest}, for ${minutes} minutes.`)
    let [asked, answered] = [0, 0]
    let states: ReadonlyMap<string, StateValue> = new Map()
    for (let left = minutes * 60_000; left > 0; left -= lookMillis) {
      await wait(Math.min(left, lookMillis))
      for (let call = 0; call < probesPerLook; call += 1) {
        stop.throwIfAborted()
        const probe = await cloud.probe()
        if (probe.problem !== undefined) return await back(`version ${probe.version} answered ${probe.problem}`)
        asked += 1
        if (probe.version === newest) answered += 1
      }
      states = await cloud.alarms()
      const why = complaint(alarms, states)
      if (why !== undefined) return await back(why)
    }
    const blind = silence(alarms, states)
    if (blind !== undefined) return await back(blind)
    // Chance gives it more or less than its share, and not a quarter of it.
    if (answered < Math.max(1, (asked * share) / 4))
      return await back(`version ${newest} has answered ${answered} of ${asked} calls, too few to know it`)
    stop.throwIfAborted()
    await cloud.route({ version: newest, canary: undefined, revision: last })
    const [after] = await cloud.smoke()
    if (after !== undefined) return await back(`with all calls it does not answer as it should: ${after}`)
    stop.throwIfAborted()
  } catch (error) {
    await back(stop.aborted ? "the shift was stopped" : lineOf(error))
    if (stop.aborted) return false
    throw error
  }
  say(`All calls go to version ${newest}. Back: --to ${version}`)
  return true
}

/** Ends a shift whose script was killed before it could. */
export const stopShift = async (cloud: Pick<Cloud, "alias" | "route">, say: Shift["say"]): Promise<void> => {
  const { isShared, revision, version } = await cloud.alias()
  if (isShared) await cloud.route({ version, canary: undefined, revision })
  say(
    isShared
      ? `Back to version ${version}: the shift was cut off.`
      : `No shift is under way: version ${version} has all calls.`
  )
}

/** The alias of a function in AWS. Credentials and region are the environment's. */
export const cloudOf = (functionName: string, alias: string, alarms: ReadonlyArray<string>): Cloud => {
  const lambda = new LambdaClient({})
  const cloudwatch = new CloudWatchClient({})
  const target = { FunctionName: functionName, Name: alias }
  let answeredBy = ""
  const askAlias = functionAsker(`${functionName}:${alias}`, (version) => (answeredBy = version))
  let probes = 0
  return {
    alias: async () => {
      const { FunctionVersion, RevisionId, RoutingConfig } = await lambda.send(new GetAliasCommand(target))
      if (FunctionVersion === undefined || RevisionId === undefined)
        throw new Error(`the alias ${alias} of ${functionName} has no version`)
      const isShared = Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0
      return { version: FunctionVersion, revision: RevisionId, isShared }
    },
    newest: async () => {
      let newest = 0
      let Marker: string | undefined
      do {
        const page = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: functionName, Marker }))
        for (const { Version } of page.Versions ?? []) newest = Math.max(newest, Number(Version) || 0)
        Marker = page.NextMarker
      } while (Marker !== undefined && Marker !== "")
      if (newest === 0) throw new Error(`${functionName} has no published version`)
      return String(newest)
    },
    route: async ({ canary, revision, version }) => {
      const { RevisionId } = await lambda.send(
        new UpdateAliasCommand({
          ...target,
          FunctionVersion: version,
          RevisionId: revision,
          RoutingConfig: { AdditionalVersionWeights: canary === undefined ? {} : { [canary.version]: canary.share } }
        })
      )
      return RevisionId ?? ""
    },
    smoke: (version = alias) => smoke(functionAsker(`${functionName}:${version}`)),
    probe: async () => {
      answeredBy = "?"
      const tool = probes++ % 2 === 0 ? "summarize_savings" : "list_scans"
      const problem = await askAlias(tool).then(
        (answer) => (answer.isError === true && !isBeforeFirstNight(answer) ? textOf(answer) : undefined),
        lineOf
      )
      return { version: answeredBy, problem: problem === undefined ? undefined : `${tool}: ${problem}` }
    },
    alarms: async () => {
      const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [...alarms] }))
      return new Map(
        (MetricAlarms ?? []).flatMap(({ AlarmName, StateValue }) =>
          AlarmName === undefined || StateValue === undefined ? [] : [[AlarmName, StateValue] as const]
        )
      )
    }
  }
}

const main = async (): Promise<number> => {
  const options = optionsOf({
    function: { type: "string" },
    alias: { type: "string", default: "live" },
    alarm: { type: "string", multiple: true, default: [] },
    share: { type: "string", default: "10" },
    minutes: { type: "string", default: "10" },
    to: { type: "string" },
    stop: { type: "boolean", default: false }
  })
  const share = numberOf("--share", options.share, { least: 1, most: 99 }) / 100
  const minutes = numberOf("--minutes", options.minutes, { least: 1, most: 300 })
  const alarms = options.alarm.filter((name) => name !== "")
  const isOther = options.to !== undefined || options.stop
  if (!options.function || (!isOther && (alarms.length === 0 || alarms.length < options.alarm.length))) {
    console.error("--function names the MCP function, and --alarm at least one alarm that takes it back.")
    return 2
  }
  if (options.to !== undefined && !/^[1-9]\d*$/.test(options.to)) {
    console.error(`--to: expected the number of a version, not ${JSON.stringify(options.to)}`)
    return 2
  }
  const say = (line: string) => console.log(line)
  const cloud = cloudOf(options.function, options.alias, alarms)
  if (options.stop) {
    await stopShift(cloud, say)
    return 0
  }
  if (options.to !== undefined) {
    const { revision } = await cloud.alias()
    await cloud.route({ version: options.to, canary: undefined, revision })
    say(`All calls go to version ${options.to}.`)
    return 0
  }
  const stopping = new AbortController()
  // A pipeline that is cancelled has a few seconds.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort())
  const wait = (millis: number) => sleep(millis, undefined, { signal: stopping.signal })
  const moved = await shift(cloud, { alarms, share, minutes, wait, say, stop: stopping.signal })
  return moved ? 0 : 1
}

if (import.meta.main) {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(lineOf(error))
    return 1
  })
}
