import * as Effect from "effect/Effect"
import { Refusal } from "../answer/Answer.ts"
import { argument } from "./argument.ts"
import { about, setAside, untilOf } from "./setAside.ts"
import { defineTool } from "./Tool.ts"

export default defineTool({
  name: "snooze_finding",
  title: "Finding: snooze",
  description: "Remind me later: set a finding aside until a date or a higher cost.",
  arguments: {
    ...about,
    until: argument.text("Date or 30d"),
    untilMonthlyUsd: argument.number({ minimum: 0.01, maximum: 1e12 })
  },
  required: ["id", "reason"],
  reaches: "write",
  answer: Effect.fnUntraced(function* ({ id = "", reason = "", until, untilMonthlyUsd }, call) {
    if (until === undefined && untilMonthlyUsd === undefined) {
      return yield* new Refusal({ message: "until or untilMonthlyUsd has to be given: when is it to come back?" })
    }
    const limits = { until: yield* untilOf(until, call.nowMillis), untilMonthlyUsd: untilMonthlyUsd ?? null }
    return yield* setAside(id, { action: "snooze", reason, author: call.caller.name, ...limits }, call)
  })
})
