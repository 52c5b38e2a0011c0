import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { listFlag, placeFlags, portFlag, switchFlag } from "../flags.ts"

export const mcp = Command.make(
  "mcp",
  {
    ...placeFlags,
    toolsets: listFlag("toolsets", "Which tools to offer: all, core, categories (default: what is configured)"),
    http: switchFlag("http", "Answer over HTTP instead of stdin and stdout"),
    host: Flag.String("host").pipe(
      Flag.withMetavar("<address>"),
      Flag.withDescription("Where HTTP listens; beyond 127.0.0.1 the configuration has to say who may ask"),
      Flag.withDefault("127.0.0.1")
    ),
    port: portFlag,
    noSessions: switchFlag(
      "no-sessions",
      "Keep no sessions, for platforms that invent their ids, such as AgentCore Runtime"
    ),
    behindIam: switchFlag("behind-iam", "AWS IAM has checked every caller: take all of them")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/mcp.ts")),
      ({ mcp }) => mcp(input)
    )
).pipe(
  Command.withDescription(
    "Answer an assistant's questions about the results over MCP, on stdin and stdout or over HTTP"
  ),
  Command.withExamples([
    { command: "nightaudit mcp --sample", description: "the sample estate, without credentials" },
    { command: "nightaudit mcp --toolsets core", description: "the few tools that people need first" },
    { command: "nightaudit mcp --http", description: "http://127.0.0.1:8000/mcp" }
  ])
)
