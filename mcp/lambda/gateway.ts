/**
 * A tool call of an AgentCore Gateway as its Lambda target sees it: the event is the bare arguments, and the tool's name and what
 * the gateway lets through of the request's headers are in the client context.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AccountId } from "../../core/Scope.ts"
import { Refusal, renderRefusal, type WireAnswer } from "../answer/Answer.ts"
import { callTool, type McpServices } from "../server.ts"
import { accountsHeader, everyAccount } from "./accountsHeader.ts"

const Custom = Schema.Struct({
  /** `target___tool`. */
  bedrockAgentCoreToolName: Schema.String,
  bedrockAgentCoreGatewayId: Schema.optionalKey(Schema.String),
  bedrockAgentCorePropagatedHeaders: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)))
})

export type GatewayCall = typeof Custom.Type

const ClientContext = Schema.Struct({
  clientContext: Schema.Union([Schema.Struct({ custom: Custom }), Schema.Struct({ Custom })])
})

/** Whoever invokes with a client context is a gateway, whatever the event looks like: its callers write the event. */
export const isGateway = (context: unknown): boolean =>
  typeof context === "object" &&
  context !== null &&
  "clientContext" in context &&
  (context.clientContext ?? null) !== null

/** What the gateway says of a call. */
export const gatewayCallOf = (context: unknown): Result.Result<GatewayCall, Refusal> =>
  Result.mapBoth(Schema.decodeUnknownResult(ClientContext)(context), {
    onSuccess: ({ clientContext }) => ("custom" in clientContext ? clientContext.custom : clientContext.Custom),
    onFailure: () => new Refusal({ message: "The gateway names no tool for this call." })
  })

/** The name that the tool has here: what follows the target's. */
export const toolOf = ({ bedrockAgentCoreToolName: name }: GatewayCall): string => {
  const end = name.indexOf("___")
  return end === -1 ? name : name.slice(end + 3)
}

const isAccountId = Schema.is(AccountId)

const notPassed =
  `The gateway did not say whose accounts this caller may see, so nothing is shown. Whoever runs it: the interceptor has to be ` +
  `in front, and the target has to let ${accountsHeader} through.`

const noAccounts = "The token names no account whose results may be shown; ask whoever issues the tokens."

/** The accounts that the interceptor took from the caller's token; null for all of them. */
const accountsIn = (
  headers: Readonly<Record<string, unknown>>
): Result.Result<ReadonlyArray<string> | null, Refusal> => {
  const [value, ...more] = Object.entries(headers).flatMap(([name, value]) =>
    name.trim().toLowerCase() === accountsHeader ? [value] : []
  )
  // Of two spellings only one is the interceptor's.
  if (typeof value !== "string" || more.length > 0) return Result.fail(new Refusal({ message: notPassed }))
  const accounts = value.split(",").map((account) => account.trim())
  if (accounts.length === 1 && accounts[0] === everyAccount) return Result.succeed(null)
  return accounts.every(isAccountId)
    ? Result.succeed([...new Set(accounts)].sort())
    : Result.fail(new Refusal({ message: noAccounts }))
}

export interface GatewayOptions {
  /** Whether tokens name the accounts that their owners see. Then a call without the interceptor's header is refused. */
  readonly claimed: boolean
  readonly tools: ReadonlySet<string>
}

/** Answers a gateway's call with the tool's result. */
export const answerGateway = (
  event: unknown,
  call: GatewayCall,
  { claimed, tools }: GatewayOptions
): Effect.Effect<WireAnswer, never, McpServices> => {
  const accounts = claimed ? accountsIn(call.bedrockAgentCorePropagatedHeaders ?? {}) : Result.succeed(null)
  if (Result.isFailure(accounts)) return Effect.succeed(renderRefusal(accounts.failure.message))
  const name = `AgentCore Gateway ${call.bedrockAgentCoreGatewayId ?? ""}`.trim()
  // A gateway lists tools by a file of its own, so that no client behind it hears of a view.
  return callTool(toolOf(call), event, { name, accounts: accounts.success, tools }, { shows: "link" })
}
