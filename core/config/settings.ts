/** The settings of scans, as the configuration and the assistant's tools take them. */
import * as Schema from "effect/Schema"
import type { CatalogueSetting } from "../catalogue/Catalogue.ts"
import type { SettingValue } from "../run/Outcome.ts"
import { matching, numberOf, textOf } from "./schemas.ts"

const expectedNumber = ({ maximum, minimum, type, unit }: CatalogueSetting): string =>
  `expected a ${type === "integer" ? "whole " : ""}number${minimum === undefined ? "" : ` from ${minimum}`}${maximum === undefined ? "" : ` to ${maximum}`}${unit === "" ? "" : ` (${unit})`}`

/** What a text looks like, by its unit. */
const examples: Readonly<Record<string, string>> = {
  day: "a day such as 2026-11-20, or an empty text",
  version: "a version such as 1.4.0"
}

/** What a setting of a scan may be. */
export const settingSchema = (setting: CatalogueSetting): Schema.Codec<SettingValue> => {
  switch (setting.type) {
    case "boolean": {
      return Schema.Boolean.annotate({ message: "expected true or false" })
    }
    case "list": {
      const message = "expected a list of texts"
      return Schema.Array(textOf(message)).annotate({ message })
    }
    case "map": {
      const message = "expected an object of lists of texts"
      return Schema.Record(textOf("expected a name"), Schema.Array(Schema.String).annotate({ message })).annotate({
        message
      })
    }
    case "string": {
      if (setting.values !== undefined) {
        const message = `expected ${setting.values.join(", ").replace(/, ([^,]*)$/, " or $1")}`
        return Schema.Literals(setting.values).annotate({ message })
      }
      if (setting.pattern === undefined) return Schema.String
      return matching(setting.pattern, `expected ${examples[setting.unit] ?? `a text like ${setting.pattern}`}`)
    }
    default:
      return numberOf(expectedNumber(setting), setting)
  }
}
