import { fromNodeProviderChain } from "@aws-sdk/credential-providers"
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { partitionOf } from "../Scope.ts"
import { AwsError, reasonOf } from "./AwsError.ts"
import { type Operation, operation } from "./operation.ts"

/** How the scanner enters the accounts that are not its own. */
export interface AccountRole {
  /** The role's name with its path, the same in every account: `nightaudit/scanner`. */
  readonly roleName: string
  /** Required by the role's trust policy. */
  readonly externalId?: string | undefined
  /** An IAM policy in JSON no wider than the run's reads; the session has what both it and the role allow. */
  readonly sessionPolicy?: string | undefined
}

export interface CallerIdentity {
  readonly account: string
  readonly arn: string
}

/** Credentials for an account, as narrow as what is read there. `key` tells it from every other session. */
export interface Session {
  readonly key: string
  readonly account: string
  readonly provider: AwsCredentialIdentityProvider
}

/** Asks who the process is. Needs no permission. */
export const getCallerIdentity = operation(STSClient, GetCallerIdentityCommand, "sts:GetCallerIdentity")
export const assumeRole = operation(STSClient, AssumeRoleCommand, "sts:AssumeRole")

/** Credentials for each account: the process's own, or those of a role that is assumed once and renewed before it expires. */
export class Credentials extends Context.Service<
  Credentials,
  {
    /** Who the process is, before any role is assumed. */
    readonly caller: Effect.Effect<CallerIdentity, AwsError>
    /** The SDK's credential provider for an account. */
    readonly provider: (account: string) => AwsCredentialIdentityProvider
    /** Decides how accounts other than the caller's are entered from now on. Forgets the sessions of another role. */
    readonly enterWith: (role: AccountRole | undefined) => Effect.Effect<void>
    /** Fails with the reason when the account cannot be entered. */
    readonly enter: (account: string) => Effect.Effect<void, AwsError>
    /** The requests to STS since this was asked last, for the ledger of whoever asks. */
    readonly takeRequests: Effect.Effect<ReadonlyArray<Operation>>
  }
>()("nightaudit/core/aws/Credentials") {
  /** The SDK's default chain (environment, profile, SSO, container, instance), and `sts:AssumeRole` from there. */
  static readonly layer = (options: { readonly homeRegion: string; readonly profile?: string | undefined }) =>
    Layer.effect(
      Credentials,
      Effect.gen(function* () {
        const base = memoize(
          fromNodeProviderChain({
            clientConfig: { region: options.homeRegion },
            ...(options.profile === undefined ? {} : { profile: options.profile })
          })
        )
        const sts = new STSClient({ region: options.homeRegion, maxAttempts: 3, credentials: base })
        yield* Effect.addFinalizer(() => Effect.sync(() => sts.destroy()))
        const failure = (operation: string, account: string) => (cause: unknown) =>
          new AwsError({ operation, account, region: options.homeRegion, reason: reasonOf(cause) })

        let requests: Array<Operation> = []
        const caller = yield* Effect.cached(
          Effect.tryPromise({
            try: async (abortSignal): Promise<CallerIdentity> => {
              requests.push(getCallerIdentity)
              const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal })
              // The SDK reads the sign-in page of a guest network as an answer without fields.
              if (Account === undefined || Arn === undefined)
                throw new SyntaxError("GetCallerIdentity answered without an account")
              return { account: Account, arn: Arn }
            },
            catch: failure("sts:GetCallerIdentity", "-")
          })
        )

        let role: AccountRole | undefined
        let own: string | undefined
        const sessions = new Map<string, AwsCredentialIdentityProvider>()

        const assume = (
          account: string,
          { externalId, roleName, sessionPolicy }: AccountRole
        ): AwsCredentialIdentityProvider =>
          memoize(async () => {
            requests.push(assumeRole)
            const { Credentials: session } = await sts.send(
              new AssumeRoleCommand({
                RoleArn: `arn:${partitionOf(options.homeRegion)}:iam::${account}:role/${roleName}`,
                RoleSessionName: "nightaudit",
                // Role chaining allows an hour at most.
                DurationSeconds: 3600,
                ...(externalId === undefined ? {} : { ExternalId: externalId }),
                ...(sessionPolicy === undefined ? {} : { Policy: sessionPolicy })
              })
            )
            if (session?.AccessKeyId === undefined || session.SecretAccessKey === undefined) {
              throw new SyntaxError("AssumeRole answered without credentials")
            }
            return {
              accessKeyId: session.AccessKeyId,
              secretAccessKey: session.SecretAccessKey,
              ...(session.SessionToken === undefined ? {} : { sessionToken: session.SessionToken }),
              ...(session.Expiration === undefined ? {} : { expiration: session.Expiration })
            }
          })

        const provider = (account: string): AwsCredentialIdentityProvider => {
          if (role === undefined || account === own) return base
          const session = sessions.get(account) ?? assume(account, role)
          sessions.set(account, session)
          return session
        }

        const enter = Effect.fn("Credentials.enter")(function* (account: string) {
          own = (yield* caller).account
          yield* Effect.tryPromise({
            try: () => provider(account)(),
            catch: failure("sts:AssumeRole", account)
          })
        })

        return Credentials.of({
          caller,
          provider,
          enter,
          takeRequests: Effect.sync(() => {
            const taken = requests
            requests = []
            return taken
          }),
          enterWith: (next) =>
            Effect.sync(() => {
              if (JSON.stringify(next) !== JSON.stringify(role)) sessions.clear()
              role = next
            })
        })
      })
    )
}

/** One request for all that ask at the same time, and a new one five minutes before the answer expires. */
const memoize = (provider: () => Promise<AwsCredentialIdentity>): AwsCredentialIdentityProvider => {
  let current: Promise<AwsCredentialIdentity> | undefined
  let renewAt = Number.POSITIVE_INFINITY
  return () => {
    // The SDK's own clock decides here: the expiry that STS gives is wall-clock time.
    if (current === undefined || Date.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY
      const request = provider()
      current = request
      request.then(
        ({ expiration }) => {
          renewAt = expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - 300_000
        },
        () => {
          if (current === request) current = undefined
        }
      )
    }
    return current
  }
}
