import { known } from "../../core/Reading.ts"
import type { Table, TableDetails, TableIndex } from "../../datasets/aws/dynamodb.ts"
import { windowStart } from "../../datasets/metrics/MetricSeries.ts"
import type { SeriesSpec } from "../../datasets/metrics/SeriesSpec.ts"
import { daysAgo, now } from "../datasets/harness.ts"
import { series } from "./harness.ts"

/** A table on demand as a test needs it: what is not said is plain. */
export const dynamodbTable = (more: Partial<TableDetails> = {}, name = "orders"): Table => ({
  arn: `arn:aws:dynamodb:eu-west-1:111111111111:table/${name}`,
  name,
  details: known({
    status: "active",
    createdAt: daysAgo(200),
    sizeBytes: 0,
    itemCount: 1000,
    provisioned: undefined,
    infrequentAccess: false,
    indexes: [],
    localIndexBytes: 0,
    vectorIndexes: [],
    replicas: [],
    deletionProtection: false,
    hasStream: false,
    ...more
  })
})

export const tableIndex = (name: string, more: Partial<TableIndex> = {}): TableIndex => ({
  name,
  sizeBytes: 0,
  provisioned: undefined,
  ...more
})

/** `reads`, `writes`, `reads of by-day`: which capacity a series is about. */
export const laneOf = ({ dimensions, metric }: SeriesSpec): string => {
  const index = dimensions["GlobalSecondaryIndexName"]
  return `${metric.includes("Read") ? "reads" : "writes"}${index === undefined ? "" : ` of ${index}`}`
}

/** One value for every hour of a series' window, or one that depends on the hour, counted from the window's start. */
export type Hours = number | ((hour: number) => number)

/** The full hours of a window. */
export const hoursOf = (days: number): number =>
  Math.floor((now.getTime() - windowStart(now, days).getTime()) / 3_600_000)

/**
 * Hourly series by lane: `undefined` for one that CloudWatch refused, and no datapoint for what is not named. The last value stands for
 * the hour in which the run starts.
 */
export const hourly = (byLane: Readonly<Record<string, Hours | undefined>>, scale = 1) =>
  series((spec) => {
    const lane = laneOf(spec)
    if (!(lane in byLane)) return []
    const hours = byLane[lane]
    if (hours === undefined) return undefined
    return Array.from(
      { length: hoursOf(spec.days) + 1 },
      (_, hour) => scale * (typeof hours === "number" ? hours : hours(hour))
    )
  })

/** Units a second as CloudWatch tells them: the sum of each hour. */
export const consuming = (byLane: Readonly<Record<string, Hours | undefined>>) => hourly(byLane, 3600)
