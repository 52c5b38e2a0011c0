/** Metrics as CloudWatch reads them out of a function's log: no call is made for them. Source: CloudWatch user guide, "Specification: embedded metric format". */

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

/** One line of the log. Metrics are summed by step; the run is a property, because each value of a dimension would be billed. */
export const metricLine = (step: string, runId: string, atMillis: number, measured: Measured): string =>
  JSON.stringify({
    _aws: {
      Timestamp: atMillis,
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace,
          Dimensions: [["Step"]],
          Metrics: Object.keys(measured).map((Name) => ({ Name, Unit: unitOf(Name) }))
        }
      ]
    },
    Step: step,
    runId,
    ...measured
  })

/** Writes a line of metrics into the function's log. */
export const writeMetrics = (line: string): Effect.Effect<void> => Effect.sync(() => writeLine(line))
