import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { stageMistake, stageRule } from "../../stacks/stages.ts"
import { explorerFlag, formatFlag, placeFlags } from "../flags.ts"

const stageFlag = Flag.String("stage").pipe(
  Flag.withMetavar("<stage>"),
  Flag.withDescription("The stage that is to be deployed (default: production)"),
  Flag.withDefault("production"),
  Flag.filter(
    (stage) => stageMistake(stage) === undefined,
    () => stageRule
  )
)

export const deployCheck = Command.make(
  "deploy-check",
  { stage: stageFlag, askExplorer: explorerFlag, config: placeFlags.config, format: formatFlag() },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/deployCheck.ts")),
      ({ deployCheck }) => deployCheck(input)
    )
).pipe(
  Command.withDescription(
    "Check what a deployment to AWS needs, with free calls only, and say what to do about the rest"
  ),
  Command.withExamples([{ command: "nightaudit deploy-check --stage production" }])
)
