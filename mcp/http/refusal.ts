/** The answer to a request that reaches no server: an error of the protocol, for whatever was asked. */
export const refusal = (
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {}
): Response => Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status, headers })
