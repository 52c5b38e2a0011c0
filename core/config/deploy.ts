/** How the company's own deployment is made: the section `deploy` of the configuration. */
import * as Schema from "effect/Schema"
import { scheduleProblem } from "../schedule.ts"
import { OrganizationalUnit } from "./AuditRequest.ts"
import regions from "./regions.json" with { type: "json" }
import { matching, numberOf, textOf, usd, withDefault, word } from "./schemas.ts"
import { unknownName } from "./suggest.ts"

/** How the company's own deployment is made by `npx sst deploy`. */
export interface DeployConfig {
  readonly schedule: {
    /** EventBridge Scheduler's own words: `cron(0 2 * * ? *)` or `rate(1 day)`. */
    readonly expression: string
    /** IANA name, such as `Europe/Berlin`. */
    readonly timeZone: string
  }
  /** Who may come in at the gateway: a user pool that is made for it, the issuer of `mcp.issuer`, or AWS's own IAM. */
  readonly authorization: "cognito" | "oidc" | "iam"
  /** Who is told. */
  readonly alerts: {
    readonly emails: ReadonlyArray<string>
    readonly https: ReadonlyArray<string>
    /** Who gets the digest of which owner, by the value of the tag that names the owner. */
    readonly owners: Readonly<Record<string, ReadonlyArray<string>>>
  }
  readonly alarms: {
    /** A whole audit that sees less than this is an alarm. */
    readonly coveragePercent: number
    /** A night that costs more than this is an alarm. */
    readonly runCostUsd: number
    /** For so many hours without the end of a whole audit it is late. */
    readonly lateHours: number
  }
  /** Looking at what somebody starts within minutes, by CloudTrail's events. */
  readonly microScans: {
    /** The regions whose events are looked at; none where it is off. */
    readonly regions: ReadonlyArray<string>
    /** How long events are gathered, so that a burst is one scan of each account and region. */
    readonly gatherSeconds: number
  }
  /** The organizational units (or the root) whose accounts get the scanner's role. */
  readonly organizationalUnits: ReadonlyArray<string>
  /** Whether whoever has the link of a digest opens its report for a week, without credentials; else the console opens it. */
  readonly reportLink: boolean
  /** Whether the function that answers questions runs in private subnets with endpoints only. No runtime can be beside it. */
  readonly privateNetwork: boolean
  /** Where the always-on server runs beside the function, if anywhere. */
  readonly runtime: "none" | "agentcore" | "agentcore-zip" | "fargate"
  /** The container's image, for the runtimes that take one. */
  readonly image?: string
  /** The load balancer's certificate in AWS Certificate Manager, for `fargate`. */
  readonly certificateArn?: string
}

const defaults = {
  schedule: { expression: "cron(0 2 * * ? *)", timeZone: "UTC" },
  authorization: "cognito" as const,
  alerts: { emails: [], https: [], owners: {} },
  alarms: { coveragePercent: 95, runCostUsd: 10, lateHours: 36 },
  microScans: { regions: [] as ReadonlyArray<string>, gatherSeconds: 120 },
  organizationalUnits: [],
  reportLink: true,
  privateNetwork: false,
  runtime: "none" as const
}

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== undefined
  } catch {
    return false
  }
}

const email = matching("[^\\s@]+@[^\\s@]+\\.[^\\s@]+", "expected an e-mail address")

const deployAnnotations = {
  title: "Deployment",
  description: "How `npx sst deploy` deploys",
  default: defaults
}

const Deployment = Schema.Struct({
  schedule: withDefault(
    Schema.Struct({
      expression: withDefault(
        textOf("expected an expression of EventBridge Scheduler, such as cron(0 2 * * ? *) or rate(1 day)").check(
          Schema.makeFilter((expression: string) => scheduleProblem(expression) ?? true, {
            toJsonSchema: () => ({
              description: "When the nightly audit starts: cron(…) or rate(…) of EventBridge Scheduler",
              default: defaults.schedule.expression
            })
          })
        ),
        defaults.schedule.expression
      ),
      timeZone: withDefault(
        textOf("expected the name of a time zone").check(
          Schema.makeFilter(
            (name: string) => isTimeZone(name) || "expected the name of a time zone, such as Europe/Berlin",
            { toJsonSchema: () => ({ description: "IANA name of the time zone", default: "UTC" }) }
          )
        ),
        "UTC"
      )
    }).annotate({ description: "When the nightly audit starts", default: defaults.schedule }),
    defaults.schedule
  ),
  authorization: word(
    ["cognito", "oidc", "iam"],
    "cognito",
    "Who may come in at the gateway: callers of a user pool that is made for it, of mcp.issuer, or of AWS IAM"
  ),
  alerts: withDefault(
    Schema.Struct({
      emails: withDefault(
        Schema.Array(email).annotate({
          description: "Addresses that are told; each confirms it once",
          default: []
        }),
        []
      ),
      https: withDefault(
        Schema.Array(matching("https:\\/\\/\\S+", "expected an address that begins with https://")).annotate({
          description: "Endpoints that are told",
          default: []
        }),
        []
      ),
      owners: withDefault(
        Schema.Record(textOf("expected an owner as its tag names it"), Schema.Array(email)).annotate({
          description: "Who gets the digest of which owner; needs ownerTagKeys",
          default: {}
        }),
        {}
      )
    }).annotate({ description: "Who is told", default: defaults.alerts }),
    defaults.alerts
  ),
  alarms: withDefault(
    Schema.Struct({
      coveragePercent: withDefault(
        numberOf("expected a percentage from 0 to 100", { type: "number", minimum: 0, maximum: 100 }).annotate({
          description: "A whole audit that sees less is an alarm",
          default: defaults.alarms.coveragePercent
        }),
        defaults.alarms.coveragePercent
      ),
      runCostUsd: withDefault(
        usd.annotate({
          description: "A night that costs more is an alarm",
          default: defaults.alarms.runCostUsd
        }),
        defaults.alarms.runCostUsd
      ),
      lateHours: withDefault(
        numberOf("expected a whole number of hours from 1 to 168", {
          type: "integer",
          minimum: 1,
          // CloudWatch looks back no further. Source: API reference, PutMetricAlarm, Period.
          maximum: 168
        }).annotate({
          description:
            "So many hours without the end of a whole audit are an alarm: longer than from the start of one night to the end of the next",
          default: defaults.alarms.lateHours
        }),
        defaults.alarms.lateHours
      )
    }).annotate({ description: "When the nightly audit is an alarm", default: defaults.alarms }),
    defaults.alarms
  ),
  microScans: withDefault(
    Schema.Struct({
      regions: withDefault(
        Schema.Array(
          Schema.String.annotate({ message: "expected the name of a region" }).check(
            Schema.makeFilter((name: string) => regions.includes(name) || unknownName("region", name, regions), {
              toJsonSchema: () => ({ enum: regions })
            })
          )
        ).annotate({
          description: "The regions in which what somebody starts is looked at within minutes; none: it is off",
          default: []
        }),
        []
      ),
      gatherSeconds: withDefault(
        numberOf("expected a whole number of seconds from 0 to 300", {
          type: "integer",
          minimum: 0,
          maximum: 300
        }).annotate({
          description: "How long events are gathered, so that a burst is one scan of each account and region",
          default: defaults.microScans.gatherSeconds
        }),
        defaults.microScans.gatherSeconds
      )
    }).annotate({
      description: "Looks at what somebody starts within minutes, by CloudTrail's events",
      default: defaults.microScans
    }),
    defaults.microScans
  ),
  organizationalUnits: withDefault(
    Schema.Array(OrganizationalUnit).annotate({
      description: "The units, or the root, whose accounts get the scanner's role by a StackSet",
      default: []
    }),
    []
  ),
  reportLink: withDefault(
    Schema.Boolean.annotate({
      description:
        "Whether whoever has the link of a digest opens its report for seven days; without it the AWS console opens it",
      default: true,
      message: "expected true or false"
    }),
    true
  ),
  privateNetwork: withDefault(
    Schema.Boolean.annotate({
      description:
        "Runs the function that answers questions in private subnets with endpoints only; no runtime can be beside it",
      default: false,
      message: "expected true or false"
    }),
    false
  ),
  runtime: word(
    ["none", "agentcore", "agentcore-zip", "fargate"],
    "none",
    "Where the always-on server runs beside the function, if anywhere"
  ),
  image: Schema.optionalKey(
    textOf("expected the address of a container image").annotate({
      description: "The server's image in Amazon ECR, for the runtimes agentcore and fargate"
    })
  ),
  certificateArn: Schema.optionalKey(
    matching("arn:[\\w-]+:acm:\\S+", "expected the ARN of a certificate in AWS Certificate Manager").annotate({
      description: "The load balancer's certificate, for the runtime fargate"
    })
  )
})
  .annotate(deployAnnotations)
  .check(
    Schema.makeFilter(
      ({ certificateArn, image, runtime }) =>
        (runtime === "agentcore" || runtime === "fargate") && image === undefined
          ? "needs image: the runtime starts a container"
          : runtime === "fargate" && certificateArn === undefined
            ? "needs certificateArn: the load balancer answers HTTPS only"
            : true,
      { toJsonSchema: () => ({}) }
    )
  )

export const Deploy = withDefault(Deployment, defaults)
