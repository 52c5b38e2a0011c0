import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { known } from "../../../core/Reading.ts"
import * as sagemaker from "../../../datasets/aws/sagemaker.ts"
import { type Answers, awsFailure, paged, readProbe } from "../harness.ts"

const maxResults = { size: "MaxResults" }

const estate = (more: Answers = {}): Answers => ({
  "sagemaker:ListDomains": paged([{ DomainId: "d-1" }], "Domains", maxResults),
  "sagemaker:DescribeDomain": () => ({
    SecurityGroupIdForDomainBoundary: "sg-boundary",
    DefaultUserSettings: { SecurityGroups: ["sg-user"] },
    DefaultSpaceSettings: { SecurityGroups: ["sg-space"] },
    DomainSettings: { SecurityGroupIds: ["sg-rstudio"] }
  }),
  "sagemaker:ListNotebookInstances": paged([{ NotebookInstanceName: "lab" }], "NotebookInstances", maxResults),
  "sagemaker:DescribeNotebookInstance": () => ({ SecurityGroups: ["sg-notebook"] }),
  "sagemaker:ListModels": () => ({ Models: [] }),
  "sagemaker:ListUserProfiles": () => ({ UserProfiles: [] }),
  ...more
})

describe("sagemaker.namedSecurityGroups", () => {
  const ids = new Set(["sg-boundary", "sg-rstudio", "sg-user", "sg-space", "sg-notebook"])

  it.effect("collects what domains and notebook instances name", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(sagemaker.namedSecurityGroups, [undefined], estate())
      assert.deepStrictEqual(Object.values(calls), [1, 1, 1, 1, 1, 1])
      assert.deepStrictEqual(readings, [known({ ids, unread: [] })])
    })
  )

  it.effect("says that there are models and user profiles, which it does not read", () =>
    Effect.gen(function* () {
      const { readings, sent } = yield* readProbe(
        sagemaker.namedSecurityGroups,
        [undefined],
        estate({
          "sagemaker:ListModels": () => ({ Models: [{ ModelName: "churn" }], NextToken: "more" }),
          "sagemaker:ListUserProfiles": () => ({ UserProfiles: [{ UserProfileName: "ana" }], NextToken: "more" })
        })
      )
      assert.deepStrictEqual(readings, [known({ ids, unread: ["models", "user profiles"] })])
      assert.strictEqual(sent.filter(({ operation }) => operation.name === "ListModels").length, 1)
    })
  )

  it.effect("takes three calls where there is nothing", () =>
    Effect.gen(function* () {
      const { calls, readings } = yield* readProbe(sagemaker.namedSecurityGroups, [undefined], {
        "sagemaker:ListDomains": () => ({ Domains: [] }),
        "sagemaker:ListNotebookInstances": () => ({ NotebookInstances: [] }),
        "sagemaker:ListModels": () => ({ Models: [] })
      })
      assert.strictEqual(Object.keys(calls).length, 3)
      assert.deepStrictEqual(readings, [known({ ids: new Set(), unread: [] })])
    })
  )

  it.effect("is not known where AWS refuses one or leaves a list out", () =>
    Effect.gen(function* () {
      const refuse = () => {
        throw awsFailure("AccessDeniedException", "no", 403)
      }
      for (const operation of Object.keys(estate())) {
        for (const answer of operation.endsWith("DescribeNotebookInstance") ? [refuse] : [refuse, () => ({})]) {
          const { readings } = yield* readProbe(
            sagemaker.namedSecurityGroups,
            [undefined],
            estate({ [operation]: answer })
          )
          assert.isFalse(readings[0]?.known, operation)
        }
      }
    })
  )
})
