import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { explorerFlag, formatFlag, placeFlags, selectionFlags } from "../flags.ts"

export const doctor = Command.make(
  "doctor",
  { accounts: selectionFlags.accounts, askExplorer: explorerFlag, ...placeFlags, format: formatFlag() },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/doctor.ts")),
      ({ doctor }) => doctor(input)
    )
).pipe(
  Command.withDescription("Check what a scan needs, with free calls only, and say what to do about what is missing")
)
