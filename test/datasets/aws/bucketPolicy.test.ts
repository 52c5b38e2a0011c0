import { assert, describe, it } from "@effect/vitest"
import {
  listWriters,
  policyServices,
  policyWriters,
  publicGrants,
  publicStatements
} from "../../../datasets/aws/bucketPolicy.ts"

const own = "111111111111"

const writersOf = (...statements: ReadonlyArray<object>) =>
  policyWriters(JSON.stringify({ Version: "2012-10-17", Statement: statements }), own)

const allow = (Principal: unknown, Action: unknown = "s3:PutObject") => ({ Effect: "Allow", Principal, Action })

describe("bucketPolicy.policyWriters", () => {
  it("names the accounts that may put objects, such as those as which load balancers write their logs", () => {
    assert.deepStrictEqual(writersOf(allow({ AWS: "arn:aws:iam::127311923021:root" })), ["127311923021"])
    assert.deepStrictEqual(writersOf(allow({ AWS: ["127311923021", "arn:aws:iam::222222222222:role/sync"] })), [
      "127311923021",
      "222222222222"
    ])
    assert.deepStrictEqual(writersOf(allow({ CanonicalUser: "c4c1ede66af5" })), ["c4c1ede66af5"])
    assert.deepStrictEqual(policyWriters(JSON.stringify({ Statement: allow({ AWS: "222222222222" }) }), own), [
      "222222222222"
    ])
  })

  it("knows every way to write that objects may be put", () => {
    for (const action of ["s3:*", "*", "s3:Put*", "S3:PUTOBJECT", "s3:PutObjec?", ["s3:GetObject", "s3:PutObject"]]) {
      assert.deepStrictEqual(writersOf(allow({ AWS: "222222222222" }, action)), ["222222222222"], String(action))
    }
    const except = { Effect: "Allow", Principal: { AWS: "222222222222" }, NotAction: "s3:DeleteObject" }
    assert.deepStrictEqual(writersOf(except), ["222222222222"])
    for (const action of ["s3:GetObject", "s3:List*", "s3:PutObjectAcl", "s3.PutObject"]) {
      assert.deepStrictEqual(writersOf(allow({ AWS: "222222222222" }, action)), [], action)
    }
  })

  it("calls everyone everyone", () => {
    assert.deepStrictEqual(writersOf(allow("*")), ["*"])
    assert.deepStrictEqual(writersOf(allow({ AWS: "*" })), ["*"])
    const others = { Effect: "Allow", NotPrincipal: { AWS: `arn:aws:iam::${own}:root` }, Action: "s3:*" }
    assert.deepStrictEqual(writersOf(others), ["*"])
  })

  it("leaves out the account itself, what was deleted, and what is denied", () => {
    assert.deepStrictEqual(writersOf(allow({ AWS: `arn:aws:iam::${own}:role/app` })), [])
    assert.deepStrictEqual(writersOf(allow({ AWS: "AROAEXAMPLEEXAMPLE123" })), [])
    assert.deepStrictEqual(writersOf({ ...allow("*"), Effect: "Deny" }), [])
  })

  it("does not take what is no JSON for a policy", () => {
    assert.throws(() => policyWriters("<html>", own), SyntaxError)
  })
})

describe("bucketPolicy.policyServices", () => {
  it("names the services, also those of China", () => {
    const policy = JSON.stringify({
      Statement: [{ Principal: { Service: ["cloudtrail.amazonaws.com", "config.amazonaws.com.cn"] } }]
    })
    assert.deepStrictEqual(policyServices(policy), ["cloudtrail.amazonaws.com", "config.amazonaws.com.cn"])
  })
})

describe("bucketPolicy.listWriters", () => {
  const grant = (Grantee: object, Permission: string) => ({ Grantee, Permission }) as never

  it("tells S3's log delivery from others who may write, and leaves the owner and readers out", () => {
    const grants = [
      grant({ ID: "owner" }, "FULL_CONTROL"),
      grant({ ID: "cloudfront" }, "FULL_CONTROL"),
      grant({ ID: "reader" }, "READ"),
      grant({ URI: "http://acs.amazonaws.com/groups/s3/LogDelivery" }, "WRITE"),
      grant({ URI: "http://acs.amazonaws.com/groups/global/AllUsers" }, "WRITE")
    ]
    assert.deepStrictEqual(listWriters(grants, "owner"), {
      others: ["cloudfront", "http://acs.amazonaws.com/groups/global/AllUsers"],
      accessLogs: true
    })
    assert.deepStrictEqual(listWriters([grant({ ID: "owner" }, "FULL_CONTROL")], "owner"), {
      others: [],
      accessLogs: false
    })
  })
})

describe("bucketPolicy.publicStatements", () => {
  const told = (...Statement: ReadonlyArray<object>) => publicStatements(JSON.stringify({ Statement }))

  it("are those that let everyone in, by their ids or places", () => {
    assert.deepStrictEqual(
      told(
        { ...allow("*", "s3:GetObject"), Sid: "Read" },
        { ...allow("*"), Effect: "Deny" },
        allow({ AWS: "*" }),
        allow({ AWS: "arn:aws:iam::222222222222:root" }),
        allow({ Service: "cloudtrail.amazonaws.com" })
      ),
      [
        { sid: "Read", writes: false },
        { sid: "statement 3", writes: true }
      ]
    )
    assert.deepStrictEqual(told({ Effect: "Allow", NotPrincipal: { AWS: "222222222222" }, Action: "s3:*" }), [
      { sid: "statement 1", writes: true }
    ])
  })

  it("let everyone write who may delete or change something, and not who may only read and list", () => {
    const writes = (action: unknown) => told(allow("*", action))[0]?.writes
    for (const action of [
      "s3:DeleteObject",
      "s3:Delete*",
      "s3:PutObjectAcl",
      "S3:PutBucketPolicy",
      ["s3:Get*", "s3:RestoreObject"]
    ]) {
      assert.isTrue(writes(action), String(action))
    }
    for (const action of ["s3:Get*", "s3:ListBucket", ["s3:GetObject", "s3:GetBucketPolicy"]]) {
      assert.isFalse(writes(action), String(action))
    }
  })

  it("are not known to let everyone write where there is a condition", () => {
    const Condition = { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }
    assert.deepStrictEqual(told({ ...allow("*"), Condition }), [{ sid: "statement 1", writes: false }])
  })
})

describe("bucketPolicy.publicGrants", () => {
  it("are those of the public's groups", () => {
    const group = (name: string) => ({ URI: `http://acs.amazonaws.com/groups/${name}` })
    assert.deepStrictEqual(
      publicGrants([
        { Grantee: group("global/AllUsers"), Permission: "READ" },
        { Grantee: group("global/AuthenticatedUsers"), Permission: "WRITE" },
        { Grantee: group("s3/LogDelivery"), Permission: "WRITE" },
        { Grantee: { ID: "owner" }, Permission: "FULL_CONTROL" }
      ] as never),
      ["everyone with an AWS account: write", "everyone: read"]
    )
  })

  it("are not known where S3 leaves out to whom or what is granted, so that no bucket is cleared by it", () => {
    const who = { ID: "owner" } as never
    for (const [grant, field] of [
      [{ Permission: "READ" }, "Grants[].Grantee"],
      [{ Grantee: { Type: "CanonicalUser" }, Permission: "READ" }, "Grants[].Grantee"]
    ] as const)
      assert.throws(() => publicGrants([grant as never]), `${field} is missing`)
    assert.throws(() => listWriters([{ Grantee: who }], "owner"), "Grants[].Permission is missing")
  })
})
