/** The IAM policies that a run rests on: of the role in scanned accounts, of its trust, and of the scanner itself. */
import * as Effect from "effect/Effect"
import type { AuditRequest } from "../../core/config/AuditRequest.ts"
import { partitionOf } from "../../core/Scope.ts"
import { describeRegions } from "../../datasets/aws/regions.ts"
import { memberTemplate } from "../../audit/memberTemplate.ts"
import { maxCharacters, rolePolicies, scannerPolicy, trustPolicy } from "../../audit/policies.ts"
import { wholeCatalogue, type WholeEntry } from "../../audit/reads.ts"
import { awsHome, openPlace } from "../layers.ts"
import type { Format } from "../output/formats.ts"
import { facts, heading, list, tableOf, text } from "../output/document.ts"
import { listed, plural } from "../../core/format.ts"
import { jsonValue } from "../output/json.ts"
import { show } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"
import { usageProblem } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { requestOf } from "./request.ts"

/**
 * What scans call with their settings. The catalogue knows it for the settings as they come; for others the scan itself is
 * asked, with the clients that it loads.
 */
const needsOf = Effect.fnUntraced(function* (entries: ReadonlyArray<WholeEntry>, settings: AuditRequest["settings"]) {
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
  /** The role as a CloudFormation template. */
  readonly template: boolean
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

  if (input.template) {
    const whole = ["categories", "scans", "settings"] as const
    const narrowed = whole.filter((flag) => input[flag].length > 0).map((flag) => `--${flag}`)
    if (input.scanner || narrowed.length > 0 || input.part !== undefined)
      return yield* usageProblem(
        `--template prints the whole role as it is deployed: leave out ${listed(input.scanner ? ["--scanner"] : input.part === undefined ? narrowed : ["--part"])}.`
      )
    const json = memberTemplate({ role: { ...config.role, name: roleName } })
    yield* show(input.format, {
      document: [
        heading(`${roleName} as a CloudFormation template`),
        facts(Object.entries(json.Parameters).map(([name, { Description }]) => [name, Description])),
        text("`--format json` prints it.")
      ],
      sheet: {
        columns: ["resource", "type"].map((key) => ({ key, title: key, kind: "text" })),
        rows: Object.entries(json.Resources).map(([resource, { Type }]) => ({ resource, type: Type }))
      },
      json: jsonValue(json)
    })
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

  const request = yield* requestOf(place, {
    ...input,
    accounts: [],
    regions: [],
    maxRunUsd: undefined,
    noPaidCalls: false
  })
  const wanted = new Set(request.scans)
  const entries = yield* needsOf(
    wholeCatalogue.filter(({ name }) => wanted.has(name)),
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
