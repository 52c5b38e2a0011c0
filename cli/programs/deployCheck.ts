/** Checks what a deployment needs before it is made, with free calls only but for one that has to be asked for. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { RetrySchedule } from "../../core/aws/Aws.ts"
import { type CallerIdentity, Credentials } from "../../core/aws/Credentials.ts"
import { addressesVariable, addressOf } from "../../core/alerts/webhookAddresses.ts"
import type { Webhook } from "../../core/config/alerts.ts"
import type { DeployConfig } from "../../core/config/deploy.ts"
import { deploymentProblems } from "../../core/config/deployment.ts"
import { instant, listed, plural } from "../../core/format.ts"
import { nextStart } from "../../core/schedule.ts"
import { globalRegion, type Partition } from "../../core/Scope.ts"
import { layerMemory } from "../../core/store/sqlite/sqlite.ts"
import { enrollmentStatus } from "../../datasets/aws/computeOptimizerEnrollment.ts"
import { concurrency, trustedServices } from "../../datasets/aws/enrollment.ts"
import { type Records, trails } from "../../datasets/aws/trails.ts"
import { activeAccounts, managementAccount } from "../../datasets/aws/organizations.ts"
import { variable } from "../../core/variable.ts"
import { auditLayer, awsHome, openPlace, type Place } from "../layers.ts"
import type { Format } from "../output/formats.ts"
import { awsProblem, exitCode, type Problem, problemOf } from "../Problem.ts"
import { openingsAtOnce } from "../../functions/openingSeconds.ts"
import { deployingServices, organizationActions, ownServicesOfSst } from "../../stacks/deployingServices.ts"
import { stageDoubt } from "../../stacks/stages.ts"
import { eventPattern } from "../../workflows/microScan/writeEvents.ts"
import { billingChecks } from "./billingChecks.ts"
import { actionOf, type Check, fail, failed, inAccount, ok, showChecks, warn } from "./checks.ts"

/** Source: Organizations user guide, "CloudFormation StackSets and AWS Organizations". */
const stackSets = "member.org.stacksets.cloudformation.amazonaws.com"

const scheduleCheck = Effect.fnUntraced(function* ({ expression, timeZone }: DeployConfig["schedule"]) {
  const next = nextStart(expression, timeZone, new Date(yield* Clock.currentTimeMillis))
  const at = Result.getOrUndefined(next)
  const name = "Schedule"
  return at === undefined
    ? fail(name, `${expression} starts no night any more`, "Give deploy.schedule.expression a year that is to come.")
    : ok(name, `${expression}, ${timeZone}: the next night would start at ${instant(at.toISOString())}`)
})

/** What the section `deploy` leaves open. That it is valid is known by now. */
const sectionChecks = (
  { alerts, authorization, organizationalUnits, runtime }: DeployConfig,
  webhooks: ReadonlyArray<Webhook>
): ReadonlyArray<Check> => [
  alerts.emails.length + alerts.https.length === 0
    ? warn(
        "Alerts",
        webhooks.length === 0
          ? "nobody is told when a night fails"
          : `${plural(webhooks.length, "chat")}, and nobody is told of CloudWatch's alarms, as when no night starts`,
        "Name addresses in deploy.alerts.emails or endpoints in deploy.alerts.https."
      )
    : alerts.emails.length === 0
      ? ok("Alerts", plural(alerts.https.length, "endpoint"))
      : warn(
          "Alerts",
          `${listed(alerts.emails)}: that an address takes messages can only be seen after the deployment`,
          "Let each of them follow the link in the message that AWS sends it when the stage is deployed; before that it gets nothing."
        ),
  organizationalUnits.length === 0
    ? warn(
        "Member accounts",
        "the scanner's role is rolled out to none",
        "Name organizational units, or the root, in deploy.organizationalUnits, or only the deploying account is scanned."
      )
    : ok("Member accounts", `the scanner's role is rolled out to ${listed(organizationalUnits)}`),
  ok(
    "Gateway",
    `callers come in by ${authorization}${runtime === "none" ? "" : `, the always-on server is ${runtime}`}`
  )
]

/** Whether whoever deploys has the addresses of chats. They are never printed. */
const chatCheck = Effect.fnUntraced(function* (webhooks: ReadonlyArray<Webhook>) {
  const names = webhooks.map(({ urlVariable }) => urlVariable)
  const environment: Record<string, string | undefined> = {}
  for (const name of [addressesVariable, ...names]) environment[name] = yield* variable(name)
  const missing = names.filter((name) => addressOf(name, environment) === undefined)
  return missing.length === 0
    ? ok("Chats", `${listed(names)}: set`)
    : fail(
        "Chats",
        `${listed(missing)}: not set, and alerts.webhooks needs the address to deploy`,
        `Set each of them, or its line NAME=address in ${addressesVariable}, or leave the webhook out: \`npx sst deploy\` stops at it before anything is created.`
      )
})

/** What only asking IAM to simulate it would tell, which this command does not. */
const permissionCheck = ({ arn }: CallerIdentity, stage: string, deploy: DeployConfig): Check =>
  warn(
    "Permissions",
    `whether ${arn} may create all that is planned cannot be told without creating it`,
    `Deploy as a role that may manage what IAM calls ${deployingServices(deploy).join(", ")}; \`npm run plan -- --stage ${stage}\` lists what it will create, and SST keeps things of its own in ${ownServicesOfSst.join(", ")}. Let it ask the organisation besides: ${organizationActions.join(", ")}.`
  )

const organisationChecks = Effect.fnUntraced(function* (place: Place, caller: CallerIdentity, partition: Partition) {
  const here = inAccount(caller.account, globalRegion, partition)
  const payer = yield* Effect.result(here(managementAccount))
  const name = "Organisation"
  if (payer._tag === "Failure") {
    const { failure } = payer
    return failure.reason._tag === "NotEnabled"
      ? [
          fail(
            name,
            `${caller.account} is in no organisation, and the StackSet for member accounts needs one`,
            "Create an organisation, with this account alone if need be: `aws organizations create-organization`."
          )
        ]
      : [
          fail(
            name,
            failure.message,
            failure.reason._tag === "AccessDenied" ? `Allow ${actionOf(failure)}.` : "Try again.",
            failure.reason._tag === "AccessDenied" ? exitCode.accessDenied : exitCode.usage
          )
        ]
  }
  const checks: Array<Check> = []
  if (payer.success !== caller.account) {
    checks.push(
      fail(
        name,
        `${caller.account} is a member of the organisation of ${payer.success}, and the StackSet is made by its management account`,
        `Deploy with credentials of ${payer.success}.`
      )
    )
  } else {
    const units = place.config.deploy.organizationalUnits
    const accounts = yield* Effect.result(here(activeAccounts(units)))
    checks.push(
      accounts._tag === "Success"
        ? ok(
            name,
            `${caller.account} is the management account; ${plural(accounts.success.length, "active account")}${units.length === 0 ? "" : ` in ${listed(units)}`}`
          )
        : fail(
            name,
            accounts.failure.message,
            accounts.failure.reason._tag === "AccessDenied"
              ? `Allow ${actionOf(accounts.failure)}.`
              : "Check the ids in deploy.organizationalUnits.",
            accounts.failure.reason._tag === "AccessDenied" ? exitCode.accessDenied : exitCode.usage
          )
    )
  }
  const trusted = yield* Effect.result(here(trustedServices))
  const activate = "Run `aws cloudformation activate-organizations-access` in the management account."
  checks.push(
    trusted._tag === "Failure"
      ? warn(
          "StackSets",
          trusted.failure.message,
          trusted.failure.reason._tag === "AccessDenied"
            ? `Allow ${actionOf(trusted.failure)}, or see that trusted access is on. ${activate}`
            : "Try again."
        )
      : trusted.success.includes(stackSets)
        ? ok("StackSets", "trusted access is on")
        : fail("StackSets", "trusted access is off, so that no role can be rolled out", activate)
  )
  return checks
})

const optimizerCheck = Effect.fnUntraced(function* (caller: CallerIdentity, partition: Partition, homeRegion: string) {
  const name = "Compute Optimizer"
  const enrolled = yield* Effect.result(inAccount(caller.account, homeRegion, partition)(enrollmentStatus))
  const optIn =
    "It is free: `aws compute-optimizer update-enrollment-status --status Active --include-member-accounts` in the management account."
  if (enrolled._tag === "Failure") {
    const { failure } = enrolled
    return warn(
      name,
      failure.message,
      failure.reason._tag === "AccessDenied" ? `Allow ${actionOf(failure)}, or see that it is on. ${optIn}` : optIn
    )
  }
  const { members, status } = enrolled.success
  if (status !== "Active") return warn(name, `the enrolment is ${status}`, optIn)
  return members ? ok(name, "enrolled, with member accounts") : warn(name, "enrolled, without member accounts", optIn)
})

/** What Lambda leaves to functions that set nothing aside. Source: Lambda developer guide, "Configuring reserved concurrency". */
const leftToOthers = 100

/** Whether Lambda will set aside what the function that opens the links of digests needs. */
const concurrencyCheck = Effect.fnUntraced(function* (
  caller: CallerIdentity,
  partition: Partition,
  homeRegion: string
) {
  const name = "Lambda"
  const quota = yield* Effect.result(inAccount(caller.account, homeRegion, partition)(concurrency))
  const ask = `Ask for more of "Concurrent executions" in Service Quotas, or set deploy.reportLink to false.`
  if (quota._tag === "Failure") {
    const { failure } = quota
    return warn(
      name,
      failure.message,
      failure.reason._tag === "AccessDenied"
        ? `Allow ${actionOf(failure)}, or see that ${leftToOthers + openingsAtOnce} executions may run at once.`
        : "Try again."
    )
  }
  const { all, unreserved } = quota.success
  const said = `${plural(all, "execution")} may run at once in ${homeRegion}, of which ${unreserved} are not set aside`
  if (all < leftToOthers + openingsAtOnce) {
    return fail(
      name,
      `${said}: of so few none can be set aside for the function that opens the links of digests, and the deployment fails`,
      ask
    )
  }
  return unreserved >= leftToOthers + openingsAtOnce
    ? ok(name, said)
    : warn(
        name,
        `${said}: fewer than ${leftToOthers + openingsAtOnce} are enough only where this stage has its ${openingsAtOnce} already`,
        ask
      )
})

/** What a trail leaves out of what micro-scans listen to; undefined for one that has all of it. */
const lackOf = (name: string, { isLogging, writes }: Records): string | undefined => {
  if (!isLogging) return `${name} is stopped`
  if (writes.recorded === "except") {
    const heard: ReadonlySet<string> = new Set(eventPattern.detail.eventSource)
    const missing = writes.sources.filter((source) => heard.has(source))
    return missing.length === 0 ? undefined : `${name} leaves out ${listed(missing)}`
  }
  if (writes.recorded === "none") return `${name} records no management events that write`
  return writes.recorded === "some" ? `${name} records only the management events that its selectors name` : undefined
}

/**
 * Whether the calls that start what costs money reach EventBridge in a region: they do where a trail of that region records them.
 * Source: EventBridge user guide, "AWS service events delivered via AWS CloudTrail".
 */
const trailCheck = Effect.fnUntraced(function* (
  caller: CallerIdentity,
  partition: Partition,
  region: string,
  { organizationalUnits }: DeployConfig
) {
  const name = `CloudTrail in ${region}`
  const asked = yield* Effect.result(inAccount(caller.account, region, partition)(trails))
  if (asked._tag === "Failure") {
    const { failure } = asked
    return warn(
      name,
      `${failure.message}: without a trail that records management events no micro-scan starts`,
      failure.reason._tag === "AccessDenied" ? `Allow ${actionOf(failure)}, or see that there is one.` : "Try again."
    )
  }
  const known = asked.success.flatMap(({ name, ofOrganization, records }) =>
    Result.isSuccess(records) ? [{ name, ofOrganization, lack: lackOf(name, records.success) }] : []
  )
  const whole = known.filter(({ lack }) => lack === undefined)
  const ofAll = whole.find(({ ofOrganization }) => ofOrganization)
  if (ofAll !== undefined) return ok(name, `${ofAll.name} records management events that write, of every account`)
  const [own] = whole
  const untold = asked.success.flatMap(({ name, ofOrganization, records }) =>
    // Where one is whole, only one of the organisation could add to it.
    Result.isFailure(records) && (own === undefined || ofOrganization) ? [{ name, problem: records.failure }] : []
  )
  const lacks = known.flatMap(({ lack }) => lack ?? [])
  const [first] = untold
  if (first !== undefined && (own === undefined || organizationalUnits.length > 0)) {
    const told = own === undefined ? lacks : [`${own.name} records ${caller.account} alone`]
    return warn(
      name,
      `${[...told, ...untold.map((trail) => `what ${trail.name} records is not known, ${trail.problem.message}`)].join("; ")}: where no trail records what starts, no micro-scan does`,
      first.problem.reason._tag === "AccessDenied"
        ? `Allow ${actionOf(first.problem)}, or see that the trail is on and records management events that write, of all services.`
        : "Try again."
    )
  }
  if (own !== undefined) {
    return organizationalUnits.length === 0
      ? ok(name, `${own.name} records management events that write`)
      : warn(
          name,
          `${own.name} records management events that write of ${caller.account} alone, and trails of member accounts are not asked for`,
          "Make a trail of the organisation, or see that each member account has one; where there is none, no micro-scan of it starts."
        )
  }
  return warn(
    name,
    `${lacks.length === 0 ? "there is no trail" : lacks.join("; ")}: no micro-scan starts by what no trail records`,
    `Let one trail for ${region}, of the organisation or of the account, record management events that write, of all services. The first copy of them is free.`
  )
})

const awsChecks = Effect.fnUntraced(function* (place: Place, stage: string, askExplorer: boolean) {
  const credentials = yield* Credentials
  const caller = yield* Effect.result(credentials.caller)
  if (caller._tag === "Failure") return failed("Credentials", awsProblem(caller.failure))
  const identity = caller.success
  const partition = (identity.arn.split(":")[1] ?? "aws") as Partition
  const { homeRegion } = yield* awsHome(place)
  return [
    ok("Account", `${identity.account}, as ${identity.arn}, home region ${homeRegion}`),
    permissionCheck(identity, stage, place.config.deploy),
    ...(yield* organisationChecks(place, identity, partition)),
    yield* optimizerCheck(identity, partition, homeRegion),
    ...(place.config.deploy.reportLink ? [yield* concurrencyCheck(identity, partition, homeRegion)] : []),
    ...(place.config.deploy.microScans.regions.length === 0
      ? []
      : yield* Effect.forEach(place.config.deploy.microScans.regions, (region) =>
          trailCheck(identity, partition, region, place.config.deploy)
        )),
    ...(yield* billingChecks(identity, partition, askExplorer))
  ]
})

/** Prints a line per check and fails with the exit code of the worst. */
export const deployCheck = Effect.fn("cli.deployCheck")(function* (input: {
  readonly stage: string
  readonly askExplorer: boolean
  readonly config: string | undefined
  readonly format: Format
}) {
  const opened = yield* Effect.result(openPlace({ sample: false, store: undefined, config: input.config }))
  const doubt = stageDoubt(input.stage)
  const checks: Array<Check> = doubt === undefined ? [] : [warn("Stage", doubt, "Name that one in --stage, or go on.")]
  if (opened._tag === "Failure") checks.push(...failed("Configuration", problemOf(opened.failure) as Problem))
  else {
    const place = opened.success
    const { alerts, deploy } = place.config
    checks.push(
      ok("Configuration", place.configFile ?? "no file; the defaults hold"),
      yield* scheduleCheck(deploy.schedule),
      ...sectionChecks(deploy, alerts.webhooks),
      ...(alerts.webhooks.length === 0 ? [] : [yield* chatCheck(alerts.webhooks)]),
      ...deploymentProblems(place.config, input.stage).map(({ message, path }) =>
        fail(
          "Configuration",
          `${path}: ${message}`,
          "Change it: `npx sst deploy` stops at it before anything is created."
        )
      )
    )
    checks.push(
      ...(yield* awsChecks(place, input.stage, input.askExplorer).pipe(
        Effect.provideService(RetrySchedule, Schedule.max([Schedule.spaced("300 millis"), Schedule.recurs(2)])),
        Effect.provide(auditLayer(place, layerMemory))
      ))
    )
  }
  yield* showChecks(input.format, {
    title: `What a deployment of ${input.stage} needs`,
    checks,
    missingPolicy: null,
    ready: `Ready: \`npx sst deploy --stage ${input.stage}\` deploys it.`
  })
})
