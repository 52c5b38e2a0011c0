/** The JSON Schemas of the events on the bus, from the schemas of their details. */
import * as Schema from "effect/Schema"
import { eventDetails, eventSource } from "../core/alerts/events.ts"

/** Each type with the JSON Schema 2020-12 of the whole event, as a rule on EventBridge sees it. */
export const eventJsonSchemas = (): ReadonlyArray<readonly [name: string, schema: object]> =>
  Object.entries(eventDetails).map(([type, detail]) => {
    const { definitions, schema } = Schema.toJsonSchemaDocument(detail as Schema.Top, { onExcessProperty: "ignore" })
    return [
      type,
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: type,
        description: "An event of Night Audit on the bus. It may come twice, with the same detail.id.",
        type: "object",
        required: ["source", "detail-type", "detail"],
        properties: { source: { const: eventSource }, "detail-type": { const: type }, detail: schema },
        $defs: definitions
      }
    ]
  })
