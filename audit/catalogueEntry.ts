/** A scan's metadata without its code: what the policy, the command line, the docs and the MCP tools read. */
import type { SettingValue } from "../core/run/Outcome.ts"
import { operationKey } from "../core/aws/operation.ts"
import type { ScopeKind } from "../core/Scope.ts"
import { actionsOf, datasetsOf, operationsOf, probesOf } from "./actions.ts"
import type { Scan } from "../scans/Scan.ts"

export interface CatalogueSetting {
  readonly name: string
  readonly type: "number" | "integer" | "boolean" | "string" | "list" | "map"
  readonly default: SettingValue
  readonly unit: string
  readonly minimum?: number
  readonly maximum?: number
  /** The only values that it can have. */
  readonly values?: ReadonlyArray<string>
  /** A regular expression that its text matches as a whole. */
  readonly pattern?: string
  readonly description: string
}

export interface CatalogueOperation {
  /** `ec2:DescribeVolumes`. */
  readonly operation: string
  readonly action: string
  /** Items in one page; null where AWS has no page size. */
  readonly pageSize: number | null
  /** Present when AWS charges for the call. */
  readonly paid?: { readonly unit: string; readonly usdPerUnit: number }
}

export interface CatalogueEntry {
  readonly name: string
  readonly category: string
  readonly kind: "finding" | "report" | "report+finding"
  readonly scope: ScopeKind
  readonly title: string
  readonly why: string
  readonly fix: string
  readonly docs: string
  readonly actions: ReadonlyArray<string>
  readonly operations: ReadonlyArray<CatalogueOperation>
  /** Actions that AWS checks in the caller's name while it answers an operation, by the service that uses them. */
  readonly onBehalf: ReadonlyArray<{ readonly service: string; readonly actions: ReadonlyArray<string> }>
  readonly datasets: ReadonlyArray<string>
  /** Why some reads take more than one call per page. */
  readonly costNotes: ReadonlyArray<string>
  readonly reasons: ReadonlyArray<{ readonly name: string; readonly text: string }>
  readonly settings: ReadonlyArray<CatalogueSetting>
}

const typeOf = (value: SettingValue, whole: boolean): CatalogueSetting["type"] => {
  if (typeof value === "boolean") return "boolean"
  if (typeof value === "number") return whole ? "integer" : "number"
  if (typeof value === "string") return "string"
  return Array.isArray(value) ? "list" : "map"
}

export const catalogueEntry = (name: string, category: string, scan: Scan): CatalogueEntry => ({
  name,
  category,
  kind: scan.report === undefined ? "finding" : scan.judge === undefined ? "report" : "report+finding",
  scope: scan.scope,
  title: scan.title,
  why: scan.why,
  fix: scan.fix,
  docs: scan.docs,
  actions: actionsOf([{ scan }]),
  operations: operationsOf({ scan })
    .map((operation): CatalogueOperation => ({
      operation: operationKey(operation),
      action: operation.action,
      pageSize: operation.paging?.size?.[1] ?? null,
      ...(operation.paid === undefined
        ? {}
        : { paid: { unit: operation.paid.unit, usdPerUnit: operation.paid.usdPerUnit } })
    }))
    .sort((a, b) => a.operation.localeCompare(b.operation)),
  onBehalf: operationsOf({ scan }).flatMap(({ onBehalf }) => onBehalf ?? []),
  datasets: datasetsOf({ scan }).map((dataset) => dataset.name),
  costNotes: [
    ...datasetsOf({ scan }).flatMap(({ costNote }) => costNote ?? []),
    ...probesOf({ scan }).map((probe) =>
      probe.kind === "calls" ? `${probe.costNote} At most ${probe.cap} in one night and scope.` : probe.costNote
    )
  ],
  reasons: Object.entries(scan.reasons).map(([reason, text]) => ({ name: reason, text })),
  settings: Object.entries(scan.settings).map(([setting, spec]) => ({
    name: setting,
    type: typeOf(spec.default, spec.whole ?? false),
    default: spec.default,
    unit: spec.unit,
    ...(spec.minimum === undefined ? {} : { minimum: spec.minimum }),
    ...(spec.maximum === undefined ? {} : { maximum: spec.maximum }),
    ...(spec.values === undefined ? {} : { values: spec.values }),
    ...(spec.pattern === undefined ? {} : { pattern: spec.pattern }),
    description: spec.description
  }))
})
