import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { placeFlags, portFlag } from "../flags.ts"

export const dev = Command.make("dev", { ...placeFlags, port: portFlag }, (input) =>
  Effect.flatMap(
    Effect.promise(() => import("../programs/dev.ts")),
    ({ dev }) => dev(input)
  )
).pipe(
  Command.withDescription("Run the whole system in this process: the schedule, the audit, the assistant's server"),
  Command.withExamples([
    { command: "nightaudit dev --sample", description: "the sample estate, without credentials" },
    { command: "nightaudit dev --port 9000" }
  ])
)
