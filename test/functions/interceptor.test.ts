import { assert, afterAll, beforeEach, describe, it } from "@effect/vitest"
import { handler } from "../../functions/interceptor.ts"
import { tokenWith } from "./gateway.ts"

const claim = "nightaudit:accounts"
const saved = { ...process.env }

beforeEach(() => {
  process.env["NIGHTAUDIT_ACCOUNTS_CLAIM"] = claim
  delete process.env["NIGHTAUDIT_ALL_ACCOUNTS_VALUE"]
})
afterAll(() => {
  for (const name of ["NIGHTAUDIT_ACCOUNTS_CLAIM", "NIGHTAUDIT_ALL_ACCOUNTS_VALUE"]) {
    if (saved[name] === undefined) delete process.env[name]
    else process.env[name] = saved[name]
  }
})

const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "nightaudit___get_finding" } }

const eventWith = (headers: unknown) => ({
  interceptorInputVersion: "1.0",
  mcp: { rawGatewayRequest: { body: "{}" }, gatewayRequest: { path: "/mcp", httpMethod: "POST", headers, body } }
})

const headersFor = async (headers: unknown) =>
  (await handler(eventWith(headers))).mcp.transformedGatewayRequest.headers as Record<string, unknown>

const forClaim = async (value: unknown) =>
  (await headersFor({ authorization: tokenWith({ [claim]: value }) }))["x-nightaudit-accounts"]

describe("the interceptor", () => {
  it("keeps the body and says one header", async () => {
    const headers = { authorization: tokenWith({ [claim]: ["111111111111"] }), cookie: "a=b", "x-other": "1" }
    assert.deepStrictEqual(await handler(eventWith(headers)), {
      interceptorOutputVersion: "1.0",
      mcp: { transformedGatewayRequest: { headers: { "x-nightaudit-accounts": "111111111111" }, body } }
    })
  })

  it.each([
    [["111111111111", "222222222222"], "111111111111,222222222222"],
    ["111111111111 222222222222", "111111111111,222222222222"],
    ["111111111111, 222222222222", "111111111111,222222222222"],
    ["111111111111", "111111111111"],
    ["*", "*"],
    [["*", "111111111111"], "*"]
  ])("reads the claim %j as %s", async (value, said) => {
    assert.strictEqual(await forClaim(value), said)
  })

  it.each([
    [undefined],
    [null],
    [""],
    [" , "],
    [[]],
    [{}],
    [{ 0: "111111111111", length: 1 }],
    [111111111111],
    [[111111111111]],
    [[["111111111111"]]],
    [["111111111111", "all"]],
    ["11111111111"],
    ["1111111111111"],
    ["١١١١١١١١١١١١"],
    [true]
  ])("reads no account from the claim %j", async (value) => {
    assert.strictEqual(await forClaim(value), "")
  })

  it.each([
    ["none", {}],
    ["of another scheme", { authorization: "Basic YTpi" }],
    ["that is no token", { authorization: "Bearer abc" }],
    ["whose claims are no JSON", { authorization: "Bearer a.bm8.c" }],
    ["whose claims are no object", { authorization: tokenWith([claim, "111111111111"]) }],
    ["without the claim", { authorization: tokenWith({ sub: "ann" }) }],
    ["with a claim that is inherited", { authorization: tokenWith({ ["__proto__"]: { [claim]: "111111111111" } }) }],
    ["that is a list", { authorization: [tokenWith({ [claim]: "111111111111" })] }],
    [
      "that is there twice",
      {
        authorization: tokenWith({ [claim]: "111111111111" }),
        Authorization: tokenWith({ [claim]: "222222222222" })
      }
    ]
  ])("says no account for a token %s, whatever the client sends", async (_, headers) => {
    const sent = { ...headers, "x-nightaudit-accounts": "222222222222", "X-NightAudit-Accounts": "222222222222" }
    assert.deepStrictEqual(await headersFor(sent), { "x-nightaudit-accounts": "" })
  })

  it("writes over what a client sends, in every spelling", async () => {
    const sent = {
      AUTHORIZATION: tokenWith({ [claim]: ["111111111111"] }),
      "x-nightaudit-accounts": "222222222222",
      "X-NIGHTAUDIT-ACCOUNTS": "*"
    }
    assert.deepStrictEqual(await headersFor(sent), { "x-nightaudit-accounts": "111111111111" })
  })

  it.each([[undefined], [null], [""], ["text"], [[]], [{}], [{ mcp: null }], [{ mcp: { gatewayRequest: 3 } }]])(
    "says no account for the event %j",
    async (event) => {
      assert.deepStrictEqual((await handler(event)).mcp.transformedGatewayRequest.headers, {
        "x-nightaudit-accounts": ""
      })
    }
  )

  it("says no account where no claim is configured", async () => {
    delete process.env["NIGHTAUDIT_ACCOUNTS_CLAIM"]
    assert.strictEqual(await forClaim(["111111111111"]), "")
    process.env["NIGHTAUDIT_ACCOUNTS_CLAIM"] = ""
    assert.deepStrictEqual(await headersFor({ authorization: tokenWith({ "": "*" }) }), { "x-nightaudit-accounts": "" })
  })

  it("knows the operator's word for every account, and then no other", async () => {
    process.env["NIGHTAUDIT_ALL_ACCOUNTS_VALUE"] = "everything"
    assert.strictEqual(await forClaim("everything"), "*")
    assert.strictEqual(await forClaim("*"), "")
  })
})
