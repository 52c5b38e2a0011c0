/** What is said of a configuration with mistakes. */
import * as Schema from "effect/Schema"

/** One mistake: where, such as `regions.include[0]`, and what was expected there. */
export const ConfigProblem = Schema.Struct({ path: Schema.String, message: Schema.String })
export type ConfigProblem = typeof ConfigProblem.Type

/** What is wrong with the configuration or with what was asked for besides; `message` has a line for each mistake. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  /** The file that the mistakes are in; null for mistakes on the command line. */
  file: Schema.NullOr(Schema.String),
  problems: Schema.Array(ConfigProblem)
}) {
  override get message() {
    return this.problems
      .map(({ message, path }) => [this.file ?? "", path, message].filter((part) => part !== "").join(": "))
      .join("\n")
  }
}
