import type {
  DescribeLogGroupsCommandInput,
  DescribeLogGroupsCommandOutput,
  DescribeLogStreamsCommandInput,
  DescribeLogStreamsCommandOutput,
  DescribeMetricFiltersCommandOutput,
  GetQueryResultsCommandInput,
  GetQueryResultsCommandOutput,
  ResultField,
  StartQueryCommandInput,
  StartQueryCommandOutput,
  StopQueryCommandOutput
} from "@aws-sdk/client-cloudwatch-logs"
import type { Place } from "../ids.ts"
import type { Activity, Named, When } from "../estate.ts"
import { seriesKey, seriesOf, valueBetween } from "../metrics.ts"
import { type Answer, dateOf, defineService, type Here, pageOf, refusal } from "../Service.ts"

declare module "../estate.ts" {
  interface Region {
    readonly logGroups: ReadonlyArray<LogGroup>
  }
}

export interface LogGroup extends Named {
  readonly created: When
  readonly bytes: number
  /** Absent: kept for ever. */
  readonly retentionDays?: number
  readonly infrequent?: true
  readonly incoming: Activity
  /** When the newest stream was written; null where there is no stream. */
  readonly lastWritten: When | null
  readonly metricFilters?: number
}

export const logGroupArn = ({ account, region }: Place, name: string) =>
  `arn:aws:logs:${region}:${account}:log-group:${name}`

const find = (here: Here, name: string | undefined): LogGroup => {
  const found = here.has.logGroups.find((group) => group.name === name)
  if (found === undefined) throw refusal("ResourceNotFoundException", "The specified log group does not exist.")
  return found
}

/** A query is kept nowhere: its id says what was asked. */
type Query = Pick<StartQueryCommandInput, "logGroupNames" | "startTime" | "endTime">

const idOfQuery = ({ endTime, logGroupNames, startTime }: Query): string =>
  Buffer.from(JSON.stringify({ logGroupNames, startTime, endTime })).toString("base64url")

const queryOf = (id: string | undefined): Query => {
  try {
    return JSON.parse(Buffer.from(id ?? "", "base64url").toString())
  } catch {
    throw refusal("ResourceNotFoundException", "The query was not found.")
  }
}

const usualStarts = { percent: 0.2, p95Ms: 180 }

/** Of initialisations the mean is this share of what 95 of 100 do not exceed. */
const meanShare = 0.8

/** The rows of the only question that is asked of logs: the reports of functions, those of cold calls apart. */
const reportsIn = (here: Here, { endTime = 0, logGroupNames = [], startTime = 0 }: Query): Array<Array<ResultField>> =>
  here.has.functions
    .filter(({ name }) => logGroupNames.includes(`/aws/lambda/${name}`))
    .flatMap(({ coldStarts: { p95Ms, percent } = usualStarts, name }) => {
      const series = seriesOf(here).get(seriesKey("AWS/Lambda", "Invocations", { FunctionName: name }))
      const calls =
        series === undefined ? 0 : Math.round(valueBetween(series, "Sum", startTime * 1000, endTime * 1000) ?? 0)
      const cold = Math.round((calls * percent) / 100)
      const row = (reports: number, isCold: boolean): Array<Array<ResultField>> =>
        reports === 0
          ? []
          : [
              [
                { field: "@log", value: `${here.account}:/aws/lambda/${name}` },
                { field: "cold", value: isCold ? "1" : "0" },
                { field: "reports", value: String(reports) },
                { field: "p95Ms", value: String(isCold ? p95Ms : 0) },
                { field: "initMs", value: String(isCold ? Math.round(reports * p95Ms * meanShare) : 0) }
              ]
            ]
      return [...row(calls - cold, false), ...row(cold, true)]
    })

export default defineService({
  region: { logGroups: [] },
  answers: {
    "logs:DescribeLogGroups": (here, input: DescribeLogGroupsCommandInput): Answer<DescribeLogGroupsCommandOutput> => {
      const { items, next } = pageOf(here.has.logGroups, input.nextToken, input.limit, 50)
      return {
        logGroups: items.map((group) => ({
          arn: `${logGroupArn(here, group.name)}:*`,
          logGroupArn: logGroupArn(here, group.name),
          logGroupName: group.name,
          creationTime: dateOf(group.created).getTime(),
          storedBytes: group.bytes,
          retentionInDays: group.retentionDays,
          logGroupClass: group.infrequent ? "INFREQUENT_ACCESS" : "STANDARD",
          metricFilterCount: group.metricFilters ?? 0
        })),
        nextToken: next
      }
    },

    /** The estate publishes its own metrics itself. */
    "logs:DescribeMetricFilters": (): Answer<DescribeMetricFiltersCommandOutput> => ({ metricFilters: [] }),

    "logs:DescribeLogStreams": (
      here,
      input: DescribeLogStreamsCommandInput
    ): Answer<DescribeLogStreamsCommandOutput> => {
      const group = find(here, input.logGroupName)
      if (group.lastWritten === null) return { logStreams: [] }
      const millis = dateOf(group.lastWritten).getTime()
      return {
        logStreams: [
          { logStreamName: "newest", creationTime: dateOf(group.created).getTime(), lastIngestionTime: millis }
        ]
      }
    },

    "logs:StartQuery": (here, input: StartQueryCommandInput): Answer<StartQueryCommandOutput> => {
      for (const name of input.logGroupNames ?? []) find(here, name)
      return { queryId: idOfQuery(input) }
    },

    "logs:GetQueryResults": (here, input: GetQueryResultsCommandInput): Answer<GetQueryResultsCommandOutput> => {
      const { items, next } = pageOf(reportsIn(here, queryOf(input.queryId)), input.nextToken, input.maxItems, 10_000)
      return { status: "Complete", results: [...items], nextToken: next }
    },

    "logs:StopQuery": (): Answer<StopQueryCommandOutput> => ({ success: false })
  },
  series: (here) =>
    here.has.logGroups.map(({ created, incoming, name }) => ({
      namespace: "AWS/Logs",
      dimensions: { LogGroupName: name },
      since: created,
      sums: { IncomingBytes: incoming }
    })),
  resources: (here) =>
    here.has.logGroups.map(({ name, tags }) => ({ type: "logs:log-group", arn: logGroupArn(here, name), tags }))
})
