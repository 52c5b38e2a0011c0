/** Everything that the public conformance suite asks a server to have, as plain tables over the low-level class. */
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type EventStore,
  inputRequired,
  ProtocolError,
  ResourceNotFoundError,
  Server,
  type ServerNotifier
} from "@modelcontextprotocol/server"
import { setTimeout } from "node:timers/promises"

/** One dark pixel. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
/** A header, and no sound after it. */
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="

/** The suite wants to see notifications arrive one by one. */
const apart = 50

const answer = (text: string) => ({ content: [{ type: "text", text }] })
const said = (text: string) => ({ role: "user", content: { type: "text", text } })
const objectOf = (properties: object = {}, ...required: ReadonlyArray<string>) => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required })
})
const choices = (titles: Record<string, string>) =>
  Object.entries(titles).map(([value, title]) => ({ const: value, title }))

// What comes back through the client is sealed with a key of this process.
const sealed = createRequestStateCodec<any>({ key: crypto.getRandomValues(new Uint8Array(32)) })

const formFor = (message: string, field = "name", type = "string") =>
  inputRequired.elicit({ message, requestedSchema: objectOf({ [field]: { type } }, field) as any })
const thoughtOn = (question: string) =>
  inputRequired.createMessage({ messages: [said(question)], maxTokens: 100 } as any)

type Run = (args: any, context: any) => unknown
interface Tool {
  readonly inputSchema?: object
  readonly run: Run
}

/** Asks the client of 2025 in the middle of a call. */
const asking = async (context: any, method: string, params: object, say: (result: any) => string) =>
  answer(say(await context.mcpReq.send({ method, params })))
const eliciting =
  (message: string, properties: object): Run =>
  (_, context) =>
    asking(
      context,
      "elicitation/create",
      { message, requestedSchema: objectOf(properties) },
      ({ action, content }) => `Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`
    )

const contentTools: Record<string, Tool> = {
  test_simple_text: { run: () => answer("This is a simple text response for testing.") },
  test_image_content: { run: () => ({ content: [{ type: "image", data: png, mimeType: "image/png" }] }) },
  test_audio_content: { run: () => ({ content: [{ type: "audio", data: wav, mimeType: "audio/wav" }] }) },
  test_embedded_resource: {
    run: () => ({
      content: [
        {
          type: "resource",
          resource: {
            uri: "test://embedded-resource",
            mimeType: "text/plain",
            text: "This is an embedded resource content."
          }
        }
      ]
    })
  },
  test_multiple_content_types: {
    run: () => ({
      content: [
        { type: "text", text: "Multiple content types test:" },
        { type: "image", data: png, mimeType: "image/png" },
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: JSON.stringify({ test: "data", value: 123 })
          }
        }
      ]
    })
  },
  test_error_handling: {
    run: () => ({ ...answer("This tool intentionally returns an error for testing"), isError: true })
  },
  json_schema_2020_12_tool: {
    inputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      $defs: {
        address: {
          $anchor: "addressDef",
          type: "object",
          properties: { street: { type: "string" }, city: { type: "string" } }
        }
      },
      properties: {
        name: { type: "string" },
        address: { $ref: "#/$defs/address" },
        contactMethod: { type: "string", enum: ["phone", "email"] },
        phone: { type: "string" },
        email: { type: "string" }
      },
      allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
      if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
      then: { required: ["phone"] },
      else: { required: ["email"] },
      additionalProperties: false
    },
    run: (args) => answer(JSON.stringify(args))
  },
  test_x_mcp_header: {
    inputSchema: objectOf({ region: { type: "string", "x-mcp-header": "Region" }, level: { type: "integer" } }),
    run: ({ region }) => answer(`region=${region}`)
  }
}

/** The tools that say something before they answer, or ask the client of 2025 back. */
const talkingTools: Record<string, Tool> = {
  test_tool_with_logging: {
    run: async (_, { mcpReq }) => {
      for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
        await mcpReq.notify({ method: "notifications/message", params: { level: "info", data } })
        await setTimeout(apart)
      }
      return answer("Logged three messages.")
    }
  },
  test_tool_with_progress: {
    run: async (_, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken
      for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
        await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } })
        await setTimeout(apart)
      }
      return answer("Done.")
    }
  },
  test_reconnection: {
    run: async (_, { http }) => {
      http?.closeSSE?.()
      await setTimeout(2 * apart)
      return answer("Reconnection test completed successfully.")
    }
  },
  test_sampling: {
    inputSchema: objectOf({ prompt: { type: "string" } }, "prompt"),
    run: ({ prompt }, context) =>
      asking(
        context,
        "sampling/createMessage",
        { messages: [said(prompt)], maxTokens: 100 },
        ({ content }) => `LLM response: ${content?.text}`
      )
  },
  test_elicitation: {
    inputSchema: objectOf({ message: { type: "string" } }, "message"),
    run: ({ message }, context) =>
      asking(
        context,
        "elicitation/create",
        {
          message,
          requestedSchema: objectOf(
            {
              username: { type: "string", description: "User's response" },
              email: { type: "string", description: "User's email address" }
            },
            "username",
            "email"
          )
        },
        (result) => `User response: ${JSON.stringify(result)}`
      )
  },
  test_elicitation_sep1034_defaults: {
    run: eliciting("Please review the defaults", {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true }
    })
  },
  test_elicitation_sep1330_enums: {
    run: eliciting("Please choose", {
      untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
      titledSingle: {
        type: "string",
        oneOf: choices({ value1: "First Option", value2: "Second Option", value3: "Third Option" })
      },
      legacyEnum: {
        type: "string",
        enum: ["opt1", "opt2", "opt3"],
        enumNames: ["Option One", "Option Two", "Option Three"]
      },
      untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
      titledMulti: {
        type: "array",
        items: { anyOf: choices({ value1: "First Choice", value2: "Second Choice", value3: "Third Choice" }) }
      }
    })
  }
}

/** The tools of 2026-07-28, which ask the client back by an answer that wants more input. */
const inputTools: Record<string, Tool> = {
  test_missing_capability: {
    run: (_, { mcpReq }) =>
      mcpReq.inputResponses?.answer === undefined
        ? inputRequired({ inputRequests: { answer: thoughtOn("ping") } })
        : answer("Thank you.")
  },
  test_streaming_elicitation: { run: () => answer("Nothing but the result.") },
  test_logging_tool: {
    run: async (_, { mcpReq }) => {
      await mcpReq.log("info", "Only for those who ask for logs")
      return answer("Logged.")
    }
  },
  test_input_required_result_elicitation: {
    run: (_, { mcpReq }) => {
      const given = acceptedContent<any>(mcpReq.inputResponses, "user_name")
      return typeof given?.name === "string"
        ? answer(`Hello, ${given.name}!`)
        : inputRequired({ inputRequests: { user_name: formFor("What is your name?") } })
    }
  },
  test_input_required_result_sampling: {
    run: (_, { mcpReq }) => {
      const given = mcpReq.inputResponses?.capital_question
      return given === undefined
        ? inputRequired({ inputRequests: { capital_question: thoughtOn("What is the capital of France?") } })
        : answer(String(given.content?.text))
    }
  },
  test_input_required_result_list_roots: {
    run: (_, { mcpReq }) => {
      const roots = mcpReq.inputResponses?.client_roots?.roots
      return Array.isArray(roots)
        ? answer(roots.map(({ uri }) => uri).join())
        : inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
    }
  },
  test_input_required_result_request_state: {
    run: async (_, { mcpReq }) => {
      if (acceptedContent(mcpReq.inputResponses, "confirm") === undefined)
        return inputRequired({
          inputRequests: { confirm: formFor("Please confirm", "ok", "boolean") },
          requestState: await sealed.mint({ asked: true })
        })
      if (mcpReq.requestState() === undefined) throw new ProtocolError(-32602, "requestState is missing")
      return answer("state-ok")
    }
  },
  test_input_required_result_multiple_inputs: {
    run: async (_, { mcpReq }) => {
      const given = mcpReq.inputResponses
      const name = acceptedContent<any>(given, "user_name")?.name
      if (typeof name === "string" && given?.greeting !== undefined && given?.client_roots !== undefined)
        return answer(`${given.greeting.content?.text} ${name}`)
      return inputRequired({
        inputRequests: {
          user_name: formFor("What is your name?"),
          greeting: thoughtOn("Generate a greeting"),
          client_roots: inputRequired.listRoots()
        },
        requestState: await sealed.mint({ asked: true })
      })
    }
  },
  test_input_required_result_multi_round: {
    run: async (_, { mcpReq }) => {
      const rounds = [
        { step1: formFor("Step 1: What is your name?") },
        { step2: formFor("Step 2: What is your favorite color?", "color") }
      ]
      const round: number = mcpReq.requestState()?.round ?? 0
      const inputRequests = rounds[round]
      return inputRequests === undefined
        ? answer("complete")
        : inputRequired({ inputRequests: inputRequests as any, requestState: await sealed.mint({ round: round + 1 }) })
    }
  },
  test_input_required_result_tampered_state: {
    run: async (_, { mcpReq }) =>
      mcpReq.requestState() === undefined
        ? inputRequired({
            inputRequests: { confirm: formFor("Please confirm", "ok", "boolean") },
            requestState: await sealed.mint({ asked: true })
          })
        : answer("integrity-ok")
  },
  test_input_required_result_capabilities: {
    run: (_, { mcpReq }) => {
      const can = mcpReq.envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {}
      if (mcpReq.inputResponses !== undefined) return answer("Thank you.")
      return inputRequired({
        inputRequests: {
          ...(can.elicitation === undefined ? {} : { user_name: formFor("What is your name?") }),
          ...(can.sampling === undefined ? {} : { greeting: thoughtOn("Generate a greeting") }),
          ...(can.roots === undefined ? {} : { client_roots: inputRequired.listRoots() })
        }
      })
    }
  }
}

const resources: Record<string, { mimeType: string; text: string } | { mimeType: string; blob: string }> = {
  "test://static-text": { mimeType: "text/plain", text: "This is the content of the static text resource." },
  "test://static-binary": { mimeType: "image/png", blob: png },
  "test://watched-resource": { mimeType: "text/plain", text: "Watched." }
}

const prompts: Record<string, { readonly args?: ReadonlyArray<string>; readonly run: Run }> = {
  test_simple_prompt: { run: () => ({ messages: [said("This is a simple prompt for testing.")] }) },
  test_prompt_with_arguments: {
    args: ["arg1", "arg2"],
    run: ({ arg1, arg2 }) => ({ messages: [said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] })
  },
  test_prompt_with_embedded_resource: {
    args: ["resourceUri"],
    run: ({ resourceUri: uri }) => ({
      messages: [
        {
          role: "user",
          content: {
            type: "resource",
            resource: { uri, mimeType: "text/plain", text: "Embedded resource content for testing." }
          }
        },
        said("Please process the embedded resource above.")
      ]
    })
  },
  test_prompt_with_image: {
    run: () => ({
      messages: [
        { role: "user", content: { type: "image", data: png, mimeType: "image/png" } },
        said("Please analyze the image above.")
      ]
    })
  },
  test_input_required_result_prompt: {
    run: (_, { mcpReq }) => {
      const given = acceptedContent<any>(mcpReq.inputResponses, "user_context")
      return typeof given?.context === "string"
        ? { messages: [said(given.context)] }
        : inputRequired({
            inputRequests: { user_context: formFor("What context should the prompt use?", "context") }
          })
    }
  }
}

/** Makes servers. `notify` is that of the entry which serves them. */
export const makeFixture = (notify: () => ServerNotifier): (() => Server) => {
  const tools: Record<string, Tool> = {
    ...contentTools,
    ...talkingTools,
    ...inputTools,
    test_trigger_tool_change: {
      run: () => {
        notify().toolsChanged()
        return answer("Published.")
      }
    },
    test_trigger_prompt_change: {
      run: () => {
        notify().promptsChanged()
        return answer("Published.")
      }
    }
  }

  return () => {
    const server = new Server({ name: "fixture", version: "1" }, {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {}
      },
      requestState: { verify: sealed.verify }
    } as any)
    const on = (method: string, run: Run) =>
      server.setRequestHandler(
        method as any,
        (async (request: any, context: any) => run(request.params ?? {}, context)) as any
      )
    on("tools/list", () => ({
      tools: Object.entries(tools).map(([name, { inputSchema = { type: "object" } }]) => ({
        name,
        description: name.replaceAll("_", " "),
        inputSchema
      }))
    }))
    on("tools/call", ({ arguments: args = {}, name }, context) => {
      const tool = tools[name]
      if (tool === undefined) throw new ProtocolError(-32602, `Unknown tool: ${name}`)
      return tool.run(args, context)
    })
    on("resources/list", () => ({
      resources: Object.entries(resources).map(([uri, { mimeType }]) => ({
        uri,
        name: uri.slice("test://".length),
        description: `The resource at ${uri}`,
        mimeType
      }))
    }))
    on("resources/templates/list", () => ({
      resourceTemplates: [
        {
          uriTemplate: "test://template/{id}/data",
          name: "template",
          description: "Data of an id",
          mimeType: "application/json"
        }
      ]
    }))
    on("resources/read", ({ uri }) => {
      const id = /^test:\/\/template\/(.+)\/data$/.exec(uri)?.[1]
      if (id !== undefined) {
        const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
        return { contents: [{ uri, mimeType: "application/json", text }] }
      }
      const resource = resources[uri]
      if (resource === undefined) throw new ResourceNotFoundError(uri)
      return { contents: [{ uri, ...resource }] }
    })
    on("resources/subscribe", () => ({}))
    on("resources/unsubscribe", () => ({}))
    on("prompts/list", () => ({
      prompts: Object.entries(prompts).map(([name, { args = [] }]) => ({
        name,
        description: name.replaceAll("_", " "),
        arguments: args.map((argument) => ({ name: argument, description: argument, required: true }))
      }))
    }))
    on("prompts/get", ({ arguments: args = {}, name }, context) => {
      const prompt = prompts[name]
      if (prompt === undefined) throw new ProtocolError(-32602, `Unknown prompt: ${name}`)
      return prompt.run(args, context)
    })
    on("completion/complete", () => ({ completion: { values: [], total: 0, hasMore: false } }))
    on("logging/setLevel", () => ({}))
    return server
  }
}

/** Keeps every event of a session in memory, and sends again those of a stream that came after one. */
export const eventStore = (): EventStore => {
  const streams = new Map<string, Array<any>>()
  return {
    storeEvent: async (stream, message) => {
      const events = streams.get(stream) ?? []
      streams.set(stream, [...events, message])
      return `${stream}/${events.length}`
    },
    replayEventsAfter: async (last, { send }) => {
      const [stream = "", index] = last.split("/")
      const events = streams.get(stream) ?? []
      for (let at = Number(index) + 1; at < events.length; at++) {
        if (Object.keys(events[at]).length > 0) await send(`${stream}/${at}`, events[at])
      }
      return stream
    }
  }
}
