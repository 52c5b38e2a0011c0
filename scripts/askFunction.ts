/** Calls of the deployed MCP function as its gateway makes them. Credentials and region are the environment's. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"

export interface ToolAnswer {
  readonly content: ReadonlyArray<{ readonly text?: string }>
  readonly structuredContent?: Readonly<Record<string, unknown>>
  readonly isError?: boolean
}

export type Ask = (tool: string, given?: object) => Promise<ToolAnswer>

export const textOf = ({ content }: ToolAnswer): string => content.map(({ text = "" }) => text).join("\n")

/** Whether there is nothing to answer from, because no night has been there yet. */
export const isBeforeFirstNight = (answer: ToolAnswer): boolean =>
  answer.isError === true && /no totals yet|No audit has run/i.test(textOf(answer))

/**
 * Asks a version or alias of the function: `name:live`. Rejects where the function failed or what it answers is no tool's result, and
 * not where the tool refused. `onVersion` hears which version has answered.
 */
export const functionAsker = (functionName: string, onVersion: (version: string) => void = () => undefined) => {
  const client = new LambdaClient({})
  return async (tool: string, given: object = {}, accounts = "*"): Promise<ToolAnswer> => {
    const custom = {
      bedrockAgentCoreToolName: `nightaudit___${tool}`,
      bedrockAgentCoreGatewayId: "pipeline",
      bedrockAgentCorePropagatedHeaders: { "x-nightaudit-accounts": accounts }
    }
    const { ExecutedVersion, FunctionError, Payload } = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: JSON.stringify(given),
        ClientContext: Buffer.from(JSON.stringify({ custom })).toString("base64")
      })
    )
    onVersion(ExecutedVersion ?? "")
    const text = Buffer.from(Payload ?? []).toString()
    if (FunctionError !== undefined) throw new Error(`${functionName} failed: ${text}`)
    const answer = parsed(text)
    if (!Array.isArray(answer?.content))
      throw new Error(`${functionName} answers ${tool} with no tool's result: ${text.slice(0, 200)}`)
    return answer
  }
}

const parsed = (text: string): any => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
