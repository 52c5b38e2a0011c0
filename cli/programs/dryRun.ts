/** What a scan would call, need and cost, without calling anything. */
import * as Effect from "effect/Effect"
import { type Operation, operationKey } from "../../core/aws/operation.ts"
import { type AuditRequest, eachPays } from "../../core/config/AuditRequest.ts"
import type { ScopeKind } from "../../core/Scope.ts"
import type { Run } from "../../core/run/Run.ts"
import { assumeRole, getCallerIdentity } from "../../core/aws/Credentials.ts"
import { planningOperations } from "../../datasets/aws/organizations.ts"
import { describeRegions } from "../../datasets/aws/regions.ts"
import { actionsOf, datasetsOf, probesOf } from "../../audit/actions.ts"
import { defaultSettings } from "../../scans/Scan.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { type Document, facts, heading, list, tableOf, text } from "../output/document.ts"
import { fineUsd, instant, plural } from "../../core/format.ts"
import { jsonValue } from "../output/json.ts"
import { billedUnits } from "../output/resultDocument.ts"
import type { Answer } from "../output/show.ts"
import type { Sheet } from "../output/table.ts"

interface PlannedCall {
  readonly operation: string
  readonly action: string
  /** Items in one page; null where AWS has no page size or the call is not paged. */
  readonly pageSize: number | null
  readonly paid: { readonly unit: string; readonly usdPerUnit: number } | null
}

interface PlannedScope {
  readonly kind: ScopeKind
  /** How many there are; null where only the accounts themselves can tell. */
  readonly scopes: number | null
  readonly scans: ReadonlyArray<string>
  readonly datasets: ReadonlyArray<string>
  readonly calls: ReadonlyArray<PlannedCall>
  /** USD in each scope for one page of everything that is charged by the request. */
  readonly requestUsd: number
  readonly costNotes: ReadonlyArray<string>
}

export interface DryRun {
  readonly accounts: AuditRequest["accounts"]
  readonly regions: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<PlannedScope>
  /** Made with the scanner's own credentials. */
  readonly planning: ReadonlyArray<PlannedCall>
  /** Made once in every account. */
  readonly discovery: ReadonlyArray<PlannedCall>
  readonly permissions: { readonly role: ReadonlyArray<string>; readonly scanner: ReadonlyArray<string> }
  readonly expectedCost: {
    /** USD for one page of everything that is charged by the request; null while the number of scopes is not known. */
    readonly requestUsd: number | null
    /** What is billed by how much there is: `metric`, with USD per unit. */
    readonly byQuantity: ReadonlyArray<{
      readonly operation: string
      readonly unit: string
      readonly usdPerUnit: number
    }>
    readonly maxRunUsd: number | null
    /** What the newest complete run of the store did. */
    readonly lastRun: {
      readonly id: string
      readonly startedAt: string
      readonly outcomes: number
      readonly calls: number
      readonly usd: number
    } | null
  }
}

const callOf = (operation: Operation): PlannedCall => ({
  operation: operationKey(operation),
  action: operation.action,
  pageSize: operation.paging?.size?.[1] ?? null,
  paid: operation.paid === undefined ? null : { unit: operation.paid.unit, usdPerUnit: operation.paid.usdPerUnit }
})

const callsOf = (operations: Iterable<Operation>): ReadonlyArray<PlannedCall> =>
  [...new Map([...operations].map((operation) => [operationKey(operation), callOf(operation)])).values()].sort((a, b) =>
    a.operation < b.operation ? -1 : 1
  )

const requestUsd = (operations: ReadonlyArray<Operation>): number =>
  operations.reduce((usd, { paid }) => usd + (paid?.unit === "request" ? paid.usdPerUnit : 0), 0)

const distinct = (values: Iterable<string>): ReadonlyArray<string> => [...new Set(values)].sort()

/** `known` is what can be told of the estate without a call, `last` the newest complete run of the store, if any. */
export const dryRunOf = Effect.fn("cli.dryRunOf")(function* (
  request: AuditRequest,
  known: { readonly accounts: number | null; readonly regions: number | null },
  last: Run | undefined
): Effect.fn.Return<DryRun, never, ScanRegistry> {
  const registry = yield* ScanRegistry
  const planned = yield* Effect.forEach(request.scans, (name) =>
    Effect.map(registry.get(name), (named) => ({
      ...named,
      settings: { ...defaultSettings(named.scan.settings), ...request.settings[name] }
    }))
  )
  const { accounts, regions } = known
  const numberOf: Record<ScopeKind, number | null> = {
    regional: accounts === null || regions === null ? null : accounts * regions,
    global: accounts,
    payer: request.payer === eachPays ? accounts : 1
  }
  // A dataset is read where it lives, which may be wider than the scan that reads it.
  const datasets = new Map(planned.flatMap(datasetsOf).map((dataset) => [dataset.name, dataset]))
  const scopes = (["regional", "global", "payer"] as const)
    .map((kind): PlannedScope => {
      const scans = planned.filter(({ scan }) => scan.scope === kind)
      const probes = scans.flatMap(probesOf)
      const own = [...datasets.values()].filter(({ scope }) => scope === kind)
      return {
        kind,
        scopes: numberOf[kind],
        scans: scans.map(({ name }) => name),
        datasets: own.map(({ name }) => name),
        calls: callsOf([...own, ...probes].flatMap(({ operations }) => operations)),
        requestUsd: own.reduce((usd, { operations }) => usd + requestUsd(operations), 0),
        costNotes: [
          ...new Set([
            ...own.flatMap(({ costNote }) => costNote ?? []),
            ...probes.map((probe) =>
              probe.kind === "calls" ? `${probe.costNote} At most ${probe.cap} in one run and scope.` : probe.costNote
            )
          ])
        ]
      }
    })
    .filter(({ calls, scans }) => calls.length + scans.length > 0)

  const asksOrganization =
    (request.accounts !== "self" && "organization" in request.accounts) ||
    planned.some(({ scan }) => scan.scope === "payer")
  const organization = asksOrganization ? planningOperations : []
  const planning = callsOf([getCallerIdentity, ...organization])
  const discovery = callsOf([...(request.accounts === "self" ? [] : [assumeRole]), describeRegions])
  const byQuantity = new Map(
    scopes.flatMap(({ calls }) =>
      calls.flatMap(({ operation, paid }) =>
        paid === null || paid.unit === "request" ? [] : [[operation, { operation, ...paid }] as const]
      )
    )
  )
  return {
    accounts: request.accounts,
    regions: request.regions,
    scopes,
    planning,
    discovery,
    permissions: {
      role: distinct([
        describeRegions.action,
        ...actionsOf(planned),
        ...scopes.flatMap(({ calls }) => calls.map(({ action }) => action))
      ]),
      scanner: distinct([
        ...organization.map(({ action }) => action),
        ...(request.accounts === "self" ? [] : [assumeRole.action])
      ])
    },
    expectedCost: {
      requestUsd: scopes.reduce<number | null>(
        (sum, scope) =>
          scope.requestUsd === 0
            ? sum
            : sum === null || scope.scopes === null
              ? null
              : sum + scope.requestUsd * scope.scopes,
        0
      ),
      byQuantity: [...byQuantity.values()],
      maxRunUsd: request.maxRunUsd,
      lastRun:
        last?.summary === undefined || last.summary === null
          ? null
          : {
              id: last.id,
              startedAt: last.startedAt,
              outcomes: last.summary.coverage.expected,
              calls: last.summary.cost.totalCalls,
              usd: last.summary.cost.usd
            }
    }
  }
})

const scopeNames: Record<ScopeKind, string> = {
  regional: "In every account and region",
  global: "Once in every account",
  payer: "Once in each account that pays"
}

const callSheet = (calls: ReadonlyArray<PlannedCall>): Sheet => ({
  columns: [
    { key: "operation", title: "Operation", kind: "text", fit: "whole" },
    { key: "action", title: "IAM action", kind: "text", fit: "whole", rank: 1 },
    { key: "pageSize", title: "Page", kind: "count" },
    { key: "price", title: "Price", kind: "text", fit: "wrap", least: 12 }
  ],
  rows: calls.map(({ action, operation, pageSize, paid }) => ({
    operation,
    action,
    pageSize,
    price: paid === null ? "free" : `$${paid.usdPerUnit} per ${paid.unit}`
  }))
})

const accountsText = (accounts: DryRun["accounts"]): string =>
  accounts === "self"
    ? "the caller's own"
    : "organization" in accounts
      ? `every active account of the organisation${accounts.organizationalUnits === undefined ? "" : ` below ${accounts.organizationalUnits.join(", ")}`}${accounts.excludeOrganizationalUnits === undefined ? "" : `, but for those below ${accounts.excludeOrganizationalUnits.join(", ")}`}${accounts.exclude === undefined ? "" : ` without ${accounts.exclude.join(", ")}`}`
      : accounts.join(", ")

const costItems = ({ expectedCost: { byQuantity, lastRun, maxRunUsd, requestUsd } }: DryRun): ReadonlyArray<string> => [
  requestUsd === null
    ? "Paid requests: as many as there are scopes, which is not known yet."
    : requestUsd === 0
      ? "No request is charged by its number."
      : `Paid requests: about ${fineUsd(requestUsd)}, for one page each; answers that are younger than 12 hours are not asked for again.`,
  ...byQuantity.map(
    ({ operation, unit, usdPerUnit }) =>
      `${operation}: $${Number((usdPerUnit * 1000).toPrecision(6))} per 1,000 ${billedUnits(unit)}, by how many resources there are.`
  ),
  maxRunUsd === null
    ? "There is no cap: --max-run-usd sets one."
    : maxRunUsd === 0
      ? "No paid call is made."
      : `No paid call brings the run above ${fineUsd(maxRunUsd)}.`,
  ...(lastRun === null
    ? []
    : [
        `Run ${lastRun.id} of ${instant(lastRun.startedAt)} made ${plural(lastRun.calls, "call")} for ${plural(lastRun.outcomes, "outcome")} and cost ${fineUsd(lastRun.usd)}, Lambda and Step Functions included.`
      ])
]

const dryRunDocument = (plan: DryRun): Document => [
  heading("What this scan would do"),
  facts([
    ["Accounts", accountsText(plan.accounts)],
    ["Regions", plan.regions.length === 0 ? "every region that an account has enabled" : plan.regions.join(", ")],
    [
      "Scans",
      plural(
        plan.scopes.reduce((sum, { scans }) => sum + scans.length, 0),
        "scan"
      )
    ]
  ]),
  heading("To plan, with the scanner's own credentials"),
  tableOf(callSheet(plan.planning)),
  heading("To enter each account"),
  tableOf(callSheet(plan.discovery)),
  ...plan.scopes.flatMap(({ calls, costNotes, datasets, kind, scans, scopes }) => [
    heading(
      `${scopeNames[kind]} (${scopes === null ? "how many is known when the run starts" : plural(scopes, "scope")})`
    ),
    text(
      `${plural(scans.length, "scan")} over ${plural(datasets.length, "dataset")}. A list takes one call per page of so many items.`
    ),
    tableOf(callSheet(calls)),
    ...(costNotes.length === 0 ? [] : [list(costNotes)])
  ]),
  heading("Permissions of the role in scanned accounts"),
  text(plan.permissions.role.join(", ")),
  ...(plan.permissions.scanner.length === 0
    ? []
    : [heading("Permissions of the scanner itself"), text(plan.permissions.scanner.join(", "))]),
  heading("Expected cost"),
  list(costItems(plan)),
  text("Nothing was called.", "dim")
]

export const dryRunAnswer = (plan: DryRun): Answer => ({
  document: dryRunDocument(plan),
  sheet: {
    columns: ["where", "scopes", "operation", "action", "pageSize", "unit", "usdPerUnit"].map((key) => ({
      key,
      title: key,
      kind: "text"
    })),
    rows: [
      ...plan.planning.map((call) => ({ where: "planning", scopes: 1, ...call })),
      ...plan.discovery.map((call) => ({
        where: "account",
        scopes: plan.scopes.find(({ kind }) => kind === "global")?.scopes ?? null,
        ...call
      })),
      ...plan.scopes.flatMap(({ calls, kind, scopes }) => calls.map((call) => ({ where: kind, scopes, ...call })))
    ].map(({ paid, ...row }) => ({ ...row, unit: paid?.unit ?? null, usdPerUnit: paid?.usdPerUnit ?? null }))
  },
  json: jsonValue(plan)
})
