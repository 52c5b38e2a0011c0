import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as codebuild from "../../../datasets/aws/codebuild.ts"
import { readProbe } from "../harness.ts"

describe("codebuild.projectSecurityGroups", () => {
  const names = Array.from({ length: 150 }, (_, index) => `project-${index}`)
  const listed = ({ nextToken }: { readonly nextToken?: string }) =>
    nextToken === undefined ? { projects: names.slice(0, 100), nextToken: "1" } : { projects: names.slice(100) }

  it.effect("describes a hundred projects in one call", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(codebuild.projectSecurityGroups, [undefined], {
        "codebuild:ListProjects": listed,
        "codebuild:BatchGetProjects": ({ names }) => {
          assert.isAtMost(names.length, 100)
          return {
            projects: names.map((name: string) =>
              name === "project-120" ? { name, vpcConfig: { securityGroupIds: ["sg-1"] } } : { name }
            )
          }
        }
      })
      assert.deepStrictEqual(calls, { "codebuild:ListProjects": 2, "codebuild:BatchGetProjects": 2 })
      assert.deepStrictEqual(readings, [known(new Set(["sg-1"]))])
    })
  )

  it.effect("is empty without a call where the region has no CodeBuild, and not known where a list is missing", () =>
    Effect.gen(function* () {
      const absent = yield* readProbe(codebuild.projectSecurityGroups, [undefined], {}, "ca-west-1")
      assert.deepStrictEqual([absent.calls, absent.readings], [{}, [known(new Set())]])
      for (const answers of [
        { "codebuild:ListProjects": () => ({}) },
        { "codebuild:ListProjects": listed, "codebuild:BatchGetProjects": () => ({}) }
      ]) {
        const { readings } = yield* readProbe(codebuild.projectSecurityGroups, [undefined], answers)
        assert.isFalse(readings[0]?.known)
      }
    })
  )
})
