/** Queries of CloudWatch Logs Insights, which are billed by what they scan. */
import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  type ResultField,
  StartQueryCommand,
  StopQueryCommand
} from "@aws-sdk/client-cloudwatch-logs"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { AwsTarget, complete, list, malformed, required, send, sendFor } from "../../core/aws/Aws.ts"
import { AwsError, Unavailable } from "../../core/aws/AwsError.ts"
import { listOperation, operation, operationKey } from "../../core/aws/operation.ts"
import { endpointRegion } from "../../core/Scope.ts"

/** Log groups that one query may search. Source: API reference, StartQuery. */
export const maxGroupsPerQuery = 50

/** Bytes of what AWS bills as a gigabyte of logs; the smaller one, so that an estimate is not too low. */
export const bytesPerGb = 1_000_000_000

/**
 * The dearest of all regions, so that a run's cap holds in each of them; most ask 0.005 to 0.0076. Source: shared/pricing
 * cloudwatch.logsInsightsGBScanned, 2025-09-23.
 */
export const usdPerGbScanned = 0.009

/** A query costs what it scans, which nothing in it tells: whoever starts it says how many gigabytes that will be. */
export const startQuery = operation(CloudWatchLogsClient, StartQueryCommand, "logs:StartQuery", {
  paid: {
    unit: "GB scanned",
    usdPerUnit: usdPerGbScanned,
    usd: (_, gb) => {
      if (gb === undefined) throw new Error("a query was started without an estimate of what it scans")
      return gb * usdPerGbScanned
    }
  }
})

const waiting: ReadonlySet<string> = new Set(["scheduled", "running", "unknown"])
const failed: ReadonlySet<string> = new Set(["failed", "cancelled", "timeout"])

/** A page has 10,000 rows at most. Source: API reference, GetQueryResults. */
export const getQueryResults = listOperation(
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  "logs:GetQueryResults",
  {
    name: "results",
    of: ({ results }) => results,
    // What has not begun has no rows yet.
    emptyWhen: ({ status }) => waiting.has(status?.toLowerCase() ?? "")
  },
  { paging: { size: ["maxItems", 10_000], input: "nextToken", output: "nextToken" } }
)

/** Ends a query that nobody waits for any more, so that it scans no further. */
export const stopQuery = operation(CloudWatchLogsClient, StopQueryCommand, "logs:StopQuery")

/** Seconds between looking for the answer the first times, and ever after. Most queries take a few. */
const pauses: ReadonlyArray<number> = [1, 1, 2, 3]
const pauseSeconds = 5

/** A query that takes longer is given up: what is left of a call of the scan step has other uses. */
export const patienceSeconds = 240

/** The fields of a row that have a value. */
export type LogRow = ReadonlyMap<string, string>

const rowOf = (fields: ReadonlyArray<ResultField>): LogRow =>
  new Map(
    fields.flatMap(({ field, value }) => (value === undefined ? [] : [[required(field, "results[].field"), value]]))
  )

const lost = (code: string, message: string) =>
  Effect.map(
    AwsTarget,
    ({ account, partition, region }) =>
      new AwsError({
        operation: operationKey(getQueryResults),
        account,
        region: endpointRegion(region, partition),
        reason: new Unavailable({ code, message })
      })
  )

const fail = (error: ReturnType<typeof lost>) => Effect.flatMap(error, Effect.fail)

/** Waits for a query and reads its rows to the end. */
const rowsOf = Effect.fnUntraced(function* <A>(queryId: string, decode: (row: LogRow) => A) {
  let waited = 0
  for (let turn = 0; ; turn += 1) {
    const pages = yield* complete(
      list(getQueryResults, { queryId }, (results, page) => {
        const status = required(page.status, "status").toLowerCase()
        // What stands there before the end is not all of it.
        return [{ status, rows: status === "complete" ? results.map((fields) => decode(rowOf(fields))) : [] }]
      })
    )
    const statuses = pages.map(({ status }) => status)
    if (statuses.every((status) => status === "complete")) return pages.flatMap(({ rows }) => rows)
    const end = statuses.find((status) => failed.has(status))
    if (end !== undefined) return yield* fail(lost(`Query ${end}`, `CloudWatch Logs answered ${end}`))
    if (!statuses.every((status) => status === "complete" || waiting.has(status))) {
      return yield* Effect.flatMap(malformed(getQueryResults, "the status of a query is not known"), Effect.fail)
    }
    if (waited >= patienceSeconds) {
      return yield* fail(lost("QueryTooSlow", `the query was not done after ${patienceSeconds} seconds`))
    }
    const pause = pauses[turn] ?? pauseSeconds
    yield* Effect.sleep(pause * 1000)
    waited += pause
  }
})

/** One query over some log groups of the region. */
export interface LogQuery<out A> {
  /** At most 50 names. */
  readonly groups: ReadonlyArray<string>
  readonly query: string
  readonly from: Date
  readonly to: Date
  /** What it will probably scan. */
  readonly gb: number
  /** What is kept of a row, by `required` and the like. */
  readonly decode: (row: LogRow) => A
}

const secondsOf = (instant: Date): number => Math.floor(instant.getTime() / 1000)

/**
 * Starts a query, waits for it and answers its rows. A query that fails, takes too long or is interrupted is stopped. One log group
 * that may not be read fails the whole query.
 */
export const queryLogs = <A>({ decode, from, gb, groups, query, to }: LogQuery<A>) =>
  Effect.acquireUseRelease(
    sendFor(
      startQuery,
      { logGroupNames: [...groups], queryString: query, startTime: secondsOf(from), endTime: secondsOf(to) },
      gb,
      ({ queryId }) => required(queryId, "queryId")
    ),
    (queryId) => rowsOf(queryId, decode),
    (queryId, exit) =>
      Exit.isSuccess(exit) ? Effect.void : Effect.ignore(send(stopQuery, { queryId }).pipe(Effect.timeout("5 seconds")))
  )
