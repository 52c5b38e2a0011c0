import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Credentials } from "../../core/aws/Credentials.ts"
import { estate } from "../../sample/organization.ts"
import * as SampleCredentials from "../../sample/SampleCredentials.ts"

describe("the sample estate's credentials", () => {
  it.effect("are the payer's", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const caller = yield* credentials.caller
      assert.strictEqual(caller.account, estate.payer)
      assert.strictEqual(caller.arn.split(":")[1], "aws")
    }).pipe(Effect.provide(SampleCredentials.layer))
  )

  it.effect("enter every account but the locked one", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const entered = yield* Effect.forEach(estate.accounts, ({ id, name }) =>
        Effect.match(credentials.session(id, undefined), {
          onSuccess: () => `${name}: entered`,
          onFailure: ({ operation, reason }) => `${name}: ${operation} ${reason._tag}`
        })
      )
      assert.deepStrictEqual(entered, [
        "payer: entered",
        "shop-production: entered",
        "shop-staging: entered",
        "data-sandbox: sts:AssumeRole AccessDenied"
      ])
    }).pipe(Effect.provide(SampleCredentials.layer))
  )

  it.effect("do not enter an account that does not exist", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials
      const error = yield* Effect.flip(credentials.session("999999999999", undefined))
      assert.strictEqual(error.account, "999999999999")
      assert.strictEqual(error.reason._tag, "AccessDenied")
    }).pipe(Effect.provide(SampleCredentials.layer))
  )
})
