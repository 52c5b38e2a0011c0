/**
 * Moves the MCP function's alias to a new version: a tenth of the calls first, all of them when the alarms stayed silent meanwhile,
 * none of them when one went off. `node scripts/shiftAlias.ts --function <name> --alarm <name> [--alarm <name>] [--minutes 10]`.
 */
import { CloudWatchClient, DescribeAlarmsCommand, type StateValue } from "@aws-sdk/client-cloudwatch"
import {
  GetAliasCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  UpdateAliasCommand
} from "@aws-sdk/client-lambda"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"

/** What is asked of AWS. */
export interface Cloud {
  readonly alias: () => Promise<{ readonly version: string; readonly revision: string }>
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
}

export interface Shift {
  readonly alarms: ReadonlyArray<string>
  /** The share of the calls that the new version gets first. */
  readonly share: number
  readonly minutes: number
  readonly wait: (millis: number) => Promise<unknown>
  readonly say: (line: string) => void
}

/** How often the alarms are looked at. CloudWatch judges the function's once a minute. */
const lookMillis = 30_000

/** What went off, or is not there: an alarm that nobody sees protects nothing. */
const complaint = (names: ReadonlyArray<string>, states: ReadonlyMap<string, StateValue>): string | undefined => {
  const missing = names.filter((name) => !states.has(name))
  if (missing.length > 0) return `there is no alarm ${missing.join(", ")}`
  const ringing = names.filter((name) => states.get(name) === "ALARM")
  return ringing.length > 0 ? `${ringing.join(", ")} went off` : undefined
}

/** Answers whether the new version has all calls. When it has not, the old one has them again. */
export const shift = async (cloud: Cloud, { alarms, minutes, say, share, wait }: Shift): Promise<boolean> => {
  const { revision, version } = await cloud.alias()
  const newest = await cloud.newest()
  if (newest === version) {
    say(`The alias is at version ${version}, the newest.`)
    return true
  }
  // An alarm of the old version would be taken for one of the new.
  const before = complaint(alarms, await cloud.alarms())
  if (before !== undefined) {
    say(`Nothing was moved: ${before}.`)
    return false
  }
  let last = await cloud.route({ version, canary: { version: newest, share }, revision })
  say(`${share * 100} % of the calls go to version ${newest}, for ${minutes} minutes.`)
  try {
    for (let left = minutes * 60_000; left > 0; left -= lookMillis) {
      await wait(Math.min(left, lookMillis))
      const why = complaint(alarms, await cloud.alarms())
      if (why === undefined) continue
      last = await cloud.route({ version, canary: undefined, revision: last })
      say(`Back to version ${version}: ${why}.`)
      return false
    }
  } catch (error) {
    await cloud.route({ version, canary: undefined, revision: last })
    say(`Back to version ${version}: the alarms could not be seen.`)
    throw error
  }
  await cloud.route({ version: newest, canary: undefined, revision: last })
  say(`All calls go to version ${newest}. Back: --to ${version}`)
  return true
}

/** The alias of a function in AWS. Credentials and region are the environment's. */
export const cloudOf = (functionName: string, alias: string, alarms: ReadonlyArray<string>): Cloud => {
  const lambda = new LambdaClient({})
  const cloudwatch = new CloudWatchClient({})
  const target = { FunctionName: functionName, Name: alias }
  return {
    alias: async () => {
      const { FunctionVersion, RevisionId } = await lambda.send(new GetAliasCommand(target))
      if (FunctionVersion === undefined || RevisionId === undefined)
        throw new Error(`the alias ${alias} of ${functionName} has no version`)
      return { version: FunctionVersion, revision: RevisionId }
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
  const { values } = parseArgs({
    options: {
      function: { type: "string" },
      alias: { type: "string", default: "live" },
      alarm: { type: "string", multiple: true, default: [] },
      share: { type: "string", default: "10" },
      minutes: { type: "string", default: "10" },
      to: { type: "string" }
    }
  })
  const share = Number(values.share) / 100
  const minutes = Number(values.minutes)
  if (values.function === undefined || (values.to === undefined && values.alarm.length === 0)) {
    console.error("--function names the MCP function, and --alarm at least one alarm that takes it back.")
    return 2
  }
  if (!(share > 0 && share < 1) || !(minutes > 0)) {
    console.error("--share is a percentage between 0 and 100, and --minutes more than 0.")
    return 2
  }
  const cloud = cloudOf(values.function, values.alias, values.alarm)
  if (values.to !== undefined) {
    const { revision } = await cloud.alias()
    await cloud.route({ version: values.to, canary: undefined, revision })
    console.log(`All calls go to version ${values.to}.`)
    return 0
  }
  const moved = await shift(cloud, {
    alarms: values.alarm,
    share,
    minutes,
    wait: sleep,
    say: (line) => console.log(line)
  })
  return moved ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
