import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { placeFlags } from "../flags.ts"

const portFlag = Flag.Int("port").pipe(
  Flag.withMetavar("<number>"),
  Flag.withDescription("Port on 127.0.0.1; 0 for any that is free (default: 8000)"),
  Flag.filter(
    (port) => port >= 0 && port <= 65_535,
    () => "a number from 0 to 65535"
  ),
  Flag.withDefault(8000)
)

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
