import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as cloudtrail from "../../../datasets/aws/cloudtrail.ts"
import type { Volume } from "../../../datasets/aws/ec2.ts"
import { type Answers, awsFailure, daysAgo, inScope, readProbe, stubTransport } from "../harness.ts"

const arn = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit"

const read = (answers: Answers) => {
  const { layer, sent } = stubTransport({
    "cloudtrail:DescribeTrails": () => ({ trailList: [{ Name: "audit", TrailARN: arn, IsOrganizationTrail: true }] }),
    "cloudtrail:GetTrailStatus": () => ({ IsLogging: true }),
    "cloudtrail:GetEventSelectors": () => ({ EventSelectors: [{}] }),
    ...answers
  })
  return Effect.map(Effect.result(inScope(layer)(cloudtrail.trails)), (result) => ({ result, sent }))
}

describe("cloudtrail.trails", () => {
  it.effect("are those of the region, of other accounts and regions too, by their ARN", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* read({})
      assert.deepStrictEqual(
        sent.map(({ input }) => input),
        [{ includeShadowTrails: true }, { Name: arn }, { TrailName: arn }]
      )
      assert.deepStrictEqual(result._tag === "Success" && result.success, [
        { name: "audit", ofOrganization: true, isLogging: true, writes: { recorded: "all" } }
      ])
    })
  )

  it.effect("record what their selectors say", () =>
    Effect.gen(function* () {
      const writes = (selectors: object) =>
        Effect.map(read({ "cloudtrail:GetEventSelectors": () => selectors }), ({ result }) =>
          result._tag === "Success" ? result.success[0]?.writes : undefined
        )
      const basic = (selector: object) => writes({ EventSelectors: [selector] })
      const advanced = (...fields: ReadonlyArray<object>) =>
        writes({
          AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }, ...fields] }]
        })
      const all = { recorded: "all" }
      const none = { recorded: "none" }
      assert.deepStrictEqual(yield* basic({ ReadWriteType: "WriteOnly" }), all)
      assert.deepStrictEqual(yield* basic({ ReadWriteType: "ReadOnly" }), none)
      assert.deepStrictEqual(yield* basic({ IncludeManagementEvents: false }), none)
      assert.deepStrictEqual(yield* basic({ ExcludeManagementEventSources: ["kms.amazonaws.com"] }), {
        recorded: "except",
        sources: ["kms.amazonaws.com"]
      })
      assert.deepStrictEqual(yield* writes({ EventSelectors: [{ ReadWriteType: "ReadOnly" }, {}] }), all)
      assert.deepStrictEqual(yield* writes({ EventSelectors: [] }), none)
      assert.deepStrictEqual(yield* advanced(), all)
      assert.deepStrictEqual(yield* advanced({ Field: "readOnly", Equals: ["false"] }), all)
      assert.deepStrictEqual(yield* advanced({ Field: "readOnly", Equals: ["true"] }), none)
      assert.deepStrictEqual(yield* advanced({ Field: "eventSource", NotEquals: ["rds.amazonaws.com"] }), {
        recorded: "except",
        sources: ["rds.amazonaws.com"]
      })
      assert.deepStrictEqual(yield* advanced({ Field: "eventName", Equals: ["RunInstances"] }), { recorded: "some" })
      assert.deepStrictEqual(
        yield* writes({ AdvancedEventSelectors: [{ FieldSelectors: [{ Field: "eventCategory", Equals: ["Data"] }] }] }),
        none
      )
    })
  )

  it.effect("are not known where a part is not told", () =>
    Effect.gen(function* () {
      const denied = () => {
        throw awsFailure("AccessDeniedException")
      }
      for (const operation of ["DescribeTrails", "GetTrailStatus", "GetEventSelectors"]) {
        for (const answer of [denied, () => ({})]) {
          const { result } = yield* read({ [`cloudtrail:${operation}`]: answer })
          assert.strictEqual(result._tag, "Failure", operation)
        }
      }
    })
  )
})

describe("cloudtrail.detachedAt", () => {
  const volume = { id: "vol-1", createdAt: daysAgo(900) } as Volume
  const event = (EventName: string, days: number, more: object = {}) => ({
    EventName,
    EventTime: daysAgo(days),
    CloudTrailEvent: "{}",
    ...more
  })
  const read = (answer: object) =>
    Effect.map(
      readProbe(cloudtrail.detachedAt, [volume], {
        "cloudtrail:LookupEvents": (input) => {
          assert.deepStrictEqual(input, {
            LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: "vol-1" }],
            MaxResults: 50
          })
          return answer
        }
      }),
      ({ readings }) => readings[0]
    )

  it.effect("is the last detachment, if nothing attached the volume since", () =>
    Effect.gen(function* () {
      const detached = [event("CreateSnapshot", 1), event("AttachVolume", 9), event("DetachVolume", 3)]
      assert.deepStrictEqual(yield* read({ Events: detached }), known(daysAgo(3)))
      const attached = [event("AttachVolume", 2), event("DetachVolume", 3)]
      assert.deepStrictEqual(yield* read({ Events: attached }), known(null))
      assert.deepStrictEqual(yield* read({ Events: [] }), known(null))
      const failed = event("DetachVolume", 1, { CloudTrailEvent: '{"errorCode":"IncorrectState"}' })
      assert.deepStrictEqual(yield* read({ Events: [failed, event("DetachVolume", 40)] }), known(daysAgo(40)))
    })
  )

  it.effect("is not known where CloudTrail leaves something out", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { Events: [{ EventName: "DetachVolume" }] }]) {
        assert.isFalse((yield* read(answer))?.known)
      }
    })
  )
})
