/** Calls of the deployed MCP function as its gateway makes them. Credentials and region are the environment's. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"

export interface ToolAnswer {
  readonly content: ReadonlyArray<{ readonly text?: string }>
  readonly structuredContent?: Readonly<Record<string, unknown>>
  readonly isError?: boolean
}

/** Asks a version or alias of the function: `name:live`. Rejects where the function failed, and not where the tool refused. */
export const functionAsker = (functionName: string) => {
  const client = new LambdaClient({})
  return async (tool: string, given: object = {}, accounts = "*"): Promise<ToolAnswer> => {
    const custom = {
      bedrockAgentCoreToolName: `nightaudit___${tool}`,
      bedrockAgentCoreGatewayId: "pipeline",
      bedrockAgentCorePropagatedHeaders: { "x-nightaudit-accounts": accounts }
    }
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        Payload: JSON.stringify(given),
        ClientContext: Buffer.from(JSON.stringify({ custom })).toString("base64")
      })
    )
    const text = Buffer.from(Payload ?? []).toString()
    if (FunctionError !== undefined) throw new Error(`${functionName} failed: ${text}`)
    return JSON.parse(text)
  }
}
