/**
 * Plays questions with a model behind an OpenAI-compatible endpoint (`POST <url>/chat/completions` with tools). Bedrock has such an endpoint
 * too, which takes a Bedrock API key as its bearer token; the Converse API would need a client that nothing else here needs.
 */
import * as Effect from "effect/Effect"
import { definitions } from "../mcp/definitions.ts"
import { anybody, asking } from "../test/mcp/harness.ts"
import { instructionsFor } from "../mcp/instructions.ts"
import type { Fact, Question } from "./Question.ts"

export interface Endpoint {
  /** Up to and without `/chat/completions`. */
  readonly url: string
  readonly model: string
  /** Empty for an endpoint that asks for none. */
  readonly key: string
}

export interface Played {
  readonly id: string
  /** Whether the first tool that it called is an expected one. */
  readonly firstTool: boolean
  /** Whether it called an expected tool at all. */
  readonly anyTool: boolean
  /** The share of the facts that the last answer tells. */
  readonly facts: number
  readonly calls: ReadonlyArray<string>
  readonly answer: string
}

const turnsAtMost = 8

const tools = definitions.map(({ tool: { description, inputSchema, name } }) => ({
  type: "function",
  function: { name, description, parameters: inputSchema }
}))

interface Message {
  readonly role: string
  readonly content?: string | null
  readonly tool_calls?: ReadonlyArray<{
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }>
  readonly tool_call_id?: string
}

const complete = async ({ key, model, url }: Endpoint, messages: ReadonlyArray<Message>): Promise<Message> => {
  const response = await fetch(`${url.replace(/\/$/, "")}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key === "" ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ model, messages, tools, temperature: 0 })
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
  const body = (await response.json()) as { readonly choices?: ReadonlyArray<{ readonly message: Message }> }
  const message = body.choices?.[0]?.message
  if (message === undefined) throw new Error(`${url} answered no choice`)
  return message
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text === "" ? "{}" : text)
  } catch {
    return text
  }
}

/** A number in the words of an answer: `1,234.50` is `1234.5`. */
const tells = (answer: string, fact: Fact): boolean => {
  if ("says" in fact) return answer.toLowerCase().includes(fact.says.toLowerCase())
  if (typeof fact.is !== "number") return answer.includes(String(fact.is))
  const numbers = answer.match(/\d[\d,]*(\.\d+)?/g) ?? []
  return numbers.some((text) => Number(text.replaceAll(",", "")) === fact.is)
}

/** Asks one question, answers the model's calls until it makes none, and looks at what it says then. */
export const playWith = async (endpoint: Endpoint, question: Question): Promise<Played> => {
  const call = asking()
  const messages: Array<Message> = [
    { role: "system", content: instructionsFor(anybody) },
    { role: "user", content: question.question }
  ]
  const calls: Array<string> = []
  let answer = ""
  for (let turn = 0; turn < turnsAtMost; turn += 1) {
    const message = await complete(endpoint, messages)
    messages.push(message)
    answer = message.content ?? ""
    if (message.tool_calls === undefined || message.tool_calls.length === 0) break
    for (const { function: asked, id } of message.tool_calls) {
      calls.push(asked.name)
      const { text } = await Effect.runPromise(call(asked.name, parsed(asked.arguments)))
      messages.push({ role: "tool", tool_call_id: id, content: text })
    }
  }
  const expected = new Set(question.expected.map(({ tool }) => tool))
  return {
    id: question.id,
    firstTool: calls[0] !== undefined && expected.has(calls[0]),
    anyTool: calls.some((name) => expected.has(name)),
    facts: question.facts.filter((fact) => tells(answer, fact)).length / Math.max(1, question.facts.length),
    calls,
    answer
  }
}
