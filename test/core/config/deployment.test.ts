import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { decodeConfig } from "../../../core/config/Config.ts"
import { deploymentProblems, repositoryOf } from "../../../core/config/deployment.ts"

const problems = (config: object, stage = "production") =>
  Effect.map(decodeConfig(config, [], null), (decoded) =>
    deploymentProblems(decoded, stage).map(({ message, path }) => `${path}: ${message}`)
  )

const issuer = { url: "https://login.example.com/tenant", clientIds: ["app"] }
const claiming = { issuer: { ...issuer, accountsClaim: "accounts" } }
const image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/nightaudit:1"
const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/1"

describe("a configuration that cannot be deployed", () => {
  it.effect("wants a claim of callers that have none", () =>
    Effect.gen(function* () {
      for (const authorization of ["cognito", "iam"]) {
        const [problem, ...more] = yield* problems({ mcp: claiming, deploy: { authorization } })
        assert.match(
          problem ?? "",
          new RegExp(`^deploy.authorization: callers that come in by ${authorization} have no`)
        )
        assert.deepStrictEqual(more, [])
      }
      assert.deepStrictEqual(yield* problems({ mcp: claiming, deploy: { authorization: "oidc" } }), [])
      assert.deepStrictEqual(yield* problems({ mcp: { issuer }, deploy: { authorization: "iam" } }), [])
    })
  )

  it.effect("lets anybody ask behind the load balancer", () =>
    Effect.gen(function* () {
      const deploy = { runtime: "fargate", image, certificateArn }
      assert.deepStrictEqual(yield* problems({ deploy }), [
        "deploy.runtime: behind the load balancer anybody could ask: configure mcp.issuer or mcp.apiKeys"
      ])
      assert.deepStrictEqual(yield* problems({ deploy, mcp: { issuer } }), [])
      const apiKeys = [{ name: "robot", sha256: "0".repeat(64) }]
      assert.deepStrictEqual(yield* problems({ deploy, mcp: { apiKeys } }), [])
    })
  )

  it.effect("answers inside of the private network and outside of it", () =>
    Effect.gen(function* () {
      const more = { image, certificateArn, privateNetwork: true }
      for (const runtime of ["agentcore", "agentcore-zip", "fargate"]) {
        const [problem, ...others] = yield* problems({ deploy: { ...more, runtime }, mcp: { issuer } })
        assert.match(problem ?? "", new RegExp(`^deploy\\.privateNetwork: the always-on server on ${runtime} `))
        assert.deepStrictEqual(others, [])
      }
      assert.deepStrictEqual(yield* problems({ deploy: { privateNetwork: true } }), [])
    })
  )

  it.effect("names a reader that is too long with its stage", () =>
    Effect.gen(function* () {
      const role = { name: `team/${"r".repeat(60)}` }
      assert.deepStrictEqual(yield* problems({ role }), [])
      assert.deepStrictEqual(yield* problems({ role }, "ann"), [])
      const [problem, ...others] = yield* problems({ role }, "anna")
      assert.match(
        problem ?? "",
        /^role\.name: the stage anna would have the role r{60}-anna, 65 characters of at most 64/
      )
      assert.deepStrictEqual(others, [])
    })
  )

  it.effect("names an image that AgentCore cannot pull", () =>
    Effect.gen(function* () {
      const [problem] = yield* problems({ deploy: { runtime: "agentcore", image: "ghcr.io/acme/nightaudit:1" } })
      assert.match(problem ?? "", /^deploy\.image: .*ghcr\.io\/acme\/nightaudit:1$/)
      assert.deepStrictEqual(yield* problems({ deploy: { runtime: "agentcore", image } }), [])
    })
  )
})

describe("the repository of an image", () => {
  it("is that of its address, with its account and region, by tag or digest", () => {
    const team = { account: "123456789012", region: "eu-west-1", name: "team/night" }
    const host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    for (const rest of ["team/night", "team/night:1", `team/night@sha256:${"0".repeat(64)}`]) {
      assert.deepStrictEqual(repositoryOf(`${host}/${rest}`), team)
    }
    assert.isUndefined(repositoryOf("docker.io/team/night:1"))
    assert.isUndefined(repositoryOf(`evil.example.com/${host}/team/night:1`))
  })
})
