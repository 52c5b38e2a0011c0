/** What the deployment sets in the environment of a process. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { check } from "../core/config/check.ts"
import { ConfigError } from "../core/config/ConfigError.ts"
import { Mcp, type McpConfig } from "../core/config/mcp.ts"
import { variable } from "../core/variable.ts"

/** A mistake in a variable of the environment. */
export const wrongVariable = (name: string, message: string): ConfigError =>
  new ConfigError({ file: null, problems: [{ path: name, message }] })

/** A variable without which nothing works. */
export const requiredVariable = Effect.fnUntraced(function* (
  name: string,
  what: string
): Effect.fn.Return<string, ConfigError> {
  return (yield* variable(name)) ?? (yield* wrongVariable(name, `is not set: it is ${what}`))
})

const mcpVariable = "NIGHTAUDIT_MCP"

/** The `mcp` of a configuration that says nothing else; the defaults where it does not say that either. */
export const decodeMcp = (config: { readonly mcp?: unknown }): Effect.Effect<McpConfig, ConfigError> =>
  Effect.fromResult(check(Schema.Struct({ mcp: Mcp }), config)).pipe(
    Effect.map(({ mcp }) => mcp),
    Effect.mapError((problems) => new ConfigError({ file: mcpVariable, problems }))
  )

/** The `mcp` of the configuration file in JSON, from the environment; undefined where it is not there. */
export const deployedMcp: Effect.Effect<McpConfig | undefined, ConfigError> = Effect.gen(function* () {
  const text = yield* variable(mcpVariable)
  if (text === undefined) return undefined
  const value: unknown = yield* Effect.try({
    try: () => JSON.parse(text),
    catch: () => wrongVariable(mcpVariable, "is not valid JSON: it is the mcp of nightaudit.config.json")
  })
  return yield* decodeMcp({ mcp: value })
})

/** `true` where AWS IAM checks every caller in front of the server: the deployment's word for `--behind-iam`. */
export const behindIam: Effect.Effect<boolean> = Effect.map(
  variable("NIGHTAUDIT_BEHIND_IAM"),
  (value) => value === "true"
)
