/**
 * What CloudWatch must have datapoints of, whatever the traffic: the CPU of what runs. Where it has none, and of nothing else either, it
 * is CloudWatch that is silent, and not the estate.
 */
import { daysBefore } from "../../core/time.ts"
import type { Dataset } from "../engine/Dataset.ts"
import type { SeriesSpec } from "../metrics/SeriesSpec.ts"
import { type Instance, instances } from "./ec2.ts"
import { type CacheCluster, cacheClusters } from "./elasticache.ts"
import { type DatabaseInstance, instances as databases, isMeasured } from "./rds.ts"

/** Of each kind so many are asked about: one that has a datapoint is enough. */
const most = 3

const cpu = (namespace: string, dimension: string, id: string): SeriesSpec => ({
  namespace,
  metric: "CPUUtilization",
  dimensions: { [dimension]: id },
  statistic: "Average",
  days: 2
})

const kindOf = <Item>(
  dataset: Dataset<ReadonlyArray<Item>>,
  /** Since when it runs; undefined where it does not, or AWS does not tell. */
  runsSince: (item: Item) => Date | undefined,
  seriesOf: (item: Item) => SeriesSpec
) => ({
  dataset: dataset as Dataset,
  /** Of some that have run for more than a day: what was just made or started has nothing yet. */
  seriesOf: (items: ReadonlyArray<Item>, now: Date): ReadonlyArray<SeriesSpec> =>
    items
      .filter((item) => (runsSince(item) ?? now) < daysBefore(now, 1))
      .slice(0, most)
      .map(seriesOf)
})

/** The lists of what runs, and the series of some of it. */
export const living: ReadonlyArray<{
  readonly dataset: Dataset
  readonly seriesOf: (items: ReadonlyArray<any>, now: Date) => ReadonlyArray<SeriesSpec>
}> = [
  kindOf<Instance>(
    instances,
    ({ launchedAt, state }) => (state === "running" ? launchedAt : undefined),
    ({ id }) => cpu("AWS/EC2", "InstanceId", id)
  ),
  kindOf<DatabaseInstance>(
    databases,
    (database) => (isMeasured(database) ? database.createdAt : undefined),
    ({ id }) => cpu("AWS/RDS", "DBInstanceIdentifier", id)
  ),
  kindOf<CacheCluster>(
    cacheClusters,
    ({ createdAt, status }) => (status === "available" ? createdAt : undefined),
    ({ id }) => cpu("AWS/ElastiCache", "CacheClusterId", id)
  )
]
