/** What a role may do of what scans call, found out by calling: the only way that also shows what organisations forbid. */
import * as Effect from "effect/Effect"
import { type AwsServices, send } from "../../core/aws/Aws.ts"
import type { AwsError } from "../../core/aws/AwsError.ts"
import type { Operation } from "../../core/aws/operation.ts"
import type { ScopeKind } from "../../core/Scope.ts"
import type { SettingValue } from "../../core/run/Outcome.ts"
import { datasetsOf, probesOf } from "../../audit/actions.ts"
import type { Scan } from "../../scans/Scan.ts"

/** The free operations of scans with their settings, by the kind of scope that they are called in, each once. */
export const freeOperations = (
  scans: ReadonlyArray<{ readonly scan: Scan; readonly settings: Readonly<Record<string, SettingValue>> }>
): ReadonlyMap<ScopeKind, ReadonlyArray<Operation>> => {
  const all = scans.flatMap(({ scan, settings }) => [
    ...datasetsOf({ scan, settings }).map(({ operations, scope }) => ({ scope, operations })),
    ...probesOf({ scan, settings }).map(({ operations }) => ({ scope: scan.scope, operations }))
  ])
  const byKind = Map.groupBy(all, ({ scope }) => scope)
  return new Map(
    [...byKind].map(([kind, reads]) => [
      kind,
      [
        ...new Map(
          reads
            .flatMap(({ operations }) => operations)
            .filter(({ paid }) => paid === undefined)
            .map((operation) => [operation.action, operation])
        ).values()
      ]
    ])
  )
}

/** What came of trying operations. */
export interface Tried {
  readonly allowed: ReadonlyArray<Operation>
  /** Denied because no policy of the identity allows them. */
  readonly missing: ReadonlyArray<Operation>
  /** Denied by a policy of another kind, or because a region is off. */
  readonly refused: ReadonlyArray<AwsError>
  /** Could not be told: most need a resource to ask about. */
  readonly untold: ReadonlyArray<Operation>
}

/** Every service has pages of 20, if it has pages of as many. */
const pageSize = 20

// A whole list would be read for nothing, and some are of everybody's public images.
const smallInput = ({ paging }: Operation): object =>
  paging?.size === undefined ? {} : { [paging.size[0]]: Math.min(pageSize, paging.size[1]) }

/** Makes each call once, with a small page and without a selection. */
export const tryOperations = Effect.fnUntraced(function* (
  operations: ReadonlyArray<Operation>
): Effect.fn.Return<Tried, never, AwsServices> {
  const results = yield* Effect.forEach(
    operations,
    (operation) =>
      Effect.map(Effect.result(send(operation, smallInput(operation))), (result) => ({ operation, result })),
    { concurrency: 8 }
  )
  const allowed: Array<Operation> = []
  const missing: Array<Operation> = []
  const refused: Array<AwsError> = []
  const untold: Array<Operation> = []
  for (const { operation, result } of results) {
    if (result._tag === "Success") {
      allowed.push(operation)
      continue
    }
    const { reason } = result.failure
    if (reason._tag === "AccessDenied" && reason.policy === "iam") missing.push(operation)
    else if (reason._tag === "AccessDenied" || reason._tag === "RegionOff") refused.push(result.failure)
    else untold.push(operation)
  }
  return { allowed, missing, refused, untold }
})
