/** What the deployment sets in the environment of a process. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigError } from "../core/config/Config.ts"

/** A variable of the environment; one that is empty counts as not set. */
export const variable = (name: string): Effect.Effect<string | undefined> =>
  Config.option(Config.String(name)).pipe(
    Effect.map((value) => Option.getOrUndefined(value) || undefined),
    Effect.orDie
  )

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
