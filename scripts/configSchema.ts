/** The JSON Schema of the configuration file, from the schema that decodes it and the catalogue of scans. */
import * as Schema from "effect/Schema"
import { configSchema, type KnownScan } from "../core/config/Config.ts"

/** JSON Schema 2020-12, with every scan's settings, their bounds and defaults. */
export const configJsonSchema = (catalogue: ReadonlyArray<KnownScan>): object => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(configSchema(catalogue), { onExcessProperty: "error" })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of Night Audit",
    description: "nightaudit.config.json or nightaudit.config.jsonc; every key may be left out.",
    ...schema,
    $defs: definitions
  }
}
