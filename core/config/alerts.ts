/** What people are told of: the section `alerts` of the configuration. */
import * as Schema from "effect/Schema"
import { AccountId, globalRegion } from "../Scope.ts"
import regions from "./regions.json" with { type: "json" }
import { matching, numberOf, textOf, withDefault, word } from "./schemas.ts"
import { unknownName } from "./suggest.ts"

/** What a rule watches. All are in USD but `coverage`, which is a percentage. */
export const measures = [
  /** Spend since the first of the month, gross of credits, up to yesterday. */
  "month_to_date_spend",
  /** Spend of the whole month: to date, and the rest of its days at the average of the last seven settled ones. */
  "forecast_spend",
  /** By how much the newest settled day cost more than the day before. */
  "day_over_day_spend",
  /** Savings a month of what was opened or came back since the night before. */
  "new_waste",
  /** Confirmed savings a month of what is open. */
  "open_waste",
  /** The saving a month of one finding; each finding has a life of its own in the rule. */
  "single_finding",
  /** Share of the applicable outcomes that are complete, in percent. */
  "coverage",
  /** What the night cost to run. */
  "run_cost",
  /** What something that was started costs a month while it runs; judged by micro-scans alone, and each start alerts once. */
  "started_resource"
] as const
export type Measure = (typeof measures)[number]

const spendMeasures: ReadonlyArray<Measure> = ["month_to_date_spend", "forecast_spend", "day_over_day_spend"]

/** Whether a measure rests on the bill. */
export const isSpend = (measure: Measure): boolean => spendMeasures.includes(measure)

/** What a rule can be narrowed to; without any it is about the organisation. */
export const placeKinds = ["account", "service", "region", "owner"] as const
export type PlaceKind = (typeof placeKinds)[number]

const everywhere: ReadonlyArray<PlaceKind> = placeKinds
/** Spend is read by service and by account, and coverage is counted by account. */
const placesOf: Readonly<Record<Measure, ReadonlyArray<PlaceKind>>> = {
  month_to_date_spend: ["account", "service"],
  forecast_spend: ["account", "service"],
  day_over_day_spend: ["account", "service"],
  new_waste: everywhere,
  open_waste: everywhere,
  single_finding: everywhere,
  coverage: ["account"],
  run_cost: [],
  started_resource: ["account", "service", "region"]
}

export const alertSeverities = ["critical", "high", "medium", "low"] as const
export type AlertSeverity = (typeof alertSeverities)[number]

/** One threshold and what it is about. */
export interface AlertRule {
  /** Names the rule in messages, and its state from night to night. */
  readonly name: string
  readonly measure: Measure
  /** A larger value is a breach, in USD. */
  readonly above?: number
  /** A smaller value is a breach, in percent; of coverage alone. */
  readonly below?: number
  readonly account?: string
  /** As Cost Explorer names it, `Amazon Relational Database Service`, or by its code, `AmazonRDS`. */
  readonly service?: string
  readonly region?: string
  /** The value of the tag that names an owner. */
  readonly owner?: string
  readonly severity: AlertSeverity
  /** By how much a breach must have grown before it alerts again, in the unit of the threshold. Absent: see `stepOf`. */
  readonly step?: number
  /** Hours after an alert in which the rule does not alert of growth, nor of a new breach. */
  readonly quietHours: number
  /** A breach is over when the value is back behind the threshold by so many percent of it; of coverage see `overAt`. */
  readonly hysteresisPercent: number
}

/** A channel of a chat. The address is a secret, so the configuration names the environment variable that has it. */
export interface Webhook {
  readonly kind: "slack" | "teams"
  readonly urlVariable: string
}

export interface AlertsConfig {
  readonly rules: ReadonlyArray<AlertRule>
  readonly digest: {
    /** `changes`: not on a night on which nothing changed. */
    readonly send: "always" | "changes" | "never"
    /** Whether each owner gets one, where `ownerTagKeys` are configured. */
    readonly owners: boolean
  }
  readonly webhooks: ReadonlyArray<Webhook>
  /** Where the report can be read; messages link to it. */
  readonly reportUrl?: string
}

/** Nobody is told more than the digest. */
export const defaultAlerts: AlertsConfig = { rules: [], digest: { send: "always", owners: true }, webhooks: [] }

const amount = numberOf("expected an amount of USD, above zero", { type: "number", minimum: 0.01 })
const percent = (message: string, minimum: number, maximum: number) =>
  numberOf(message, { type: "number", minimum, maximum })

/** The first mistake that the fields of a rule make together, at its field. */
const mistakeIn = (rule: Omit<AlertRule, "severity" | "quietHours" | "hysteresisPercent">) => {
  const { above, below, measure } = rule
  if (measure === "coverage") {
    if (above !== undefined) return { path: ["above"], issue: "is not for coverage; expected below, in percent" }
    if (below === undefined) return { path: ["below"], issue: "is missing: the percentage that coverage should have" }
  } else {
    if (below !== undefined) return { path: ["below"], issue: "is for coverage only; expected above, in USD" }
    if (above === undefined) return { path: ["above"], issue: "is missing: the amount of USD that is too much" }
  }
  const named = placeKinds.filter((kind) => rule[kind] !== undefined)
  const [, second] = named
  if (second !== undefined) return { path: [second], issue: `is one too many: the rule is for ${named[0]} already` }
  const allowed = placesOf[measure]
  const wrong = named.find((kind) => !allowed.includes(kind))
  if (wrong === undefined) return true
  const places = allowed.length === 0 ? "for the organisation only" : `by ${allowed.join(" or ")}, or for all`
  return { path: [wrong], issue: `is not possible: ${measure} is known ${places}` }
}

const places = [...regions, globalRegion]

const Rule = Schema.Struct({
  name: matching(
    "[a-z0-9][a-z0-9-]{0,39}",
    "expected a name of lower-case letters, digits and hyphens, at most 40"
  ).annotate({
    description: "Names the rule in messages and in filter policies"
  }),
  measure: Schema.Literals(measures).annotate({
    description: "What is watched",
    message: `expected ${measures.join(", ").replace(/, ([^,]*)$/, " or $1")}`
  }),
  above: Schema.optionalKey(amount.annotate({ description: "A larger value is a breach, in USD" })),
  below: Schema.optionalKey(
    percent("expected a percentage above 0 and up to 100", 0.01, 100).annotate({
      description: "Less coverage is a breach, in percent"
    })
  ),
  account: Schema.optionalKey(AccountId).annotateKey({ description: "Only this account" }),
  service: Schema.optionalKey(
    textOf("expected the name of a service as on the bill").annotate({ description: "Only what this service bills" })
  ),
  region: Schema.optionalKey(
    Schema.String.annotate({ message: "expected the name of a region, or global" }).check(
      Schema.makeFilter((name: string) => places.includes(name) || unknownName("region", name, places), {
        toJsonSchema: () => ({ enum: places, description: "Only this region" })
      })
    )
  ),
  owner: Schema.optionalKey(
    textOf("expected an owner as its tag names it").annotate({ description: "Only what this owner has" })
  ),
  severity: word(alertSeverities, "high", "How bad a breach is; an attribute of the message, for filter policies"),
  step: Schema.optionalKey(
    numberOf("expected a number above zero", { type: "number", minimum: 0.01 }).annotate({
      description:
        "By how much a breach must grow to alert again, in USD or in points of coverage. Without it a tenth of the threshold; of coverage a tenth of what may be missing, at least one point"
    })
  ),
  quietHours: withDefault(
    numberOf("expected a number of hours from 0 to 8760", { type: "number", minimum: 0, maximum: 8760 }).annotate({
      description: "Hours after an alert in which growth does not alert",
      default: 20
    }),
    20
  ),
  hysteresisPercent: withDefault(
    percent("expected a percentage from 0 to 50", 0, 50).annotate({
      description:
        "A breach is over when the value is behind the threshold by so many percent of it; coverage at most half of the way to 100",
      default: 5
    }),
    5
  )
}).check(Schema.makeFilter(mistakeIn, { toJsonSchema: () => ({}) }))

/** Finds the first value that two of a list have in a field. */
const unique =
  <Field extends string>(field: Field, issue: string) =>
  (list: ReadonlyArray<{ readonly [K in Field]: string }>) => {
    const index = list.findIndex((one, at) => list.findIndex((other) => other[field] === one[field]) < at)
    return index < 0 || { path: [index, field], issue }
  }

const HookSchema = Schema.Struct({
  kind: Schema.Literals(["slack", "teams"]).annotate({
    description: "An incoming webhook of Slack, or of a Teams workflow",
    message: "expected slack or teams"
  }),
  urlVariable: matching(
    "[A-Z][A-Z0-9_]{0,63}",
    "expected the name of an environment variable, such as SLACK_URL"
  ).annotate({
    description: "The environment variable that holds the webhook's address, which is a secret"
  })
})

export const Alerts = withDefault(
  Schema.Struct({
    rules: withDefault(
      Schema.Array(Rule)
        .check(Schema.makeFilter(unique("name", "is the name of another rule too"), { toJsonSchema: () => ({}) }))
        .annotate({
          description: "Thresholds; a breach alerts once, again when it has grown, and says when it is over",
          default: []
        }),
      []
    ),
    digest: withDefault(
      Schema.Struct({
        send: word(
          ["always", "changes", "never"],
          "always",
          "When the morning's digest is sent; changes: when something changed, or less could be looked at than on the night before"
        ),
        owners: withDefault(
          Schema.Boolean.annotate({
            description: "Whether each owner gets one too, where ownerTagKeys are configured",
            default: true,
            message: "expected true or false"
          }),
          true
        )
      }).annotate({ description: "The morning's digest", default: defaultAlerts.digest }),
      defaultAlerts.digest
    ),
    webhooks: withDefault(
      Schema.Array(HookSchema)
        .check(
          Schema.makeFilter(unique("urlVariable", "is the variable of another webhook too"), {
            toJsonSchema: () => ({})
          })
        )
        .annotate({ description: "Chats that are told as well", default: [] }),
      []
    ),
    reportUrl: Schema.optionalKey(
      matching("https?:\\/\\/\\S+", "expected an address that begins with https://").annotate({
        description: "Where the report can be read; messages link to it"
      })
    )
  }).annotate({ title: "Alerts", description: "What people are told of", default: defaultAlerts }),
  defaultAlerts
)
