/** How often a call is made that fails. */
import { DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2"
import { GetProductsCommand, PricingClient } from "@aws-sdk/client-pricing"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { AwsTarget, send } from "../../../core/aws/Aws.ts"
import { CallLedger } from "../../../core/aws/CallLedger.ts"
import { type Operation, operation } from "../../../core/aws/operation.ts"
import { account, awsFailure, awsLayer, stubTransport } from "../../datasets/harness.ts"

const describeVolumes = operation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes")
const getProducts = operation(PricingClient, GetProductsCommand, "pricing:GetProducts")

const socketError = (code: string) =>
  Object.assign(new Error(`getaddrinfo ${code} ec2.eu-west-1.amazonaws.com`), { code })

/** Makes a call to a service in `eu-west-1` that always fails, with the time that its retries take. */
const failing = (operation: Operation, error: Error) =>
  Effect.gen(function* () {
    const answer = () => {
      throw error
    }
    const { layer, sent } = stubTransport({ "ec2:DescribeVolumes": answer, "pricing:GetProducts": answer })
    const ledger = yield* CallLedger.make()
    const fiber = yield* Effect.forkChild(
      Effect.flip(send(operation, {})).pipe(
        Effect.provide(awsLayer(layer)),
        Effect.provideService(AwsTarget, { account, region: "eu-west-1", partition: "aws" }),
        Effect.provideService(CallLedger, ledger)
      )
    )
    yield* TestClock.adjust("5 minutes")
    return { error: yield* Fiber.join(fiber), sent: sent.length, counts: ledger.counts() }
  })

describe("a call that fails", () => {
  it.effect("is made twice where the endpoint's name is not found", () =>
    Effect.gen(function* () {
      const { error, sent } = yield* failing(describeVolumes, socketError("ENOTFOUND"))
      assert.deepInclude(error.reason, { _tag: "Unavailable", code: "ENOTFOUND" })
      assert.strictEqual(sent, 2)
    })
  )

  it.effect("is made for a minute where the connection was cut", () =>
    Effect.gen(function* () {
      const { sent } = yield* failing(describeVolumes, socketError("ECONNRESET"))
      assert.isAbove(sent, 5)
    })
  )

  it.effect("is made once where the certificate is not trusted, and says what to set", () =>
    Effect.gen(function* () {
      const { error, sent } = yield* failing(describeVolumes, socketError("SELF_SIGNED_CERT_IN_CHAIN"))
      assert.match(error.message, /certificate is not trusted.*AWS_CA_BUNDLE/)
      assert.strictEqual(sent, 1)
    })
  )

  it.effect("is made twice where this machine's clock is off, which the SDK corrects in between", () =>
    Effect.gen(function* () {
      const skewed = Object.assign(awsFailure("SignatureDoesNotMatch", "Signature expired: 20261120T010000Z", 403), {
        clockOffsetMillis: 720_000
      })
      const { error, sent } = yield* failing(describeVolumes, skewed)
      assert.strictEqual(sent, 2)
      assert.strictEqual(
        error.message,
        "ec2:DescribeVolumes in 111111111111/eu-west-1: this machine's clock is 12 minutes behind that of AWS: set it, for example from a time server, and try again"
      )
    })
  )

  it.effect("is not made where AWS does not have the service in the region", () =>
    Effect.gen(function* () {
      const { counts, error, sent } = yield* failing(getProducts, new Error("asked"))
      assert.strictEqual(
        error.message,
        "pricing:GetProducts in 111111111111/eu-west-1: AWS does not have the service in this region"
      )
      assert.strictEqual(sent, 0)
      assert.deepStrictEqual(counts, [])
    })
  )
})
