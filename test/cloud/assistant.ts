/**
 * The planned MCP function as a client reaches it over its URL. The emulator hands no client context to functions, by which a gateway
 * names the tool; test/functions/gateway.ts makes its calls.
 */
import { InvokeCommand } from "@aws-sdk/client-lambda"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import type { Planned } from "../stacks/planned.ts"
import { lambda } from "./deploy.ts"

/** Invokes the function by its alias, as everybody does. */
const invokeLive = async (plan: Planned, event: unknown): Promise<any> => {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: plan.inputs("Function", "McpFunction")["name"],
      Qualifier: plan.inputs("Alias", "Live")["name"],
      Payload: JSON.stringify(event)
    })
  )
  const answer = JSON.parse(new TextDecoder().decode(Payload))
  if (FunctionError !== undefined) throw new Error(`the function failed: ${JSON.stringify(answer)}`)
  return answer
}

/** A client whose requests AWS hands to the function as those of somebody whom it has let in. */
export const clientOf = async (plan: Planned): Promise<Client> => {
  const host = "nightaudit.lambda-url.us-east-1.on.aws"
  const client = new Client({ name: "test", version: "1" })
  const fetch = async (url: string | URL, { body, headers, method = "GET" }: RequestInit = {}): Promise<Response> => {
    const {
      body: text,
      headers: said,
      statusCode
    } = await invokeLive(plan, {
      version: "2.0",
      rawPath: new URL(url).pathname,
      rawQueryString: "",
      headers: { ...Object.fromEntries(new Headers(headers)), host },
      requestContext: {
        domainName: host,
        stage: "$default",
        http: { method, path: new URL(url).pathname },
        authorizer: { iam: { userArn: "arn:aws:sts::123456789012:assumed-role/finops/ada" } }
      },
      ...(typeof body === "string" ? { body } : {}),
      isBase64Encoded: false
    })
    const hasBody = statusCode !== 202 && statusCode !== 204
    return new Response(hasBody ? text : null, { status: statusCode, headers: said })
  }
  await client.connect(new StreamableHTTPClientTransport(new URL(`https://${host}/mcp`), { fetch }))
  return client
}
