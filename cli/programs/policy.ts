/** The IAM policies that a run rests on: of the role in scanned accounts, of its trust, and of the scanner itself. */
import * as Effect from "effect/Effect"
import { getProducts } from "../../core/pricing/priceList.ts"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { partitionOf } from "../../core/Scope.ts"
import { planningOperations } from "../../datasets/aws/organizations.ts"
import { describeRegions } from "../../datasets/aws/regions.ts"
import type { CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import { catalogue } from "../catalogue.ts"
import { awsHome, openPlace } from "../layers.ts"
import type { Format } from "../output/formats.ts"
import { heading, list, tableOf, text } from "../output/document.ts"
import { listed, plural } from "../../core/format.ts"
import { jsonValue } from "../output/json.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { requestOf } from "./request.ts"

interface Statement {
  readonly Sid: string
  readonly Effect: "Allow"
  readonly Action: string | ReadonlyArray<string>
  readonly Resource?: string
  readonly Principal?: { readonly AWS: string }
  readonly Condition?: object
}

const document = (...statements: ReadonlyArray<Statement>) => ({ Version: "2012-10-17", Statement: statements })

type PolicyDocument = ReturnType<typeof document>

/** IAM takes at most this many characters in a managed policy. Source: IAM user guide, "IAM and AWS STS quotas". */
const maxCharacters = 6144

// IAM leaves spaces out of its count. Counted as it is printed, a policy fits wherever it is pasted.
const fits = (policy: PolicyDocument): boolean => JSON.stringify(policy, null, 2).length <= maxCharacters

/** As few documents as hold all statements, in their order, each as large as IAM takes it. */
const divided = (statements: ReadonlyArray<Statement & { readonly Action: ReadonlyArray<string> }>) => {
  const documents: Array<PolicyDocument> = []
  let current: ReadonlyArray<Statement> = []
  for (const statement of statements) {
    let actions: Array<string> = []
    for (const action of statement.Action) {
      if (!fits(document(...current, { ...statement, Action: [...actions, action] }))) {
        documents.push(document(...current, ...(actions.length === 0 ? [] : [{ ...statement, Action: actions }])))
        current = []
        actions = []
      }
      actions.push(action)
    }
    if (actions.length > 0) current = [...current, { ...statement, Action: actions }]
  }
  return [...documents, document(...current)]
}

/**
 * Reads of configuration and metrics; AWS offers hardly any of them by resource. What only a service needs while it answers
 * an operation, such as SSM parameters that may name an image, is allowed to that service alone. Several documents where
 * one would be longer than IAM takes.
 */
export const rolePolicies = (
  entries: ReadonlyArray<{
    readonly operations: ReadonlyArray<{ readonly action: string }>
    readonly onBehalf: CatalogueEntry["onBehalf"]
  }>
): ReadonlyArray<PolicyDocument> => {
  const direct = new Set([
    describeRegions.action,
    ...entries.flatMap(({ operations }) => operations.map(({ action }) => action))
  ])
  const services = new Map<string, Set<string>>()
  for (const { actions, service } of entries.flatMap(({ onBehalf }) => onBehalf)) {
    const own = services.get(service) ?? new Set<string>()
    services.set(service, own)
    for (const action of actions) if (!direct.has(action)) own.add(action)
  }
  return divided([
    { Sid: "NightAuditReads", Effect: "Allow", Action: [...direct].sort(), Resource: "*" },
    ...[...services].map(([service, actions], index) => ({
      Sid: `NightAuditReadsOnBehalf${index + 1}`,
      Effect: "Allow" as const,
      Action: [...actions].sort(),
      Resource: "*",
      Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": [service] } }
    }))
  ])
}

/**
 * What scans call with their settings. The catalogue knows it for the settings as they come; for others the scan itself is
 * asked, with the clients that it loads.
 */
const needsOf = Effect.fnUntraced(function* (
  entries: ReadonlyArray<CatalogueEntry>,
  settings: AuditRequest["settings"]
) {
  const changed = entries.filter(({ name }) => settings[name] !== undefined)
  if (changed.length === 0) return entries
  const [{ operationsOf }, { ScanRegistry }, { defaultSettings }] = yield* Effect.promise(() =>
    Promise.all([
      import("../../audit/actions.ts"),
      import("../../audit/ScanRegistry.ts"),
      import("../../scans/Scan.ts")
    ])
  )
  return yield* Effect.gen(function* () {
    const registry = yield* ScanRegistry
    const own = yield* Effect.forEach(changed, ({ name }) =>
      Effect.map(registry.get(name), ({ scan }) => {
        const operations = operationsOf({ scan, settings: { ...defaultSettings(scan.settings), ...settings[name] } })
        return { name, operations, onBehalf: operations.flatMap(({ onBehalf }) => onBehalf ?? []) }
      })
    )
    return entries.map((entry) => own.find(({ name }) => name === entry.name) ?? entry)
  }).pipe(Effect.provide(ScanRegistry.layer))
})

/** Only the scanner's account may assume the role, and only with the external id, if there is one. */
export const trustPolicy = (partition: string, account: string, externalId: string | undefined) =>
  document({
    Sid: "NightAuditScanner",
    Effect: "Allow",
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: "sts:AssumeRole",
    ...(externalId === undefined ? {} : { Condition: { StringEquals: { "sts:ExternalId": externalId } } })
  })

/** What planning a run needs, in the account of the scanner. */
export const scannerPolicy = (partition: string, roleName: string, asksPriceList: boolean) =>
  document(
    {
      Sid: "NightAuditEnter",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: `arn:${partition}:iam::*:role/${roleName}`
    },
    {
      Sid: "NightAuditPlan",
      Effect: "Allow",
      Action: [
        ...planningOperations.map(({ action }) => action),
        ...(asksPriceList ? [getProducts.action] : [])
      ].sort(),
      Resource: "*"
    }
  )

const actionSheet = (actions: ReadonlyArray<string>, usersOf: (action: string) => ReadonlyArray<string>): Sheet => ({
  columns: [
    { key: "action", title: "IAM action", kind: "text", fit: "whole" },
    { key: "count", title: "Scans", kind: "count" },
    { key: "scans", title: "For", kind: "text", fit: "wrap", least: 42, rank: 1 }
  ],
  rows: actions.map((action) => {
    const users = usersOf(action)
    return { action, count: users.length, scans: users.join(" ") }
  })
})

/** Prints one policy document, or an array of them where one would be too long; the other formats explain it. */
export const policy = Effect.fn("cli.policy")(function* (input: {
  readonly categories: ReadonlyArray<string>
  readonly scans: ReadonlyArray<string>
  readonly settings: ReadonlyArray<string>
  /** The number of the only document to print, from 1. */
  readonly part: number | undefined
  readonly trust: string | undefined
  readonly externalId: string | undefined
  readonly scanner: boolean
  readonly roleName: string | undefined
  readonly config: string | undefined
  readonly sample: boolean
  readonly format: Format
}) {
  const { note } = yield* Screen
  const place = yield* openPlace({ ...input, store: undefined })
  const { config } = place
  const partition = partitionOf((yield* awsHome(place)).homeRegion)
  const roleName = input.roleName ?? config.role.name

  if (input.trust !== undefined) {
    if (!/^\d{12}$/.test(input.trust))
      return yield* usageProblem(
        `--trust: expected the scanner's account id of twelve digits, not ${JSON.stringify(input.trust)}.`
      )
    if (input.scanner) return yield* usageProblem("--trust and --scanner print different policies: give one of them.")
    const externalId = input.externalId ?? config.role.externalId
    const json = trustPolicy(partition, input.trust, externalId)
    yield* show(input.format, {
      document: [
        heading(`Who may assume ${roleName}`),
        text(`Account ${input.trust}${externalId === undefined ? "" : `, with the external id ${externalId}`}.`)
      ],
      sheet: {
        columns: ["role", "account", "externalId"].map((key) => ({ key, title: key, kind: "text" })),
        rows: [{ role: roleName, account: input.trust, externalId: externalId ?? null }]
      },
      json: jsonValue(json)
    })
    if (externalId === undefined)
      yield* note("Without --external-id whoever may use the scanner's account may enter with the role.")
    return
  }

  if (input.scanner) {
    const json = scannerPolicy(partition, roleName, config.prices === "price-list")
    const sheet = actionSheet(
      json.Statement.flatMap(({ Action }) => Action),
      () => []
    )
    yield* show(input.format, {
      document: [
        heading("What the scanner itself needs"),
        list([
          `sts:AssumeRole on ${json.Statement[0]?.Resource}`,
          `${listed(
            sheet.rows.slice(1).map(({ action }) => String(action)),
            10
          )} on everything, to plan runs`
        ])
      ],
      sheet,
      json: jsonValue(json)
    })
    return
  }

  const request = yield* requestOf(place, { ...input, accounts: [], regions: [], maxRunUsd: undefined })
  const wanted = new Set(request.scans)
  const entries = yield* needsOf(
    catalogue.filter(({ name }) => wanted.has(name)),
    request.settings
  )
  const policies = rolePolicies(entries)
  const parts = input.part === undefined ? policies : policies.slice(input.part - 1, input.part)
  if (parts.length === 0)
    return yield* usageProblem(`--part: there ${policies.length === 1 ? "is 1 part" : `are ${policies.length} parts`}.`)
  const actions = [...new Set(parts.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)))].sort()
  const usersOf = (action: string) =>
    action === describeRegions.action
      ? ["every run"]
      : entries
          .filter(
            ({ onBehalf, operations }) =>
              operations.some((operation) => operation.action === action) ||
              onBehalf.some(({ actions }) => actions.includes(action))
          )
          .map(({ name }) => name)
  yield* show(input.format, {
    document: [
      heading(`Permissions of ${roleName} for ${plural(entries.length, "scan")}`),
      text(
        "Every action only reads. The session of a run is limited to what its scans need of them, by a session policy."
      ),
      tableOf(actionSheet(actions, usersOf))
    ],
    sheet: actionSheet(actions, usersOf),
    json: jsonValue(parts.length === 1 ? parts[0] : parts)
  })
  if (parts.length > 1) {
    yield* note(
      `IAM takes at most ${maxCharacters} characters in a managed policy, so these are ${parts.length} policies: --part 1 to --part ${parts.length} prints one each. Attach all of them to the role; it takes 10, or 20 with a raised quota.`
    )
  }
  if (input.format === "json") {
    yield* note(
      "The session of a run is limited further, to what its scans read. --trust <account> prints who may assume the role, --scanner what the scanner itself needs."
    )
  }
})
