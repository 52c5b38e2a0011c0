/** The configuration: what `nightaudit.config.json` may say, with every mistake in it named at once. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CatalogueEntry } from "../catalogue/Catalogue.ts"
import type { SettingValue } from "../run/Outcome.ts"
import { Alerts, type AlertsConfig } from "./alerts.ts"
import { AccountSelection, Payer } from "./AuditRequest.ts"
import { Deploy, type DeployConfig } from "./deploy.ts"
import { Mcp, type McpConfig } from "./mcp.ts"
import { check } from "./check.ts"
import { ConfigError } from "./ConfigError.ts"
import { knownRegions } from "./regions.ts"
import { listOf, matching, textOf, usd, withDefault } from "./schemas.ts"
import { settingSchema } from "./settings.ts"
import { unknownName } from "./suggest.ts"
import { SuppressionRule } from "./suppressions.ts"

/** What the configuration has to know of a scan. */
export type KnownScan = Pick<CatalogueEntry, "name" | "category" | "title" | "settings">

export interface Config {
  /** Whose resources are audited. */
  readonly accounts: AccountSelection
  /** The account whose billing data is read, or `each`. Absent: the management account, where it is audited. */
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
  /** Values of tags that suppress, by key. */
  readonly suppressTags: Readonly<Record<string, ReadonlyArray<string>>>
  /** Findings that are set aside, with who says so and why. They stay visible, and count for nothing. */
  readonly suppressions: ReadonlyArray<SuppressionRule>
  /** The keys of the tags that name an owner, the first that has a value wins. Absent: owner, Owner, team, Team. */
  readonly ownerTagKeys?: ReadonlyArray<string>
  readonly prices: "snapshot" | "price-list"
  /** USD that the paid calls of a run may cost; null for no cap. */
  readonly maxRunUsd: number | null
  /** Path of the store's file. */
  readonly store: string
  /** Profile of the AWS configuration files. */
  readonly profile?: string
  /** Region of the calls that belong to none. */
  readonly homeRegion?: string
  readonly alerts: AlertsConfig
  readonly mcp: McpConfig
  readonly deploy: DeployConfig
}

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

const defaults = {
  role: { name: "nightaudit/scanner" },
  regions: { include: [], exclude: [] },
  scans: { categories: [], include: [], exclude: [] },
  suppressTagKeys: ["finops:ignore"],
  store: ".nightaudit/audit.db"
}

/** The schema of the configuration, with a name for every scan and setting of the catalogue. */
export const configSchema = (catalogue: ReadonlyArray<KnownScan>): Schema.Codec<Config, unknown> => {
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
        include: listOf(Region, "Only these regions; none for every region that an account has enabled"),
        exclude: listOf(Region, "Regions to leave out")
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
        categories: listOf(Category, "Every scan of these categories"),
        include: listOf(ScanName, "These scans too; every scan runs when neither categories nor scans are named"),
        exclude: listOf(ScanName, "Scans to leave out")
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
        description:
          "Findings that save less, in USD a month, are counted and not kept; what reservations and Savings Plans go on paying for counts as saved here, so that no finding comes and goes with them",
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
    suppressTags: withDefault(
      Schema.Record(
        textOf("expected the key of a tag"),
        Schema.Array(Schema.String.annotate({ message: "expected the value of a tag" })).check(
          Schema.isMinLength(1, { message: "expected at least one value; suppressTagKeys takes any" })
        )
      ).annotate({
        title: "Values of tags that suppress",
        description:
          'A resource whose tag has one of these values is counted as suppressed and not reported, such as { "env": ["sandbox"] }',
        default: {}
      }),
      {}
    ),
    suppressions: withDefault(
      Schema.Array(SuppressionRule)
        .check(
          Schema.makeFilter(
            (rules) => {
              const names = catalogue.map(({ name }) => name)
              const at = rules.findIndex(({ scan }) => scan !== undefined && !names.includes(scan))
              return at < 0 || { path: [at, "scan"], issue: unknownName("scan", rules[at]?.scan ?? "", names) }
            },
            { toJsonSchema: () => ({}) }
          )
        )
        .annotate({
          title: "Suppressions",
          description:
            "Findings that are set aside: those that match all that a rule names, until the day on which they come back",
          default: []
        }),
      []
    ),
    ownerTagKeys: Schema.optionalKey(
      Schema.Array(textOf("expected the key of a tag"))
        .check(Schema.isMinLength(1, { message: "expected at least one key of a tag" }))
        .annotate({
          title: "Tags that name an owner",
          description:
            "Whose a resource is: the value of the first of these tags that it has. Without this: owner, Owner, team, Team"
        })
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
    payer: Schema.optionalKey(Payer).annotateKey({
      description:
        'The account whose billing data is read; by default the management account, where it is audited. "each" asks every account for its own part of the bill where that account is not audited: some $0.25 an account on the first night, $0.07 on later ones'
    }),
    homeRegion: Schema.optionalKey(Region).annotateKey({
      description: "Region of the calls that belong to none; AWS_REGION wins"
    }),
    alerts: Alerts,
    mcp: Mcp,
    deploy: Deploy
  }).check(
    Schema.makeFilter(
      ({ deploy, mcp, ownerTagKeys }) =>
        deploy.authorization === "oidc" && mcp.issuer === undefined
          ? { path: ["deploy", "authorization"], issue: "oidc needs mcp.issuer" }
          : Object.keys(deploy.alerts.owners).length > 0 && ownerTagKeys === undefined
            ? { path: ["deploy", "alerts", "owners"], issue: "needs ownerTagKeys: they say who owns what" }
            : true,
      { toJsonSchema: () => ({}) }
    )
  )
  // The names of scans and settings are not in the type; the schema has checked them.
  return schema as unknown as Schema.Codec<Config, unknown>
}

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
