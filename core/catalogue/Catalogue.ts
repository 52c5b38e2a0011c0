/** The scans without their code: what every step but Scan, the policy, the command line, the docs and the assistant's tools read. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SettingValue } from "../run/Outcome.ts"
import type { ScopeKind } from "../Scope.ts"

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
  /** Present where each finding has the severity of what all of them save in an account. */
  readonly severityBy?: "account"
  readonly title: string
  /** What people also call it. */
  readonly words: string
  readonly why: string
  readonly fix: string
  readonly docs: string
  /** What it does not say, with the reasons. */
  readonly leavesOut: ReadonlyArray<string>
  readonly actions: ReadonlyArray<string>
  /** The kinds of scopes that what it reads belongs to. */
  readonly reads: ReadonlyArray<ScopeKind>
  /** Words of what it reads that nothing else here has, for who looks for a scan by a word. */
  readonly readWords: string
  /** Why some reads take more than one call per page. */
  readonly costNotes: ReadonlyArray<string>
  readonly reasons: ReadonlyArray<{ readonly name: string; readonly text: string }>
  readonly settings: ReadonlyArray<CatalogueSetting>
}

/** What a scan reads. Kept apart: the policy, the docs and the command line say it, and no function of the deployment needs it. */
export interface ScanReads {
  readonly operations: ReadonlyArray<CatalogueOperation>
  /** Actions that AWS checks in the caller's name while it answers an operation, by the service that uses them. */
  readonly onBehalf: ReadonlyArray<{ readonly service: string; readonly actions: ReadonlyArray<string> }>
  readonly datasets: ReadonlyArray<{ readonly name: string; readonly scope: ScopeKind }>
}

export class Catalogue extends Context.Service<
  Catalogue,
  {
    readonly all: ReadonlyArray<CatalogueEntry>
    /** The entry of a scan; a name that does not exist is a defect, because plans are checked before they run. */
    readonly get: (name: string) => Effect.Effect<CatalogueEntry>
  }
>()("nightaudit/core/catalogue/Catalogue") {
  static readonly make = (all: ReadonlyArray<CatalogueEntry>): Catalogue["Service"] => ({
    all,
    get: (name) => {
      const entry = all.find((one) => one.name === name)
      return entry === undefined ? Effect.die(new Error(`there is no scan ${name}`)) : Effect.succeed(entry)
    }
  })

  static readonly layerOf = (all: ReadonlyArray<CatalogueEntry>): Layer.Layer<Catalogue> =>
    Layer.succeed(Catalogue, Catalogue.make(all))
}
