import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { playWith } from "../evals/model.ts"
import { mistakesOf } from "../evals/play.ts"
import { ask, at, call, says } from "../evals/Question.ts"
import { questions } from "../evals/questions/index.ts"
import { ranking } from "../evals/rank.ts"
import { floors, lexicalScores, shareOf } from "../evals/score.ts"
import { definitions } from "../mcp/definitions.ts"

const toolNames = definitions.map(({ tool }) => tool.name)

describe("the questions", () => {
  it("are ninety at least, of every persona, with an id each, and name no tool", () => {
    assert.isAtLeast(questions.length, 90)
    assert.strictEqual(new Set(questions.map(({ id }) => id)).size, questions.length)
    assert.strictEqual(new Set(questions.map(({ persona }) => persona)).size, 6)
    for (const { id, question } of questions) {
      for (const name of toolNames) assert.isFalse(question.toLowerCase().includes(name), `${id} names ${name}`)
    }
  })

  it("ask for every tool at least twice", () => {
    const asked = Map.groupBy(
      questions.flatMap(({ expected }) => expected),
      ({ tool }) => tool
    )
    assert.deepStrictEqual(
      toolNames.filter((name) => (asked.get(name)?.length ?? 0) < 2),
      []
    )
    assert.deepStrictEqual(
      [...asked.keys()].filter((name) => !toolNames.includes(name)),
      []
    )
  })

  it.effect.each(questions)(
    "$id: $question",
    Effect.fnUntraced(function* (question) {
      assert.isAtLeast(question.facts.length, 1)
      assert.deepStrictEqual(yield* mistakesOf(question), [])
    })
  )

  it.effect("are answered wrong by an answer without their facts", () =>
    Effect.gen(function* () {
      const wrong = ask(
        "wrong",
        "CFO",
        "?",
        call("find_unused_nat_gateways"),
        at("totals.monthlyUsd", 204.41),
        says("nat-00000000000000000")
      )
      assert.deepStrictEqual(yield* mistakesOf(wrong), [
        "find_unused_nat_gateways: totals.monthlyUsd is 204.4, not 204.41",
        'find_unused_nat_gateways: does not say "nat-00000000000000000"'
      ])
    })
  )
})

describe("lexical retrieval", () => {
  it("ranks an expected tool in the first three", () => {
    const { general, groups, scans } = lexicalScores()
    assert.isAtLeast(shareOf(scans), floors.scans, JSON.stringify(scans.missed.map(({ question }) => question.id)))
    assert.isAtLeast(
      shareOf(general),
      floors.general,
      JSON.stringify(general.missed.map(({ question }) => question.id))
    )
    for (const score of groups) {
      if (score.group !== "core") assert.isAtLeast(shareOf(score), floors.category, score.group)
    }
  })

  it("knows a name's parts, plurals and rare words", () => {
    const rank = ranking([
      { name: "find_red_cars", description: "Cars that are red" },
      { name: "find_blue_cars", description: "Cars that are blue" },
      { name: "find_boats", description: "Boats" }
    ])
    assert.strictEqual(rank("which car is blue?")[0], "find_blue_cars")
    assert.strictEqual(rank("a boat")[0], "find_boats")
  })
})

/** An endpoint that answers these messages, one after the other, and remembers what it was sent. */
const endpointOf = async (messages: ReadonlyArray<object>) => {
  const requests: Array<any> = []
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (some) => (body += some))
    request.on("end", () => {
      requests.push({ url: request.url, authorization: request.headers.authorization, ...JSON.parse(body) })
      const message = messages[requests.length - 1]
      response.writeHead(message === undefined ? 500 : 200, { "content-type": "application/json" })
      response.end(JSON.stringify(message === undefined ? { error: "no more" } : { choices: [{ message }] }))
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/v1`, requests, close: () => new Promise((done) => server.close(done)) }
}

const calling = (name: string, args: object) => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id: "one", type: "function", function: { name, arguments: JSON.stringify(args) } }]
})

describe("a model behind an endpoint", () => {
  const question = ask(
    "nat",
    "CFO",
    "Which NAT gateways carry nothing?",
    call("find_unused_nat_gateways"),
    at("totals.monthlyUsd", 204.4),
    says("nat-08b8ee21db437dcb3")
  )

  it("is given the tools and their answers, and is scored by what it says", async () => {
    const stub = await endpointOf([
      calling("find_unused_nat_gateways", {}),
      { role: "assistant", content: "Four, at $204.40 a month together." }
    ])
    const played = await playWith({ url: stub.url, model: "stub", key: "k" }, question)
    await stub.close()
    const [first, second] = stub.requests
    assert.strictEqual(first.url, "/v1/chat/completions")
    assert.strictEqual(first.authorization, "Bearer k")
    assert.strictEqual(first.tools.length, toolNames.length)
    assert.include(second.messages.at(-1).content, "$204.40 a month")
    assert.deepInclude(played, { firstTool: true, anyTool: true, facts: 0.5, calls: ["find_unused_nat_gateways"] })
  })

  it("has chosen wrong where its first tool is another, and tells nothing it does not say", async () => {
    const stub = await endpointOf([calling("find_unused_volumes", {}), { role: "assistant", content: "No idea." }])
    const played = await playWith({ url: stub.url, model: "stub", key: "" }, question)
    await stub.close()
    assert.deepInclude(played, { firstTool: false, anyTool: false, facts: 0 })
    assert.isUndefined(stub.requests[0].authorization)
  })

  it("fails with what the endpoint said", async () => {
    const stub = await endpointOf([])
    let message = ""
    try {
      await playWith({ url: stub.url, model: "stub", key: "" }, question)
    } catch (error) {
      message = String(error)
    }
    await stub.close()
    assert.include(message, "answered 500")
  })
})
