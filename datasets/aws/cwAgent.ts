/** What the CloudWatch agent publishes, where somebody has installed it. */
import * as Effect from "effect/Effect"
import { dataset, readOf } from "../engine/Dataset.ts"
import { several } from "../engine/several.ts"
import { listMetrics, publishedSeries } from "../metrics/listMetrics.ts"
import { instances } from "./ec2.ts"

export const agentNamespace = "CWAgent"

/** Percent of the memory in use, on Linux and on Windows. Source: CloudWatch user guide, "Metrics collected by the CloudWatch agent". */
export const memoryMetrics = ["mem_used_percent", "Memory % Committed Bytes In Use"] as const

/** A series of an instance's memory. Which dimensions it has beside the instance is up to the agent's configuration. */
export interface MemorySeries {
  readonly instanceId: string
  readonly metric: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** The memory series of the instances that run, of the last two weeks. An instance without one has no agent that measures memory. */
export const memory = dataset<ReadonlyArray<MemorySeries>, { instances: typeof instances }>("cwAgent.memory", {
  scope: "regional",
  needs: { instances },
  operations: [listMetrics],
  read: Effect.fnUntraced(function* ({ instances }) {
    const running = new Set(instances.flatMap(({ id, state }) => (state === "running" ? [id] : [])))
    const metrics = running.size === 0 ? [] : memoryMetrics
    const { gaps, items } = yield* several(metrics.map((metric) => publishedSeries(agentNamespace, metric)))
    return readOf({
      gaps,
      items: items.flatMap(({ dimensions, metric }): ReadonlyArray<MemorySeries> => {
        const instanceId = dimensions["InstanceId"]
        return instanceId !== undefined && running.has(instanceId) ? [{ instanceId, metric, dimensions }] : []
      })
    })
  })
})
