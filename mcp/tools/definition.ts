/** A tool as a client sees it, for `npm run codegen`: lean, because every client sends all of them to its model. */
import type { Wire } from "./argument.ts"
import { annotationsOf, type Tool } from "./Tool.ts"

export interface Definition {
  readonly name: string
  readonly title?: string
  readonly description: string
  readonly inputSchema: Wire
  readonly outputSchema: Wire
  readonly annotations: Readonly<Record<string, boolean>>
}

/** A definition with the toolset that it is in: `core` or a category. */
export interface ListedTool {
  readonly toolset: string
  /** Whether it changes findings in our store. */
  readonly writes?: true
  /** Whether clients that show views are told of one. */
  readonly view?: true
  readonly tool: Definition
}

const publishedArguments = (tool: Tool): Readonly<Record<string, Wire>> =>
  Object.fromEntries(
    Object.entries(tool.arguments).flatMap(([name, { wire }]) => (wire === null ? [] : [[name, wire] as const]))
  )

export const definitionOf = (tool: Tool, { titled }: { readonly titled: boolean }): Definition => ({
  name: tool.name,
  ...(titled ? { title: tool.title } : {}),
  description: tool.description,
  inputSchema: {
    type: "object",
    properties: publishedArguments(tool),
    ...(tool.required === undefined ? {} : { required: tool.required })
  },
  outputSchema: { type: "object" },
  annotations: annotationsOf(tool)
})

const gatewayTypes = ["string", "number", "object", "array", "boolean", "integer"]

/**
 * What an AgentCore Gateway takes of a schema: types, properties, items, what is required, and descriptions. Enumerations move
 * into the description. Source: shared/facts/agentcore.md, 1, "Tool schema".
 */
const gatewaySchema = (wire: Wire): Wire => {
  const {
    description,
    enum: values,
    items,
    properties,
    required,
    type
  } = wire as {
    readonly description?: string
    readonly enum?: ReadonlyArray<string>
    readonly items?: Wire
    readonly properties?: Readonly<Record<string, Wire>>
    readonly required?: ReadonlyArray<string>
    readonly type?: string
  }
  const said = [
    ...(description === undefined ? [] : [description]),
    ...(values === undefined ? [] : [`One of ${values.join(", ")}`])
  ]
  return {
    type: type !== undefined && gatewayTypes.includes(type) ? type : "string",
    ...(said.length === 0 ? {} : { description: said.join(". ") }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, gatewaySchema(one)]))
        }),
    ...(items === undefined ? {} : { items: gatewaySchema(items) }),
    ...(required === undefined ? {} : { required })
  }
}

/** What the server's instructions say once, which a gateway does not carry. */
const commonToGateway: Readonly<Record<string, Wire>> = {
  limit: { type: "integer", description: "Rows, 1 to 200; default 25" },
  cursor: { type: "string", description: "nextCursor of the page before" },
  freshness: { type: "number", description: "Accept stored results up to so many hours old; default 24" }
}

/** The same tool as the gateway's target lists it. */
export const gatewayDefinitionOf = (tool: Tool): Wire => {
  const { description, inputSchema, name } = definitionOf(tool, { titled: false })
  const { properties, ...rest } = inputSchema as { readonly properties: Readonly<Record<string, Wire>> }
  return {
    name,
    description,
    inputSchema: gatewaySchema({ ...rest, properties: { ...properties, ...commonToGateway } })
  }
}
