/** Performance Insights: what the load of a database consists of. Its API stays under Database Insights, and so do its names. */
import { DescribeDimensionKeysCommand, type DescribeDimensionKeysCommandInput, PIClient } from "@aws-sdk/client-pi"
import * as Effect from "effect/Effect"
import { required, send } from "../../core/aws/Aws.ts"
import { operation } from "../../core/aws/operation.ts"
import { daysBefore } from "../../core/time.ts"
import { AsOf, family } from "../engine/Dataset.ts"
import { probe } from "../engine/Probe.ts"

const usdPerRequest = 0.00001

/** Priced by the request, without regard of the free ones that an account may have. Source: shared/pricing/misc.json, 2026-05-03. */
const describeDimensionKeys = operation(PIClient, DescribeDimensionKeysCommand, "pi:DescribeDimensionKeys", {
  paid: { unit: "request", usdPerUnit: usdPerRequest, usd: () => usdPerRequest }
})

/** Keys of a page, and the most that is asked for. Source: shared/facts/scans-verified.md B16. */
export const mostKeys = 25

/** Days that can be read. Source: API reference, DescribeDimensionKeys. */
export const mostDays = 7

/** So that a night that is hours late asks for nothing older than those. */
const slackDays = 0.25

/** Something that sessions did, and how many of them on average. */
export interface LoadKey {
  /** The wait event, or the statement without its literals. */
  readonly name: string
  readonly load: number
}

export interface TopLoad {
  /** The heaviest first. */
  readonly waits: ReadonlyArray<LoadKey>
  readonly statements: ReadonlyArray<LoadKey>
}

/** The wait events and the statements that make most of the load of a database in the last days, of each so many. */
export const topLoad = family("pi.topLoad", (name, days: number, waits: number, statements: number) =>
  probe<{ readonly resourceId: string }, TopLoad>({
    name,
    operations: [describeDimensionKeys],
    cap: 300,
    batchSize: 1,
    costNote: "Up to two calls at 0.01 USD a thousand for each database whose load is reported.",
    key: ({ resourceId }) => resourceId,
    read: Effect.fnUntraced(function* (databases) {
      const now = yield* AsOf
      const window = { StartTime: daysBefore(now, Math.min(days, mostDays) - slackDays), EndTime: now }
      const heaviest = (resourceId: string, group: string, label: string, limit: number) =>
        limit === 0
          ? Effect.succeed([])
          : keysOf(
              {
                ServiceType: "RDS",
                Identifier: resourceId,
                Metric: "db.load.avg",
                ...window,
                GroupBy: { Group: group, Limit: limit }
              },
              label
            )
      return yield* Effect.forEach(databases, ({ resourceId }) =>
        Effect.all({
          waits: heaviest(resourceId, "db.wait_event", "db.wait_event.name", waits),
          statements: heaviest(resourceId, "db.sql_tokenized", "db.sql_tokenized.statement", statements)
        })
      )
    })
  })
)

const keysOf = (input: DescribeDimensionKeysCommandInput, label: string) =>
  send(describeDimensionKeys, input, ({ Keys }) =>
    required(Keys, "Keys")
      .map(({ Dimensions, Total }): LoadKey => ({
        // Statements that are not in its memory any more have none.
        name: Dimensions?.[label] ?? "",
        load: required(Total, "Keys[].Total")
      }))
      .toSorted((a, b) => b.load - a.load || (a.name < b.name ? -1 : 1))
  )
