import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Operation, operationKey } from "./operation.ts"

/** How often one operation was called from somewhere, and what AWS charged for it. */
export const CallCount = Schema.Struct({
  service: Schema.String,
  operation: Schema.String,
  /** Requests that were sent, retries included. */
  calls: Schema.Int,
  /** Requests that AWS refused because of their rate. */
  throttled: Schema.Int,
  /** USD that the requests cost. */
  usd: Schema.Finite
})
export type CallCount = typeof CallCount.Type

/** Adds counts of the same operation together, most expensive and most frequent first. */
export const mergeCalls = (counts: Iterable<CallCount>): ReadonlyArray<CallCount> => {
  const merged = new Map<string, CallCount>()
  for (const count of counts) {
    const key = `${count.service}:${count.operation}`
    const before = merged.get(key)
    merged.set(
      key,
      before === undefined
        ? count
        : {
            ...count,
            calls: before.calls + count.calls,
            throttled: before.throttled + count.throttled,
            usd: before.usd + count.usd
          }
    )
  }
  return [...merged.values()].sort(
    (a, b) =>
      b.usd - a.usd || b.calls - a.calls || `${a.service}:${a.operation}`.localeCompare(`${b.service}:${b.operation}`)
  )
}

/** Counts every request of one step, and asks before a paid one whether the run may still spend. */
export class CallLedger extends Context.Service<
  CallLedger,
  {
    /** Notes a request that was sent, with the USD that it cost. */
    readonly sent: (operation: Operation, usd: number) => void
    readonly throttled: (operation: Operation) => void
    /** USD that the run may spend on paid calls; null where there is no cap. */
    readonly capUsd: number | null
    /** Whether the run may spend this much more, in USD. Counts as spent when it may. */
    readonly reserve: (usd: number) => Effect.Effect<boolean>
    readonly counts: () => ReadonlyArray<CallCount>
  }
>()("nightaudit/core/aws/CallLedger") {
  /** A ledger for one step. `reserve` answers whether the run's cap allows an amount; without it there is no cap. */
  static readonly make = (
    reserve: (usd: number) => Effect.Effect<boolean> = () => Effect.succeed(true),
    capUsd: number | null = null
  ) =>
    Effect.sync(() => {
      const counts = new Map<
        string,
        { service: string; operation: string; calls: number; throttled: number; usd: number }
      >()
      const countOf = (operation: Operation) => {
        const key = operationKey(operation)
        const count = counts.get(key) ?? {
          service: operation.service,
          operation: operation.name,
          calls: 0,
          throttled: 0,
          usd: 0
        }
        counts.set(key, count)
        return count
      }
      return CallLedger.of({
        sent: (operation, usd) => {
          const count = countOf(operation)
          count.calls += 1
          count.usd += usd
        },
        throttled: (operation) => {
          countOf(operation).throttled += 1
        },
        capUsd,
        reserve,
        counts: () => mergeCalls(counts.values())
      })
    })
}
