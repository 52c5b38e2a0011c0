import type {
  DescribeLogGroupsCommandInput,
  DescribeLogGroupsCommandOutput,
  DescribeLogStreamsCommandInput,
  DescribeLogStreamsCommandOutput
} from "@aws-sdk/client-cloudwatch-logs"
import type { Place } from "../ids.ts"
import { type Answer, type Answers, dateOf, pageOf, refusal } from "./Here.ts"

export const logGroupArn = ({ account, region }: Place, name: string) =>
  `arn:aws:logs:${region}:${account}:log-group:${name}`

export const answers: Answers = {
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

  "logs:DescribeLogStreams": (here, input: DescribeLogStreamsCommandInput): Answer<DescribeLogStreamsCommandOutput> => {
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
}
