import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { known } from "../../../core/Reading.ts"
import * as cloudtrail from "../../../datasets/aws/cloudtrail.ts"
import { trails } from "../../../datasets/aws/trails.ts"
import { type Answers, awsFailure, daysAgo, inScope, readProbe, stubTransport } from "../harness.ts"

const arn = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit"

const read = (answers: Answers) => {
  const { layer, sent } = stubTransport({
    "cloudtrail:DescribeTrails": () => ({ trailList: [{ Name: "audit", TrailARN: arn, IsOrganizationTrail: true }] }),
    "cloudtrail:GetTrailStatus": () => ({ IsLogging: true }),
    "cloudtrail:GetEventSelectors": () => ({ EventSelectors: [{}] }),
    ...answers
  })
  return Effect.map(Effect.result(inScope(layer)(trails)), (result) => ({ result, sent }))
}

const denied = (): object => {
  throw awsFailure("AccessDeniedException")
}

describe("trails", () => {
  it.effect("are those of the region, of other accounts and regions too, by their ARN", () =>
    Effect.gen(function* () {
      const { result, sent } = yield* read({})
      assert.deepStrictEqual(
        sent.map(({ input }) => input),
        [{ includeShadowTrails: true }, { Name: arn }, { TrailName: arn }]
      )
      assert.deepStrictEqual(result._tag === "Success" && result.success, [
        {
          name: "audit",
          ofOrganization: true,
          records: Result.succeed({ isLogging: true, writes: { recorded: "all" as const } })
        }
      ])
    })
  )

  it.effect("record what their selectors say", () =>
    Effect.gen(function* () {
      const writes = (selectors: object) =>
        Effect.map(read({ "cloudtrail:GetEventSelectors": () => selectors }), ({ result }) =>
          result._tag === "Success"
            ? Option.getOrUndefined(Result.getSuccess(result.success[0]?.records ?? Result.fail(undefined)))?.writes
            : undefined
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

  it.effect("are not known where the list is not told", () =>
    Effect.gen(function* () {
      for (const answer of [denied, () => ({})]) {
        assert.strictEqual((yield* read({ "cloudtrail:DescribeTrails": answer })).result._tag, "Failure")
      }
    })
  )

  it.effect("are known beside one that does not tell what it records", () =>
    Effect.gen(function* () {
      const trailList = ["other", "audit"].map((Name) => ({ Name, TrailARN: arn.replace("audit", Name) }))
      for (const [operation, named] of [
        ["GetTrailStatus", "Name"],
        ["GetEventSelectors", "TrailName"]
      ] as const) {
        for (const answer of [denied, () => ({})]) {
          const { result } = yield* read({
            "cloudtrail:DescribeTrails": () => ({ trailList }),
            [`cloudtrail:${operation}`]: (input) =>
              input[named] !== arn
                ? answer()
                : operation === "GetTrailStatus"
                  ? { IsLogging: true }
                  : { EventSelectors: [{}] }
          })
          const found = result._tag === "Success" ? result.success : []
          assert.deepStrictEqual(
            found.map(({ name, records }) => `${name} ${records._tag}`),
            ["other Failure", "audit Success"],
            operation
          )
        }
      }
    })
  )
})

describe("cloudtrail.detachments", () => {
  const event = (id: string, days: number, more: object = {}) => ({
    EventTime: daysAgo(days),
    CloudTrailEvent: "{}",
    Resources: [{ ResourceName: "i-1" }, { ResourceName: id }],
    ...more
  })
  const read = (answer: (name: string, page: number) => object) =>
    readProbe(cloudtrail.detachments, [undefined], {
      "cloudtrail:LookupEvents": ({ LookupAttributes, MaxResults, NextToken = "0" }) => {
        assert.strictEqual(MaxResults, 50)
        return answer(LookupAttributes[0].AttributeValue, Number(NextToken))
      }
    })

  it.effect("are the last ones, of volumes that nothing has attached since", () =>
    Effect.gen(function* () {
      const failed = { CloudTrailEvent: '{"errorCode":"IncorrectState"}' }
      const detached = [
        event("vol-1", 3),
        event("vol-1", 9),
        event("vol-2", 5),
        event("vol-3", 1, failed),
        event("vol-3", 40)
      ]
      const attached = [event("vol-2", 4), event("vol-1", 8)]
      const { calls, readings } = yield* read((name) => ({ Events: name === "DetachVolume" ? detached : attached }))
      assert.deepStrictEqual(calls, { "cloudtrail:LookupEvents": 2 })
      assert.deepStrictEqual(readings, [
        known(
          new Map([
            ["vol-3", daysAgo(40)],
            ["vol-1", daysAgo(3)]
          ])
        )
      ])
    })
  )

  it.effect("are read twenty pages far, and are not told where attachments are not read as far", () =>
    Effect.gen(function* () {
      const detached = [event("vol-1", 3), event("vol-2", 30)]
      const { calls, readings } = yield* read((name, page) =>
        name === "DetachVolume"
          ? { Events: detached }
          : { Events: [event(`vol-other-${page}`, 1 + page)], NextToken: String(page + 1) }
      )
      assert.deepStrictEqual(calls, { "cloudtrail:LookupEvents": 21 })
      // The oldest attachment that is read is of 20 days ago.
      assert.deepStrictEqual(readings, [known(new Map([["vol-1", daysAgo(3)]]))])
    })
  )

  it.effect("are not known where CloudTrail leaves something out", () =>
    Effect.gen(function* () {
      for (const answer of [{}, { Events: [{ Resources: [] }] }]) {
        assert.isFalse((yield* read(() => answer)).readings[0]?.known)
      }
    })
  )
})
