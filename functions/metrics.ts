/** Metrics as CloudWatch reads them out of a function's log: no call is made for them. Source: CloudWatch user guide, "Specification: embedded metric format". */

import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { writeLine } from "./log.ts"

/** Metrics by name, with the unit that the name ends in. */
export type Measured = Readonly<Record<string, number>>

export const metricNamespace = "NightAudit"

const unitOf = (name: string): string =>
  name.endsWith("Millis")
    ? "Milliseconds"
    : name.endsWith("Percent")
      ? "Percent"
      : name.endsWith("Usd")
        ? "None"
        : "Count"

/** Where a metric is found. Stages that share an account and region have metrics of their own. */
export const dimensionsOf = (stage: string, step: string) => ({ Stage: stage, Step: step })

/** The variable of a function that has its stage. */
export const stageVariable = "NIGHTAUDIT_STAGE"

/**
 * Writes a line of metrics into the function's log. The run is a property, because each value of a dimension would be billed. Outside
 * of a deployment the stage is `local`.
 */
export const writeMetrics = Effect.fn("writeMetrics")(function* (
  step: string,
  measured: Measured,
  { atMillis, runId = "" }: { readonly atMillis?: number; readonly runId?: string } = {}
) {
  const stage = yield* Config.String(stageVariable).pipe(Config.withDefault("local"))
  const dimensions = dimensionsOf(stage, step)
  const line = {
    _aws: {
      Timestamp: atMillis ?? (yield* Clock.currentTimeMillis),
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace,
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.keys(measured).map((Name) => ({ Name, Unit: unitOf(Name) }))
        }
      ]
    },
    ...dimensions,
    runId,
    ...measured
  }
  yield* Effect.sync(() => writeLine(JSON.stringify(line)))
}, Effect.orDie)
