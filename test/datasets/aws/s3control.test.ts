import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as s3control from "../../../datasets/aws/s3control.ts"
import { account, awsFailure, paged, readDataset, readProbe, valueOf } from "../harness.ts"

const refuse =
  (code: string, status = 404) =>
  () => {
    throw awsFailure(code, code, status)
  }

describe("s3control.accountBlock", () => {
  const read = (answer: () => unknown) =>
    readDataset(s3control.accountBlock, { "s3:GetPublicAccessBlock": answer }, "global")

  it.effect("costs one call for all buckets of the account", () =>
    Effect.gen(function* () {
      const PublicAccessBlockConfiguration = { IgnorePublicAcls: true, RestrictPublicBuckets: true }
      const { calls, read: told, sent } = yield* read(() => ({ PublicAccessBlockConfiguration }))
      assert.deepStrictEqual(calls, { "s3:GetPublicAccessBlock": 1 })
      assert.deepStrictEqual(sent[0]?.input, { AccountId: account })
      const block = { blocksAcls: false, ignoresAcls: true, blocksPolicy: false, restricts: true }
      assert.deepStrictEqual(valueOf(told), block)
      assert.deepStrictEqual(s3control.blockNames(block), ["IgnorePublicAcls", "RestrictPublicBuckets"])
    })
  )

  it.effect("keeps nothing out where nobody made the setting, and is not known where it is denied or missing", () =>
    Effect.gen(function* () {
      const none = yield* read(refuse("NoSuchPublicAccessBlockConfiguration"))
      assert.deepStrictEqual(valueOf(none.read), s3control.noBlock)
      for (const answer of [refuse("AccessDenied", 403), () => ({})]) {
        const { read: told } = yield* read(answer)
        assert.isFalse(told.ok)
      }
    })
  )
})

describe("s3control.accessPoints", () => {
  const point = (index: number) => ({
    Name: `p-${index}`,
    Bucket: "files",
    NetworkOrigin: index === 0 ? "VPC" : "Internet"
  })

  it.effect("are listed once for a region, 1,000 a page", () =>
    Effect.gen(function* () {
      const { calls, readings, sent } = yield* readProbe(s3control.accessPoints, ["eu-west-1"], {
        "s3:ListAccessPoints": paged(
          Array.from({ length: 1500 }, (_, index) => point(index)),
          "AccessPointList",
          { size: "MaxResults" }
        )
      })
      assert.deepStrictEqual(calls, { "s3:ListAccessPoints": 2 })
      assert.strictEqual(sent[0]?.input.AccountId, account)
      const told: ReadonlyArray<s3control.AccessPoint> = readings[0]?.known === true ? readings[0].value : []
      assert.deepStrictEqual(
        told.slice(0, 2).map(({ isOnInternet }) => isOnInternet),
        [false, true]
      )
    })
  )

  it.effect("are none where S3 says so, and not known where it says nothing", () =>
    Effect.gen(function* () {
      const ask = (answer: object) =>
        readProbe(s3control.accessPoints, ["eu-west-1"], { "s3:ListAccessPoints": () => answer })
      assert.deepStrictEqual((yield* ask({ $metadata: { requestId: "1" } })).readings, [known([])])
      for (const answer of [
        {},
        { AccessPointList: [{ Name: "p" }] },
        { AccessPointList: [{ ...point(1), NetworkOrigin: undefined }] }
      ]) {
        assert.isFalse((yield* ask(answer)).readings[0]?.known)
      }
    })
  )

  it.effect("are public with a public policy that they do not restrict", () =>
    Effect.gen(function* () {
      const ask = (restricts: boolean, status: () => unknown) =>
        readProbe(
          s3control.isPublicAccessPoint,
          [{ name: "p", bucket: "files", region: "eu-west-1", isOnInternet: true }],
          {
            "s3:GetAccessPoint": () => ({ PublicAccessBlockConfiguration: { RestrictPublicBuckets: restricts } }),
            "s3:GetAccessPointPolicyStatus": status
          }
        )
      const open = () => ({ PolicyStatus: { IsPublic: true } })
      const restricted = yield* ask(true, open)
      assert.deepStrictEqual([restricted.readings, restricted.calls], [[known(false)], { "s3:GetAccessPoint": 1 }])
      assert.deepStrictEqual((yield* ask(false, open)).readings, [known(true)])
      assert.deepStrictEqual((yield* ask(false, refuse("NoSuchAccessPointPolicy"))).readings, [known(false)])
      for (const untold of [refuse("AccessDenied", 403), () => ({}), () => ({ PolicyStatus: {} })]) {
        assert.isFalse((yield* ask(false, untold)).readings[0]?.known)
      }
    })
  )
})
