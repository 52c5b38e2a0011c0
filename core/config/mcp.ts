/** How an assistant is served: the section `mcp` of the configuration. */
import * as Schema from "effect/Schema"
import { AccountId } from "../Scope.ts"
import { listOf, matching, numberOf, someOf, textOf, withDefault } from "./schemas.ts"

/** An OpenID Connect issuer whose access tokens are accepted. At least one of `audience` and `clientIds` is there. */
export interface IssuerConfig {
  /** Its discovery document is at `<url>/.well-known/openid-configuration`. */
  readonly url: string
  /** A token's `aud` has one of these. */
  readonly audience?: ReadonlyArray<string>
  /** A token's `client_id` or `azp` is one of these. */
  readonly clientIds?: ReadonlyArray<string>
  /** A token has all of these. */
  readonly scopes?: ReadonlyArray<string>
  /** The claim that names the accounts whose results a token's owner sees. Absent: all of them. */
  readonly accountsClaim?: string
  /** The value in that claim that stands for every account. Absent: `*`. */
  readonly allAccountsValue?: string
}

/** A key of a machine that has no issuer. */
export interface ApiKeyConfig {
  /** For what is written down. */
  readonly name: string
  /** SHA-256 of the key, in hexadecimal. */
  readonly sha256: string
  /** The accounts whose results it sees. Absent: all of them. */
  readonly accounts?: ReadonlyArray<string>
}

/** How an assistant is served. */
export interface McpConfig {
  /** What is offered at most: `all`, `core`, categories. Their names are checked when the server starts. */
  readonly toolsets: ReadonlyArray<string>
  /** Whether the tools that change findings in our store are offered. */
  readonly writes: boolean
  /** Stored results that are older are read again before they are answered with. */
  readonly freshnessHours: number
  /** How long a caller waits for a live scan before the answer says that it goes on. */
  readonly liveBudgetSeconds: number
  /** Names that the server goes by, without port; `*` for any. Nothing: only those of loopback. */
  readonly hosts: ReadonlyArray<string>
  /** Host names of the pages that may ask; nothing: only those of loopback. */
  readonly origins: ReadonlyArray<string>
  readonly issuer?: IssuerConfig
  readonly apiKeys: ReadonlyArray<ApiKeyConfig>
}

const defaults = {
  toolsets: ["all"],
  writes: false,
  freshnessHours: 24,
  liveBudgetSeconds: 20,
  hosts: [],
  origins: [],
  apiKeys: []
}

const Issuer = Schema.Struct({
  url: matching(
    "https:\\/\\/[^\\s\\/?#]+(\\/[^\\s?#]*)?|http:\\/\\/(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?(\\/[^\\s?#]*)?",
    "expected the URL of an issuer, such as https://login.example.com/tenant; http only on this machine"
  ).annotate({ description: "The issuer; its discovery document is at <url>/.well-known/openid-configuration" }),
  audience: Schema.optionalKey(
    someOf(textOf("expected an audience"), "expected at least one audience").annotate({
      description: "A token's aud has one of these"
    })
  ),
  clientIds: Schema.optionalKey(
    someOf(textOf("expected the id of a client"), "expected at least one client id").annotate({
      description: "A token's client_id or azp is one of these"
    })
  ),
  scopes: Schema.optionalKey(
    Schema.Array(matching("[!#-\\[\\]-~]+", "expected a scope, without spaces")).annotate({
      description: "A token has all of these"
    })
  ),
  accountsClaim: Schema.optionalKey(
    textOf("expected the name of a claim").annotate({
      description:
        "The claim that names the account ids whose results a token's owner sees: a list, or a text with commas or spaces. A token without it sees none; without this setting every token sees all"
    })
  ),
  allAccountsValue: Schema.optionalKey(
    textOf("expected a text").annotate({
      description: "The value in that claim that stands for every account",
      default: "*"
    })
  )
})
  .check(
    Schema.makeFilter(
      ({ audience, clientIds }) =>
        audience !== undefined ||
        clientIds !== undefined ||
        "needs audience or clientIds: without one, a token that was made for any other application would do",
      {
        toJsonSchema: () => ({
          anyOf: ["audience", "clientIds"].map((name) => ({ properties: { [name]: {} }, required: [name] }))
        })
      }
    )
  )
  .annotate({ description: "An OpenID Connect issuer whose access tokens are accepted" })

const ApiKey = Schema.Struct({
  name: textOf("expected a name").annotate({ description: "Who uses the key" }),
  sha256: matching("[0-9a-f]{64}", "expected the SHA-256 of a key: 64 hexadecimal digits in lower case").annotate({
    description: "SHA-256 of the key, which is itself written nowhere"
  }),
  accounts: Schema.optionalKey(
    someOf(AccountId, "expected at least one account id").annotate({
      description: "The accounts whose results it sees; all of them without this"
    })
  )
})

const hostName = "[a-z0-9]([a-z0-9.\\-]*[a-z0-9])?|\\[[0-9a-f:.]+\\]"

export const Mcp = withDefault(
  Schema.Struct({
    toolsets: withDefault(
      someOf(textOf("expected the name of a toolset"), "expected a list of toolsets: all, core, categories").annotate({
        description: "What an assistant is offered at most: all, core, or categories of scans",
        default: defaults.toolsets
      }),
      defaults.toolsets
    ),
    writes: withDefault(
      Schema.Boolean.annotate({
        description: "Offers the tools that snooze, suppress and reopen findings, in Night Audit's store alone",
        default: false,
        message: "expected true or false"
      }),
      false
    ),
    freshnessHours: withDefault(
      numberOf("expected a number of hours, zero or more", { type: "number", minimum: 0 }).annotate({
        description: "Results that are older are scanned again before they are answered with",
        default: defaults.freshnessHours
      }),
      defaults.freshnessHours
    ),
    liveBudgetSeconds: withDefault(
      numberOf("expected a number of seconds from 0 to 600", { type: "number", minimum: 0, maximum: 600 }).annotate({
        description: "How long a caller waits for a live scan before the answer says that it goes on",
        default: defaults.liveBudgetSeconds
      }),
      defaults.liveBudgetSeconds
    ),
    hosts: listOf(
      matching(
        `\\*|${hostName}`,
        "expected the name of a host in lower case and without port, such as mcp.example.com, or *"
      ),
      "Names that the server goes by, * for any; only localhost and its addresses without this"
    ),
    origins: listOf(
      matching(
        `${hostName}|[a-z\\-]+:\\/\\/\\*`,
        "expected the host name of a page in lower case and without port, such as chat.example.com"
      ),
      "Host names of the web pages that may ask; only localhost and its addresses without this"
    ),
    issuer: Schema.optionalKey(Issuer),
    apiKeys: listOf(ApiKey, "Keys of machines that have no issuer, each sent as Authorization: Bearer <key>")
  }).annotate({ title: "MCP", description: "How an assistant is served by nightaudit mcp", default: defaults }),
  defaults
)
