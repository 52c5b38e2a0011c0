/**
 * The gateway's REQUEST interceptor. A Lambda target sees nothing of the caller's token; this puts the accounts that it names into
 * one header, over whatever a client has sent there. The gateway has verified the token. Where the token or its claim cannot be
 * read the header is empty, and the function behind refuses.
 */
import process from "node:process"
import { accountsHeader, claimValues, everyAccount } from "../mcp/lambda/accountsHeader.ts"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const fieldOf = (value: unknown, name: string): unknown =>
  isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined

/** The only value of a header, however its name is written. */
const headerOf = (headers: unknown, wanted: string): string | undefined => {
  const [value, ...more] = Object.entries(isRecord(headers) ? headers : {}).flatMap(([name, value]) =>
    name.toLowerCase() === wanted ? [value] : []
  )
  return typeof value === "string" && more.length === 0 ? value : undefined
}

/** What a token says; undefined for what is none. */
const payloadOf = (authorization: string | undefined): unknown => {
  const payload = /^Bearer +[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization ?? "")?.[1]
  if (payload === undefined) return undefined
  try {
    return JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))
  } catch {
    return undefined
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** The header's value for a token; empty where it names no account that can be read. */
const accountsFor = (payload: unknown, environment: Environment): string => {
  const { NIGHTAUDIT_ACCOUNTS_CLAIM: claim = "", NIGHTAUDIT_ALL_ACCOUNTS_VALUE: all = "" } = environment
  const values = claim === "" ? [] : claimValues(fieldOf(payload, claim))
  if (values.includes(all === "" ? everyAccount : all)) return everyAccount
  return values.every((value) => typeof value === "string" && /^\d{12}$/.test(value)) ? values.join(",") : ""
}

/** Answers every event; it never throws, because a gateway could let pass what its interceptor has not seen. */
export const interceptorOf = (environment: Environment) => async (event: unknown) => {
  const request = fieldOf(fieldOf(event, "mcp"), "gatewayRequest")
  const accounts = accountsFor(payloadOf(headerOf(fieldOf(request, "headers"), "authorization")), environment)
  return {
    interceptorOutputVersion: "1.0",
    mcp: { transformedGatewayRequest: { headers: { [accountsHeader]: accounts }, body: fieldOf(request, "body") } }
  }
}

export const handler = interceptorOf(process.env)
