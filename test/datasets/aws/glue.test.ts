import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as glue from "../../../datasets/aws/glue.ts"
import { awsFailure, paged, readProbe } from "../harness.ts"

describe("glue.connectionSecurityGroups", () => {
  it.effect("reads 101 connections in two calls, without their passwords", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 101 }, (_, index) => ({
        Name: `connection-${index}`,
        ...(index === 7 ? {} : { PhysicalConnectionRequirements: { SecurityGroupIdList: [`sg-${index % 2}`] } })
      }))
      const { calls, readings, sent } = yield* readProbe(glue.connectionSecurityGroups, [undefined], {
        "glue:GetConnections": paged(items, "ConnectionList", { size: "MaxResults" })
      })
      assert.deepStrictEqual(calls, { "glue:GetConnections": 2 })
      assert.isTrue(sent.every(({ input }) => input.HidePassword === true))
      assert.deepStrictEqual(readings, [known(new Set(["sg-0", "sg-1"]))])
    })
  )

  it.effect("is not known when a page fails or has no list", () =>
    Effect.gen(function* () {
      const { readings } = yield* readProbe(glue.connectionSecurityGroups, [undefined], {
        "glue:GetConnections": ({ NextToken }) => {
          if (NextToken !== undefined) throw awsFailure("AccessDeniedException", "no", 403)
          return { ConnectionList: [], NextToken: "more" }
        }
      })
      assert.isFalse(readings[0]?.known)
      const { readings: bare } = yield* readProbe(glue.connectionSecurityGroups, [undefined], {
        "glue:GetConnections": () => ({})
      })
      assert.isFalse(bare[0]?.known)
    })
  )
})
