import { fromIni, fromNodeProviderChain } from "@aws-sdk/credential-providers"
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import { AwsError, reasonOf } from "./AwsError.ts"
import { withClock } from "./clock.ts"
import { credentialFailure, profileInUse } from "./credentialFailure.ts"
import { CallDeadline, inTime } from "./deadline.ts"
import { HttpHandler } from "./HttpHandler.ts"
import { type IamAction, type Operation, operation } from "./operation.ts"
import { quiet } from "./quiet.ts"
import { sessionPolicies } from "./sessionPolicy.ts"

/** How the scanner enters the accounts that are not its own. */
export interface AccountRole {
  /** The role's name with its path, the same in every account: `nightaudit/scanner`. */
  readonly roleName: string
  /** Required by the role's trust policy. */
  readonly externalId?: string | undefined
  /** What the session may do at most, of what the role allows. Absent: all that the role allows. */
  readonly actions?: ReadonlyArray<IamAction> | undefined
  /** Also the process's own account is entered with it: what a function itself may read is nothing. */
  readonly everywhere?: boolean | undefined
}

/** A way into an account: what signs the calls that are made there. */
export interface Session {
  /** Tells sessions apart: the account, the role and the policy; `own` for the process's own credentials. */
  readonly key: string
  readonly account: string
  readonly provider: AwsCredentialIdentityProvider
}

export interface CallerIdentity {
  readonly account: string
  readonly arn: string
}

/** Asks who the process is. Needs no permission. */
export const getCallerIdentity = operation(STSClient, GetCallerIdentityCommand, "sts:GetCallerIdentity")
export const assumeRole = operation(STSClient, AssumeRoleCommand, "sts:AssumeRole")

const stsOperations = new Map([getCallerIdentity, assumeRole].map((operation) => [operation.name, operation]))

/** The key of every session that uses the process's own credentials. */
export const ownKey = "own"

/** Sessions for accounts: the process's own, or those of a role that is assumed once and renewed before it expires. */
export class Credentials extends Context.Service<
  Credentials,
  {
    /** Who the process is, before any role is assumed. */
    readonly caller: Effect.Effect<CallerIdentity, AwsError>
    /** The process's own credentials. */
    readonly provider: AwsCredentialIdentityProvider
    /**
     * Enters an account: without a role, and in its own account unless it is for every account, with the process's own
     * credentials; else with the role. One
     * session for all who ask for the same. Fails with the reason when the account cannot be entered.
     */
    readonly session: (account: string, role: AccountRole | undefined) => Effect.Effect<Session, AwsError>
    /** The requests to STS since this was asked last, for the ledger of whoever asks. */
    readonly takeRequests: Effect.Effect<ReadonlyArray<Operation>>
  }
>()("nightaudit/core/aws/Credentials") {
  /** The SDK's default chain (environment, profile, SSO, container, instance), and `sts:AssumeRole` from there. */
  static readonly layer = (options: { readonly homeRegion: string; readonly profile?: string | undefined }) =>
    Layer.effect(
      Credentials,
      Effect.gen(function* () {
        const requestHandler = yield* HttpHandler
        const deadline = yield* CallDeadline
        const { homeRegion, profile } = options

        const chained = {
          // Without a region of their own: an SSO session has its own region.
          clientConfig: { requestHandler },
          parentClientConfig: { region: homeRegion, requestHandler }
        }
        const whole = fromNodeProviderChain(chained)
        const chain = async (): Promise<AwsCredentialIdentity> => {
          // A profile that is named is meant: the rest of the chain would hide what is wrong with it.
          if (profile !== undefined) return fromIni({ ...chained, profile })()
          try {
            return await whole()
          } catch (cause) {
            const used = await profileInUse(undefined)
            if (used === undefined) throw cause
            return fromIni({ ...chained, profile: used })()
          }
        }
        const base = remembered(
          () =>
            inTime(deadline, chain).catch(async (cause) =>
              Promise.reject(await credentialFailure(cause, await profileInUse(profile), homeRegion))
            ),
          renewalOf
        )

        const sts = quiet(new STSClient({ region: homeRegion, maxAttempts: 3, credentials: base, requestHandler }))
        let requests: Array<Operation> = []
        sts.middlewareStack.add(
          (next, context) => (args) => {
            const asked = stsOperations.get(String(context["commandName"]).replace(/Command$/, ""))
            if (asked !== undefined) requests.push(asked)
            return next(args)
          },
          // Behind the SDK's retries, so that each request counts.
          { step: "finalizeRequest", priority: "low" }
        )

        // What is wrong with the process's own credentials is not about the call that needed them.
        const failure = (operation: string, account: string) => (cause: unknown) =>
          cause instanceof AwsError
            ? cause
            : new AwsError({
                operation,
                account,
                region: homeRegion,
                reason: reasonOf(withClock(cause, sts))
              })

        const whoAmI = remembered(
          () =>
            inTime(deadline, async (abortSignal): Promise<CallerIdentity> => {
              const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal })
              // The SDK reads the sign-in page of a guest network as an answer without fields.
              if (Account === undefined || Arn === undefined)
                throw new SyntaxError("GetCallerIdentity answered without an account")
              return { account: Account, arn: Arn }
            }),
          () => Number.POSITIVE_INFINITY
        )
        const caller = Effect.tryPromise({ try: whoAmI, catch: failure("sts:GetCallerIdentity", "-") })

        const assume = (
          RoleArn: string,
          account: string,
          { externalId, roleName }: AccountRole,
          policies: ReadonlyArray<string>
        ): AwsCredentialIdentityProvider => {
          let narrowest = 0
          const ask = async (abortSignal: AbortSignal): Promise<AwsCredentialIdentity> => {
            const Policy = policies[narrowest]
            try {
              const { Credentials: given } = await sts.send(
                new AssumeRoleCommand({
                  RoleArn,
                  RoleSessionName: "nightaudit",
                  // Role chaining allows an hour at most.
                  DurationSeconds: 3600,
                  ...(externalId === undefined ? {} : { ExternalId: externalId }),
                  ...(Policy === undefined ? {} : { Policy })
                }),
                { abortSignal }
              )
              if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined) {
                throw new SyntaxError("AssumeRole answered without credentials")
              }
              return {
                accessKeyId: given.AccessKeyId,
                secretAccessKey: given.SecretAccessKey,
                ...(given.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
                ...(given.Expiration === undefined ? {} : { expiration: given.Expiration })
              }
            } catch (cause) {
              if (!(cause instanceof Error && cause.name.startsWith("PackedPolicyTooLarge"))) throw cause
              if (narrowest + 1 >= policies.length) throw tooLarge(roleName)
              narrowest += 1
              return ask(abortSignal)
            }
          }
          return remembered(
            // Whoever signs with it is told what failed, and not that its own call was denied.
            () => inTime(deadline, ask).catch((cause) => Promise.reject(failure("sts:AssumeRole", account)(cause))),
            renewalOf
          )
        }

        const sessions = new Map<string, Session>()
        const session = Effect.fn("Credentials.session")(function* (account: string, role: AccountRole | undefined) {
          const own = yield* caller
          if (role === undefined || (account === own.account && role.everywhere !== true))
            return { key: ownKey, account, provider: base }
          const policies = role.actions === undefined ? [] : sessionPolicies(role.actions)
          if (role.actions !== undefined && policies.length === 0)
            return yield* failure("sts:AssumeRole", account)(tooLarge(role.roleName))
          const key = `${account}/${role.roleName}/${digest(JSON.stringify([role.externalId, policies[0]]))}`
          const arn = `arn:${own.arn.split(":")[1]}:iam::${account}:role/${role.roleName}`
          const entered = sessions.get(key) ?? { key, account, provider: assume(arn, account, role, policies) }
          sessions.set(key, entered)
          yield* Effect.tryPromise({ try: () => entered.provider(), catch: (cause) => cause as AwsError })
          return entered
        })

        yield* Effect.addFinalizer(() => Effect.sync(() => sts.destroy()))
        return Credentials.of({
          caller,
          provider: base,
          session,
          takeRequests: Effect.sync(() => {
            const taken = requests
            requests = []
            return taken
          })
        })
      })
    )
}

/** Tells policies and external ids apart without showing them. */
const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16)

// Without a session policy the session could do all that the role allows, which nobody asked for.
const tooLarge = (roleName: string): Error =>
  Object.assign(
    new Error(
      `the session policy for ${roleName} is longer than STS takes, also in its shortest form: run fewer scans at once`
    ),
    { name: "PackedPolicyTooLarge" }
  )

/** Five minutes before credentials expire, in milliseconds. */
const renewalOf = ({ expiration }: AwsCredentialIdentity): number =>
  expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - 300_000

/** One request for all that ask at the same time, and a new one when the answer is due for renewal. Failures are forgotten. */
const remembered = <A>(request: () => Promise<A>, renewalOf: (answer: A) => number): (() => Promise<A>) => {
  let current: Promise<A> | undefined
  let renewAt = Number.POSITIVE_INFINITY
  return () => {
    // The SDK's own clock decides here: the expiry that STS gives is wall-clock time.
    if (current === undefined || Date.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY
      const asked = request()
      current = asked
      asked.then(
        (answer) => {
          renewAt = renewalOf(answer)
        },
        () => {
          if (current === asked) current = undefined
        }
      )
    }
    return current
  }
}
