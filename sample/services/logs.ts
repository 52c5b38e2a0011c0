import type {
  DescribeLogGroupsCommandInput,
  DescribeLogGroupsCommandOutput,
  DescribeLogStreamsCommandInput,
  DescribeLogStreamsCommandOutput
} from "@aws-sdk/client-cloudwatch-logs"
import type { Place } from "../ids.ts"
import type { Activity, Named, When } from "../estate.ts"
import { type Answer, dateOf, defineService, pageOf, refusal } from "../Service.ts"

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

    "logs:DescribeLogStreams": (
      here,
      input: DescribeLogStreamsCommandInput
    ): Answer<DescribeLogStreamsCommandOutput> => {
      const group = here.has.logGroups.find(({ name }) => name === input.logGroupName)
      if (group === undefined) throw refusal("ResourceNotFoundException", "The specified log group does not exist.")
      if (group.lastWritten === null) return { logStreams: [] }
      const millis = dateOf(group.lastWritten).getTime()
      return {
        logStreams: [
          { logStreamName: "newest", creationTime: dateOf(group.created).getTime(), lastIngestionTime: millis }
        ]
      }
    }
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
