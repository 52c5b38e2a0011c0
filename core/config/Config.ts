/** The configuration: what `nightaudit.config.json` may say, with every mistake in it named at once. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import type { CatalogueEntry, CatalogueSetting } from "../catalogue/Catalogue.ts"
import type { SettingValue } from "../run/Outcome.ts"
import services from "../pricing/snapshot/services.json" with { type: "json" }
import { scheduleProblem } from "../schedule.ts"
import { AccountId } from "../Scope.ts"
import { AccountSelection } from "./AuditRequest.ts"
import { hint, unknownName } from "./suggest.ts"

/** What the configuration has to know of a scan. */
export type KnownScan = Pick<CatalogueEntry, "name" | "category" | "title" | "settings">

export interface Config {
  /** Whose resources are audited. */
  readonly accounts: AccountSelection
  /** The account whose billing data is read. Absent: the management account, where it is audited. */
  readonly payer?: string
  /** What is assumed in accounts other than the caller's own. */
  readonly role: { readonly name: string; readonly externalId?: string }
  /** Nothing included means every region that an account has enabled. */
  readonly regions: { readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string> }
  /** The scans of the categories and the ones included, or every scan when neither is given, without the ones excluded. */
  readonly scans: {
    readonly categories: ReadonlyArray<string>
    readonly include: ReadonlyArray<string>
    readonly exclude: ReadonlyArray<string>
  }
  /** Settings that differ from their defaults, by scan. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, SettingValue>>>>
  /** Findings that save less, in USD a month, are counted and not kept. */
  readonly minMonthlySavingsUsd: number
  readonly suppressTagKeys: ReadonlyArray<string>
  readonly prices: "snapshot" | "price-list"
  /** USD that the paid calls of a run may cost; null for no cap. */
  readonly maxRunUsd: number | null
  /** Path of the store's file. */
  readonly store: string
  /** Profile of the AWS configuration files. */
  readonly profile?: string
  /** Region of the calls that belong to none. */
  readonly homeRegion?: string
  readonly mcp: McpConfig
  readonly deploy: DeployConfig
}

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
  readonly alerts: { readonly emails: ReadonlyArray<string>; readonly https: ReadonlyArray<string> }
  readonly alarms: {
    /** A whole audit that sees less than this is an alarm. */
    readonly coveragePercent: number
    /** A night that costs more than this is an alarm. */
    readonly runCostUsd: number
  }
  /** The organizational units (or the root) whose accounts get the scanner's role. */
  readonly organizationalUnits: ReadonlyArray<string>
  /** Whether what answers questions runs in private subnets with endpoints only. */
  readonly privateNetwork: boolean
  /** Where the always-on server runs beside the function, if anywhere. */
  readonly runtime: "none" | "agentcore" | "agentcore-zip" | "fargate"
  /** The container's image, for the runtimes that take one. */
  readonly image?: string
  /** The load balancer's certificate in AWS Certificate Manager, for `fargate`. */
  readonly certificateArn?: string
}

/** An OpenID Connect issuer whose access tokens are accepted. At least one of `audience` and `clientIds` is there. */
export interface IssuerConfig {
  /** Its discovery document is at `<url>/.well-known/openid-configuration`. */
  readonly url: string
  /** A token's `aud` has one of these. */
  readonly audience?: ReadonlyArray<string>
  /** A token's `client_id` or `azp` is one of these. */
  readonly clientIds?: ReadonlyArray<string>
  /** A token has all of these. */
  readonly scopes?: ReadonlyArray<string>
  /** The claim that names the accounts whose results a token's owner sees. Absent: all of them. */
  readonly accountsClaim?: string
  /** The value in that claim that stands for every account. Absent: `*`. */
  readonly allAccountsValue?: string
}

/** A key of a machine that has no issuer. */
export interface ApiKeyConfig {
  /** For what is written down. */
  readonly name: string
  /** SHA-256 of the key, in hexadecimal. */
  readonly sha256: string
  /** The accounts whose results it sees. Absent: all of them. */
  readonly accounts?: ReadonlyArray<string>
}

/** How an assistant is served. */
export interface McpConfig {
  /** What is offered at most: `all`, `core`, categories. Their names are checked when the server starts. */
  readonly toolsets: ReadonlyArray<string>
  /** Whether the tools that change findings in our store are offered. */
  readonly writes: boolean
  /** Stored results that are older are read again before they are answered with. */
  readonly freshnessHours: number
  /** How long a caller waits for a live scan before the answer says that it goes on. */
  readonly liveBudgetSeconds: number
  /** Names that the server goes by, without port; `*` for any. Nothing: only those of loopback. */
  readonly hosts: ReadonlyArray<string>
  /** Host names of the pages that may ask; nothing: only those of loopback. */
  readonly origins: ReadonlyArray<string>
  readonly issuer?: IssuerConfig
  readonly apiKeys: ReadonlyArray<ApiKeyConfig>
}

/** One mistake: where, such as `regions.include[0]`, and what was expected there. */
export const ConfigProblem = Schema.Struct({ path: Schema.String, message: Schema.String })
export type ConfigProblem = typeof ConfigProblem.Type

/** What is wrong with the configuration or with what was asked for besides; `message` has a line for each mistake. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  /** The file that the mistakes are in; null for mistakes on the command line. */
  file: Schema.NullOr(Schema.String),
  problems: Schema.Array(ConfigProblem)
}) {
  override get message() {
    return this.problems
      .map(({ message, path }) => [this.file ?? "", path, message].filter((part) => part !== "").join(": "))
      .join("\n")
  }
}

/** The regions that this version knows: those of the price snapshot, and China. */
export const knownRegions: ReadonlyArray<string> = [...services.regions, "cn-north-1", "cn-northwest-1"]

/** One of a list of names; another one is answered with the closest. */
const nameOf = (kind: string, names: ReadonlyArray<string>) =>
  Schema.String.annotate({ message: `expected the name of a ${kind}` })
    .check(
      Schema.makeFilter((name: string) => names.includes(name) || unknownName(kind, name, names), {
        toJsonSchema: () => ({ enum: names })
      })
    )
    .annotate({ identifier: kind })

const Region = nameOf("region", knownRegions)

/** A number, with one message for whatever else is written. */
const numberOf = (
  message: string,
  { maximum, minimum, type }: Pick<CatalogueSetting, "type" | "minimum" | "maximum">
): Schema.Codec<number> =>
  // Finite would answer a text with a message of its own.
  // @effect-diagnostics-next-line schemaNumber:off
  Schema.Number.annotate({ message }).check(
    type === "integer" ? Schema.isInt({ message }) : Schema.isFinite({ message }),
    ...(minimum === undefined ? [] : [Schema.isGreaterThanOrEqualTo(minimum, { message })]),
    ...(maximum === undefined ? [] : [Schema.isLessThanOrEqualTo(maximum, { message })])
  )

const usd = numberOf("expected an amount of USD, zero or more", { type: "number", minimum: 0 })

/** A text that says something. */
const textOf = (message: string) => Schema.String.annotate({ message }).check(Schema.isMinLength(1, { message }))

const matching = (pattern: string, message: string) =>
  // Without the u flag a pattern stays out of the JSON Schema.
  Schema.String.annotate({ message }).check(Schema.isPattern(new RegExp(`^(?:${pattern})$`, "u"), { message }))

const expectedNumber = ({ maximum, minimum, type, unit }: CatalogueSetting): string =>
  `expected a ${type === "integer" ? "whole " : ""}number${minimum === undefined ? "" : ` from ${minimum}`}${maximum === undefined ? "" : ` to ${maximum}`}${unit === "" ? "" : ` (${unit})`}`

/** What a setting of a scan may be. */
export const settingSchema = (setting: CatalogueSetting): Schema.Codec<SettingValue> => {
  switch (setting.type) {
    case "boolean": {
      return Schema.Boolean.annotate({ message: "expected true or false" })
    }
    case "list": {
      const message = "expected a list of texts"
      return Schema.Array(textOf(message)).annotate({ message })
    }
    case "map": {
      const message = "expected an object of lists of texts"
      return Schema.Record(textOf("expected a name"), Schema.Array(Schema.String).annotate({ message })).annotate({
        message
      })
    }
    case "string": {
      if (setting.values !== undefined) {
        const message = `expected ${setting.values.join(", ").replace(/, ([^,]*)$/, " or $1")}`
        return Schema.Literals(setting.values).annotate({ message })
      }
      if (setting.pattern === undefined) return Schema.String
      const example =
        setting.unit === "day" ? "a day such as 2026-11-20, or an empty text" : `a text like ${setting.pattern}`
      return matching(setting.pattern, `expected ${example}`)
    }
    default:
      return numberOf(expectedNumber(setting), setting)
  }
}

// A struct without fields takes every object, so a scan without settings needs another way to say that there are none.
const noSettings = Schema.Record(
  Schema.String,
  Schema.Never.annotate({ message: "is not known: the scan has no settings" })
)

const settingsOf = ({ settings, title }: KnownScan) =>
  (settings.length === 0
    ? noSettings
    : Schema.Struct(
        Object.fromEntries(
          settings.map((setting) => [
            setting.name,
            Schema.optionalKey(
              settingSchema(setting).annotate({ description: setting.description, default: setting.default })
            )
          ])
        )
      )
  ).annotate({ description: title })

const withDefault = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

const defaults = {
  role: { name: "nightaudit/scanner" },
  regions: { include: [], exclude: [] },
  scans: { categories: [], include: [], exclude: [] },
  suppressTagKeys: ["finops:ignore"],
  store: ".nightaudit/audit.db",
  mcp: {
    toolsets: ["all"],
    writes: false,
    freshnessHours: 24,
    liveBudgetSeconds: 20,
    hosts: [],
    origins: [],
    apiKeys: []
  },
  deploy: {
    schedule: { expression: "cron(0 2 * * ? *)", timeZone: "UTC" },
    authorization: "cognito" as const,
    alerts: { emails: [], https: [] },
    alarms: { coveragePercent: 95, runCostUsd: 5 },
    organizationalUnits: [],
    privateNetwork: false,
    runtime: "none" as const
  }
}

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== undefined
  } catch {
    return false
  }
}

const OrganizationalUnit = matching(
  "ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}",
  "expected the id of an organizational unit, such as ou-ab12-34567890, or of the root, such as r-ab12"
)

const word = <const Words extends ReadonlyArray<string>>(words: Words, value: Words[number], description: string) =>
  withDefault(
    Schema.Literals(words).annotate({
      description,
      default: value,
      message: `expected ${words.join(", ").replace(/, ([^,]*)$/, " or $1")}`
    }),
    value
  )

const deployAnnotations = {
  title: "Deployment",
  description: "How `npx sst deploy` deploys",
  default: defaults.deploy
}

const Deploy = Schema.Struct({
  schedule: withDefault(
    Schema.Struct({
      expression: withDefault(
        textOf("expected an expression of EventBridge Scheduler, such as cron(0 2 * * ? *) or rate(1 day)").check(
          Schema.makeFilter((expression: string) => scheduleProblem(expression) ?? true, {
            toJsonSchema: () => ({
              description: "When the nightly audit starts: cron(…) or rate(…) of EventBridge Scheduler",
              default: defaults.deploy.schedule.expression
            })
          })
        ),
        defaults.deploy.schedule.expression
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
    }).annotate({ description: "When the nightly audit starts", default: defaults.deploy.schedule }),
    defaults.deploy.schedule
  ),
  authorization: word(
    ["cognito", "oidc", "iam"],
    "cognito",
    "Who may come in at the gateway: callers of a user pool that is made for it, of mcp.issuer, or of AWS IAM"
  ),
  alerts: withDefault(
    Schema.Struct({
      emails: withDefault(
        Schema.Array(matching("[^\\s@]+@[^\\s@]+\\.[^\\s@]+", "expected an e-mail address")).annotate({
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
      )
    }).annotate({ description: "Who is told", default: defaults.deploy.alerts }),
    defaults.deploy.alerts
  ),
  alarms: withDefault(
    Schema.Struct({
      coveragePercent: withDefault(
        numberOf("expected a percentage from 0 to 100", { type: "number", minimum: 0, maximum: 100 }).annotate({
          description: "A whole audit that sees less is an alarm",
          default: defaults.deploy.alarms.coveragePercent
        }),
        defaults.deploy.alarms.coveragePercent
      ),
      runCostUsd: withDefault(
        usd.annotate({
          description: "A night that costs more is an alarm",
          default: defaults.deploy.alarms.runCostUsd
        }),
        defaults.deploy.alarms.runCostUsd
      )
    }).annotate({ description: "When the nightly audit is an alarm", default: defaults.deploy.alarms }),
    defaults.deploy.alarms
  ),
  organizationalUnits: withDefault(
    Schema.Array(OrganizationalUnit).annotate({
      description: "The units, or the root, whose accounts get the scanner's role by a StackSet",
      default: []
    }),
    []
  ),
  privateNetwork: withDefault(
    Schema.Boolean.annotate({
      description: "Runs what answers questions in private subnets with endpoints only",
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

const someOf = <S extends Schema.Top>(item: S, message: string) =>
  Schema.Array(item).check(Schema.isMinLength(1, { message })).annotate({ message })

const Issuer = Schema.Struct({
  url: matching(
    "https:\\/\\/[^\\s\\/?#]+(\\/[^\\s?#]*)?|http:\\/\\/(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?(\\/[^\\s?#]*)?",
    "expected the URL of an issuer, such as https://login.example.com/tenant; http only on this machine"
  ).annotate({ description: "The issuer; its discovery document is at <url>/.well-known/openid-configuration" }),
  audience: Schema.optionalKey(
    someOf(textOf("expected an audience"), "expected at least one audience").annotate({
      description: "A token's aud has one of these"
    })
  ),
  clientIds: Schema.optionalKey(
    someOf(textOf("expected the id of a client"), "expected at least one client id").annotate({
      description: "A token's client_id or azp is one of these"
    })
  ),
  scopes: Schema.optionalKey(
    Schema.Array(matching("[!#-\\[\\]-~]+", "expected a scope, without spaces")).annotate({
      description: "A token has all of these"
    })
  ),
  accountsClaim: Schema.optionalKey(
    textOf("expected the name of a claim").annotate({
      description:
        "The claim that names the account ids whose results a token's owner sees: a list, or a text with commas or spaces. A token without it sees none; without this setting every token sees all"
    })
  ),
  allAccountsValue: Schema.optionalKey(
    textOf("expected a text").annotate({
      description: "The value in that claim that stands for every account",
      default: "*"
    })
  )
})
  .check(
    Schema.makeFilter(
      ({ audience, clientIds }) =>
        audience !== undefined ||
        clientIds !== undefined ||
        "needs audience or clientIds: without one, a token that was made for any other application would do",
      {
        toJsonSchema: () => ({
          anyOf: ["audience", "clientIds"].map((name) => ({ properties: { [name]: {} }, required: [name] }))
        })
      }
    )
  )
  .annotate({ description: "An OpenID Connect issuer whose access tokens are accepted" })

const ApiKey = Schema.Struct({
  name: textOf("expected a name").annotate({ description: "Who uses the key" }),
  sha256: matching("[0-9a-f]{64}", "expected the SHA-256 of a key: 64 hexadecimal digits in lower case").annotate({
    description: "SHA-256 of the key, which is itself written nowhere"
  }),
  accounts: Schema.optionalKey(
    someOf(AccountId, "expected at least one account id").annotate({
      description: "The accounts whose results it sees; all of them without this"
    })
  )
})

const hostName = "[a-z0-9]([a-z0-9.\\-]*[a-z0-9])?|\\[[0-9a-f:.]+\\]"

/** The schema of the configuration, with a name for every scan and setting of the catalogue. */
export const configSchema = (catalogue: ReadonlyArray<KnownScan>): Schema.Codec<Config, unknown> => {
  const list = <S extends Schema.Top>(item: S, description: string) =>
    withDefault(Schema.Array(item).annotate({ description, default: [] }), [])
  const Category = nameOf("category", [...new Set(catalogue.map(({ category }) => category))])
  const ScanName = nameOf(
    "scan",
    catalogue.map(({ name }) => name)
  )
  const schema = Schema.Struct({
    $schema: Schema.optionalKey(Schema.String.annotate({ description: "The JSON Schema of this file, for editors" })),
    accounts: withDefault(
      AccountSelection.annotate({
        title: "Accounts",
        description:
          'Whose resources are audited: "self" for the account of the credentials, a list of account ids, or the whole organisation',
        default: "self",
        message: 'expected "self", a list of account ids, or an object with "organization": true'
      }),
      "self"
    ),
    role: withDefault(
      Schema.Struct({
        name: withDefault(
          matching(
            "([\\w+=,.@\\-]+\\/)*[\\w+=,.@\\-]{1,64}",
            "expected the name of a role with its path, such as nightaudit/scanner"
          ).annotate({
            description: "The role's name with its path, the same in every account",
            default: defaults.role.name
          }),
          defaults.role.name
        ),
        externalId: Schema.optionalKey(
          matching(
            "[\\w+=,.@:\\/\\-]{2,1224}",
            "expected an external id of 2 to 1224 letters, digits and +=,.@:/-"
          ).annotate({
            description: "The external id that the role's trust policy asks for"
          })
        )
      }).annotate({
        title: "Role",
        description: "What is assumed in accounts other than the caller's own",
        default: defaults.role
      }),
      defaults.role
    ),
    regions: withDefault(
      Schema.Struct({
        include: list(Region, "Only these regions; none for every region that an account has enabled"),
        exclude: list(Region, "Regions to leave out")
      }).annotate({
        title: "Regions",
        description: "Where resources are audited",
        default: defaults.regions,
        message: 'expected an object such as { "include": ["eu-west-1"] }; leave it out for every enabled region'
      }),
      defaults.regions
    ),
    scans: withDefault(
      Schema.Struct({
        categories: list(Category, "Every scan of these categories"),
        include: list(ScanName, "These scans too; every scan runs when neither categories nor scans are named"),
        exclude: list(ScanName, "Scans to leave out")
      }).annotate({ title: "Scans", description: "What is looked for", default: defaults.scans }),
      defaults.scans
    ),
    settings: withDefault(
      Schema.Struct(
        Object.fromEntries(catalogue.map((scan) => [scan.name, Schema.optionalKey(settingsOf(scan))]))
      ).annotate({
        title: "Settings",
        description: "Settings of scans that differ from their defaults, by scan",
        default: {}
      }),
      {}
    ),
    minMonthlySavingsUsd: withDefault(
      usd.annotate({
        title: "Smallest saving",
        description: "Findings that save less, in USD a month, are counted and not kept",
        default: 0
      }),
      0
    ),
    suppressTagKeys: withDefault(
      Schema.Array(textOf("expected the key of a tag")).annotate({
        title: "Tags that suppress",
        description: "A resource with one of these tags, whatever its value, is counted as suppressed and not reported",
        default: defaults.suppressTagKeys
      }),
      defaults.suppressTagKeys
    ),
    prices: withDefault(
      Schema.Literals(["snapshot", "price-list"]).annotate({
        title: "Prices",
        description: "Where prices come from: the dated snapshot that ships with the product, or the Price List API",
        default: "snapshot",
        message: "expected snapshot or price-list"
      }),
      "snapshot" as const
    ),
    maxRunUsd: withDefault(
      Schema.NullOr(usd).annotate({
        title: "Cap on a run's cost",
        description: "USD that the paid calls of one run may cost; null for no cap",
        default: null,
        message: "expected an amount of USD, zero or more, or null"
      }),
      null
    ),
    store: withDefault(
      textOf("expected the path of a file").annotate({
        title: "Store",
        description: "The file with runs and findings; relative to this file",
        default: defaults.store
      }),
      defaults.store
    ),
    profile: Schema.optionalKey(
      textOf("expected the name of a profile").annotate({
        title: "Profile",
        description: "A profile of the AWS configuration files; AWS_PROFILE wins"
      })
    ),
    payer: Schema.optionalKey(AccountId).annotateKey({
      description: "The account whose billing data is read; by default the management account, where it is audited"
    }),
    homeRegion: Schema.optionalKey(Region).annotateKey({
      description: "Region of the calls that belong to none; AWS_REGION wins"
    }),
    mcp: withDefault(
      Schema.Struct({
        toolsets: withDefault(
          someOf(
            textOf("expected the name of a toolset"),
            "expected a list of toolsets: all, core, categories"
          ).annotate({
            description: "What an assistant is offered at most: all, core, or categories of scans",
            default: defaults.mcp.toolsets
          }),
          defaults.mcp.toolsets
        ),
        writes: withDefault(
          Schema.Boolean.annotate({
            description: "Offers the tools that snooze, suppress and reopen findings, in Night Audit's store alone",
            default: false,
            message: "expected true or false"
          }),
          false
        ),
        freshnessHours: withDefault(
          numberOf("expected a number of hours, zero or more", { type: "number", minimum: 0 }).annotate({
            description: "Results that are older are scanned again before they are answered with",
            default: defaults.mcp.freshnessHours
          }),
          defaults.mcp.freshnessHours
        ),
        liveBudgetSeconds: withDefault(
          numberOf("expected a number of seconds from 0 to 600", { type: "number", minimum: 0, maximum: 600 }).annotate(
            {
              description: "How long a caller waits for a live scan before the answer says that it goes on",
              default: defaults.mcp.liveBudgetSeconds
            }
          ),
          defaults.mcp.liveBudgetSeconds
        ),
        hosts: list(
          matching(
            `\\*|${hostName}`,
            "expected the name of a host in lower case and without port, such as mcp.example.com, or *"
          ),
          "Names that the server goes by, * for any; only localhost and its addresses without this"
        ),
        origins: list(
          matching(
            `${hostName}|[a-z\\-]+:\\/\\/\\*`,
            "expected the host name of a page in lower case and without port, such as chat.example.com"
          ),
          "Host names of the web pages that may ask; only localhost and its addresses without this"
        ),
        issuer: Schema.optionalKey(Issuer),
        apiKeys: list(ApiKey, "Keys of machines that have no issuer, each sent as Authorization: Bearer <key>")
      }).annotate({ title: "MCP", description: "How an assistant is served by nightaudit mcp", default: defaults.mcp }),
      defaults.mcp
    ),
    deploy: withDefault(Deploy, defaults.deploy)
  }).check(
    Schema.makeFilter(
      ({ deploy, mcp }) =>
        deploy.authorization !== "oidc" ||
        mcp.issuer !== undefined || { path: ["deploy", "authorization"], issue: "oidc needs mcp.issuer" },
      { toJsonSchema: () => ({}) }
    )
  )
  // The names of scans and settings are not in the type; the schema has checked them.
  return schema as unknown as Schema.Codec<Config, unknown>
}

/** `settings.find_unused_volumes.idleDays`, `accounts[0]` */
const pathText = (path: ReadonlyArray<unknown>): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`
    const name = String(step)
    if (!/^[\w$-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === "" ? name : `${text}.${name}`
  }, "")

/** Stands in front of the known names until the one that was written is at hand. */
const unknownKey = "unknown key "

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "MissingKey") return "is missing"
    if (issue._tag === "UnexpectedKey") {
      const names = SchemaAST.isObjects(issue.ast) ? issue.ast.propertySignatures.map(({ name }) => String(name)) : []
      return `${unknownKey}${JSON.stringify(names)}`
    }
    return SchemaIssue.defaultLeafHook(issue).replace(/^Expected/, "expected")
  }
})

const valueAt = (value: any, path: ReadonlyArray<unknown>): unknown =>
  path.reduce<any>((inner, step) => inner?.[step as string], value)

/** A list where an object belongs is the mistake that is made most; what was written is said. */
const notAnObject = (message: string, written: unknown): string =>
  message.replace(/^expected (?:an )?object/, () =>
    Array.isArray(written)
      ? `is ${written.length === 0 ? "an empty list" : "a list"}; expected an object`
      : "expected an object"
  )

/** Every mistake that an issue tells of a value, each once. */
const problemsOf = (
  issue: SchemaIssue.Issue,
  value: unknown,
  at: ReadonlyArray<string>
): ReadonlyArray<ConfigProblem> => {
  const problems = formatIssue(issue).issues.map(({ message, path = [] }): ConfigProblem => {
    const written = String(path.at(-1))
    return {
      path: pathText([...at, ...path]),
      message: message.startsWith(unknownKey)
        ? `is not known.${hint(written, JSON.parse(message.slice(unknownKey.length)))}`
        : notAnObject(message, valueAt(value, path))
    }
  })
  return [...new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem])).values()]
}

/** Checks a value and gives it, or every mistake in it. `at` is where the value is. */
export const check = <A>(
  schema: Schema.Codec<A, unknown>,
  value: unknown,
  at: ReadonlyArray<string> = []
): Result.Result<A, ReadonlyArray<ConfigProblem>> =>
  Result.mapError(
    Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(value),
    ({ issue }) => problemsOf(issue, value, at)
  )

/** The configuration that a value describes. */
export const decodeConfig = (
  value: unknown,
  catalogue: ReadonlyArray<KnownScan>,
  file: string | null = null
): Effect.Effect<Config, ConfigError> =>
  Effect.mapError(
    Effect.fromResult(check(configSchema(catalogue), value)),
    (problems) => new ConfigError({ file, problems })
  )
