/** What `doctor` finds out by asking: what the role may not do, and who else may read the store. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serve, xml } from "../../core/aws/loopback.ts"
import { given, identity } from "../../core/aws/sts.ts"
import { nightaudit, temporaryFolder } from "../command.ts"

interface Checked {
  readonly checks: ReadonlyArray<{
    readonly check: string
    readonly status: "ok" | "warn" | "fail"
    readonly detail: string
    readonly todo: string
  }>
  readonly missingPolicy: { readonly Statement: ReadonlyArray<{ readonly Action: ReadonlyArray<string> }> } | null
}

const regions = "<R><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></R>"

const deny = (action: string, how: string) =>
  `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>User: arn:aws:iam::111111111111:user/me is not authorized to perform: ec2:${action} ${how}</Message></Error></Errors></Response>`

/** Runs `doctor` for `find_unused_volumes` against an AWS that denies some calls, and keeps the calls it was asked for. */
const doctor = (
  denied: Readonly<Record<string, string>>,
  args: ReadonlyArray<string> = [],
  prepare: (folder: string) => void = () => undefined
) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    writeFileSync(
      join(folder, "nightaudit.config.json"),
      JSON.stringify({ scans: { include: ["find_unused_volumes", "find_unused_log_groups"] } })
    )
    prepare(folder)
    const asked: Array<{ readonly action: string; readonly key: string; readonly form: URLSearchParams }> = []
    const endpoint = yield* serve((body, request, response) => {
      const form = new URLSearchParams(body)
      const target = String(request.headers["x-amz-target"] ?? "").split(".")[1]
      const action = form.get("Action") ?? target ?? ""
      asked.push({ action, key: /Credential=(\w+)/.exec(request.headers.authorization ?? "")?.[1] ?? "", form })
      const how = denied[action]
      if (how !== undefined) return xml(response, deny(action, how), 403)
      if (action === "GetCallerIdentity") return xml(response, identity)
      if (action === "AssumeRole") return xml(response, given("ASIAROLE"))
      if (action === "DescribeRegions") return xml(response, regions)
      if (target === undefined) return xml(response, "<R/>")
      response.writeHead(target === "DescribeLogStreams" ? 400 : 200, { "content-type": "application/x-amz-json-1.1" })
      response.end(JSON.stringify(target === "DescribeLogStreams" ? { __type: "InvalidParameterException" } : {}))
    })
    const ended = yield* nightaudit(folder, ["doctor", "--format", "json", ...args], {
      env: {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: "AKIATEST",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: "eu-west-1"
      }
    })
    const result: Checked = JSON.parse(ended.stdout)
    const checkOf = (name: string) => result.checks.find(({ check }) => check.startsWith(name))
    return { ...ended, ...result, checkOf, asked, folder }
  }).pipe(Effect.scoped)

describe("permissions", () => {
  it.effect("that are missing fail, and are printed as a policy to add", () =>
    Effect.gen(function* () {
      const { checkOf, code, missingPolicy } = yield* doctor({
        DescribeVolumes: "because no identity-based policy allows the ec2:DescribeVolumes action",
        DescribeInstances: ""
      })
      const check = checkOf("Permissions in 111111111111")
      assert.strictEqual(check?.status, "fail")
      assert.match(
        check?.detail ?? "",
        /^2 of \d+ free operations that were tried in eu-west-1 are denied: ec2:DescribeInstances and ec2:DescribeVolumes; \d more can only be tried on a resource$/
      )
      assert.match(check?.todo ?? "", /^Add the policy below to arn:aws:iam::111111111111:user\/me/)
      assert.deepStrictEqual(
        missingPolicy?.Statement.map(({ Action }) => Action),
        [["ec2:DescribeInstances", "ec2:DescribeVolumes"]]
      )
      assert.strictEqual(code, 4)
    })
  )

  it.effect("that are there are told, with small free calls only", () =>
    Effect.gen(function* () {
      const { asked, checkOf, code, missingPolicy } = yield* doctor({})
      assert.strictEqual(checkOf("Permissions")?.status, "ok")
      assert.isNull(missingPolicy)
      assert.strictEqual(code, 0)
      const actions = asked.map(({ action }) => action)
      assert.include(actions, "DescribeVolumes")
      assert.notInclude(actions, "GetMetricData")
      assert.strictEqual(asked.find(({ action }) => action === "DescribeVolumes")?.form.get("MaxResults"), "20")
    })
  )

  it.effect("are tried with the role too, where another account is entered", () =>
    Effect.gen(function* () {
      const { asked, checkOf } = yield* doctor({}, ["--accounts", "111111111111,222222222222"])
      assert.strictEqual(checkOf("Permissions in 222222222222")?.status, "ok")
      assert.deepStrictEqual(
        asked.filter(({ action }) => action === "DescribeVolumes").map(({ key }) => key),
        ["AKIATEST", "ASIAROLE"]
      )
    })
  )

  it.effect("that an organisation forbids are no permission to add", () =>
    Effect.gen(function* () {
      const { checkOf, code, missingPolicy } = yield* doctor({
        DescribeVolumes: "with an explicit deny in a service control policy"
      })
      const check = checkOf("Permissions")
      assert.strictEqual(check?.status, "warn")
      assert.match(check?.detail ?? "", /service control policy/)
      assert.isNull(missingPolicy)
      assert.strictEqual(code, 0)
    })
  )
})

describe("the store", () => {
  const cases: ReadonlyArray<
    readonly [name: string, prepare: (folder: string) => void, status: string, detail: RegExp]
  > = [
    [
      "whose folder is a file",
      (folder) => writeFileSync(join(folder, ".nightaudit"), ""),
      "fail",
      /cannot be made: .*\.nightaudit is a file and not a folder$/
    ],
    [
      "whose place is a folder",
      (folder) => mkdirSync(join(folder, ".nightaudit", "audit.db"), { recursive: true }),
      "fail",
      /audit\.db is not a file$/
    ],
    [
      "whose place has something else",
      (folder) => {
        mkdirSync(join(folder, ".nightaudit"), { mode: 0o700 })
        writeFileSync(join(folder, ".nightaudit", "audit.db"), "not a database, but a text of some length", {
          mode: 0o600
        })
      },
      "fail",
      /audit\.db/
    ]
  ]
  for (const [name, prepare, status, detail] of cases) {
    it.effect(`${name} is told`, () =>
      Effect.gen(function* () {
        const { checkOf, code } = yield* doctor({}, [], prepare)
        assert.strictEqual(checkOf("Store")?.status, status)
        assert.match(checkOf("Store")?.detail ?? "", detail)
        assert.match(checkOf("Store")?.todo ?? "", /--store/)
        assert.strictEqual(code, 2)
      })
    )
  }

  it.effect("that others may read is told, with the command that closes it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* nightaudit(folder, ["demo"])
      const place = join(folder, ".nightaudit", "sample")
      const file = join(place, "audit.db")
      const check = (fileMode: number, folderMode: number) =>
        Effect.gen(function* () {
          chmodSync(file, fileMode)
          chmodSync(place, folderMode)
          const { stdout } = yield* nightaudit(folder, ["doctor", "--sample", "--format", "json"])
          return (JSON.parse(stdout) as Checked).checks.find(({ check }) => check === "Store")
        })
      assert.strictEqual((yield* check(0o600, 0o700))?.status, "ok")
      const open = yield* check(0o644, 0o755)
      assert.strictEqual(open?.status, "warn")
      assert.strictEqual(open?.todo, `Run \`chmod 700 ${place} && chmod 600 ${file}\`.`)
      assert.strictEqual((yield* check(0o640, 0o700))?.todo, `Run \`chmod 600 ${file}\`.`)
    }).pipe(Effect.scoped)
  )
})
