import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { listFlag, placeFlags } from "../flags.ts"

export const mcp = Command.make(
  "mcp",
  {
    ...placeFlags,
    toolsets: listFlag("toolsets", "Which tools to offer: all, core, categories (default: what is configured)")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/mcp.ts")),
      ({ mcp }) => mcp(input)
    )
).pipe(
  Command.withDescription("Answer an assistant's questions about the results over MCP, on stdin and stdout"),
  Command.withExamples([
    { command: "nightaudit mcp --sample", description: "the sample estate, without credentials" },
    { command: "nightaudit mcp --toolsets core", description: "the few tools that people need first" }
  ])
)
