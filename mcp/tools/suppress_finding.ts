import * as Effect from "effect/Effect"
import { argument } from "./argument.ts"
import { about, setAside, untilOf } from "./setAside.ts"
import { defineTool } from "./Tool.ts"

export default defineTool({
  name: "suppress_finding",
  title: "Finding: suppress",
  description: "Hide or ignore a finding for good, as accepted or wanted.",
  arguments: { ...about, until: argument.text("Date or 30d") },
  required: ["id", "reason"],
  reaches: "write",
  answer: Effect.fnUntraced(function* ({ id = "", reason = "", until }, call) {
    const change = { action: "suppress", reason, author: call.caller.name } as const
    return yield* setAside(id, { ...change, until: yield* untilOf(until, call.nowMillis) }, call)
  })
})
