/** Help, and the commands that need no store. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { memberTemplate } from "../../audit/memberTemplate.ts"
import { wholeCatalogue as catalogue } from "../../audit/reads.ts"
import { serve, xml } from "../core/aws/loopback.ts"
import { linesOf, nightaudit, temporaryFolder } from "./command.ts"

const names = [
  "demo",
  "scan",
  "findings",
  "finding",
  "snooze",
  "totals",
  "compare",
  "runs",
  "coverage",
  "report",
  "scans",
  "mcp",
  "dev",
  "policy",
  "doctor",
  "deploy-check"
]

describe("help", () => {
  it.effect("lists the commands on stdout", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const help = yield* nightaudit(folder, ["--help"])
      assert.deepStrictEqual([help.code, help.stderr], [0, ""])
      for (const name of names) assert.match(help.stdout, new RegExp(`^  ${name}  +[A-Z]`, "m"))
      assert.deepStrictEqual(yield* nightaudit(folder, []), help)
      const version = yield* nightaudit(folder, ["--version"])
      assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
    }).pipe(Effect.scoped)
  )

  it.effect("explains every command", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      for (const name of names) {
        const { code, stdout } = yield* nightaudit(folder, [name, "--help"])
        assert.strictEqual(code, 0)
        assert.include(stdout, `nightaudit ${name}`)
        // There is nothing of the sample to deploy.
        assert.strictEqual(stdout.includes("--sample"), name !== "deploy-check", name)
      }
    }).pipe(Effect.scoped)
  )
})

describe("scans", () => {
  it.effect("lists the catalogue, or one scan", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const all = yield* nightaudit(folder, ["scans", "--format", "json"])
      assert.deepStrictEqual(JSON.parse(all.stdout), catalogue)
      const table = yield* nightaudit(folder, ["scans"])
      for (const { name } of catalogue) assert.include(table.stdout, name)
      const one = yield* nightaudit(folder, ["scans", "find_unused_volumes"])
      for (const text of ["minUnattachedDays", "stopped_instance", "ec2:DescribeVolumes"])
        assert.include(one.stdout, text)
      const network = yield* nightaudit(folder, ["scans", "--category", "network", "--format", "csv"])
      assert.strictEqual(
        network.stdout.split("\r\n").length - 2,
        catalogue.filter(({ category }) => category === "network").length
      )
      const wrong = yield* nightaudit(folder, ["scans", "find_unused_volume", "--category", "netwrk"])
      assert.strictEqual(wrong.code, 2)
      assert.deepStrictEqual(linesOf(wrong.stderr), [
        'There is no category "netwrk". Did you mean network?',
        'There is no scan "find_unused_volume". Did you mean find_unused_volumes?'
      ])
    }).pipe(Effect.scoped)
  )
})

describe("policy", () => {
  it.effect("prints one document that IAM takes, and notes elsewhere", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const role = yield* nightaudit(folder, ["policy", "--scans", "find_unused_volumes"])
      assert.strictEqual(role.code, 0)
      const entry = catalogue.find(({ name }) => name === "find_unused_volumes")
      assert.deepStrictEqual(JSON.parse(role.stdout), {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "NightAuditReads",
            Effect: "Allow",
            Action: [...new Set(["ec2:DescribeRegions", ...(entry?.actions ?? [])])].sort(),
            Resource: "*"
          }
        ]
      })
      assert.match(role.stderr, /--trust <account>/)
      const trust = yield* nightaudit(folder, ["policy", "--trust", "111111111111", "--external-id", "night"])
      assert.strictEqual(JSON.parse(trust.stdout).Statement[0].Condition.StringEquals["sts:ExternalId"], "night")
      const bad = yield* nightaudit(folder, ["policy", "--trust", "somebody"])
      assert.deepStrictEqual([bad.code, bad.stdout], [2, ""])
      const table = yield* nightaudit(folder, ["policy", "--format", "table"])
      assert.include(table.stdout, "cloudwatch:GetMetricData")
    }).pipe(Effect.scoped)
  )

  it.effect("prints the role as the deployment makes it, whole and with its path", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFileSync(
        join(folder, "nightaudit.config.json"),
        JSON.stringify({ role: { name: "audit/reader", externalId: "night" } })
      )
      const { stdout } = yield* nightaudit(folder, ["policy", "--template"])
      assert.deepStrictEqual(
        JSON.parse(stdout),
        memberTemplate({ role: { name: "audit/reader", externalId: "night" } })
      )
      const narrowed = yield* nightaudit(folder, ["policy", "--template", "--scans", "find_unused_volumes"])
      assert.deepStrictEqual([narrowed.code, narrowed.stdout], [2, ""])
      assert.include(narrowed.stderr, "leave out --scans")
    }).pipe(Effect.scoped)
  )

  it.effect("allows the role nothing that writes", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { stdout } = yield* nightaudit(folder, ["policy"])
      const policies: ReadonlyArray<any> = [JSON.parse(stdout)].flat()
      const actions: ReadonlyArray<string> = policies
        .flatMap(({ Statement }) => Statement)
        .flatMap(({ Action }) => Action)
      assert.isAbove(actions.length, 150)
      // A query of logs has to be started before its answer can be read, and is stopped when nobody waits for it any more.
      const queries = ["logs:StartQuery", "logs:StopQuery"]
      // API Gateway has the verbs of HTTP for actions.
      const reads = [...queries, "apigateway:GET"]
      for (const action of actions.filter((action) => !reads.includes(action)))
        assert.match(action, /^[a-z0-9-]+:(BatchGet|Describe|Get|List|Search|Lookup)\w*$/)
    }).pipe(Effect.scoped)
  )
})

describe("doctor", () => {
  it.effect("is content with the sample, whose one locked account it names", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { code, stdout } = yield* nightaudit(folder, ["doctor", "--sample", "--format", "json"])
      assert.strictEqual(code, 0)
      const checks: ReadonlyArray<{ readonly check: string; readonly status: string; readonly todo: string }> =
        JSON.parse(stdout).checks
      assert.deepStrictEqual(
        checks.filter(({ status }) => status !== "ok").map(({ check, status }) => [status, check.split(" ")[0]]),
        [["warn", "Account"]]
      )
      for (const { status, todo } of checks) assert.strictEqual(todo !== "", status !== "ok")
    }).pipe(Effect.scoped)
  )

  it.effect("says what to do without credentials, and ends with 3", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { code, stderr, stdout } = yield* nightaudit(folder, ["doctor"])
      assert.strictEqual(code, 3)
      assert.match(stdout, /^ {2}ok +Store /m)
      assert.match(stdout, /^ {2}fail +Credentials +There are no usable AWS credentials\./m)
      assert.strictEqual(stderr, "1 check failed: Credentials.\n")
    }).pipe(Effect.scoped)
  )

  it.effect("ends with 4 when no account can be entered, and checks the rest all the same", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const url = yield* serve((body, _request, response) =>
        new URLSearchParams(body).get("Action") === "GetCallerIdentity"
          ? xml(
              response,
              "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/test</Arn><UserId>U</UserId><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            )
          : xml(
              response,
              "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>",
              403
            )
      )
      const { code, stdout } = yield* nightaudit(folder, ["doctor", "--accounts", "222222222222"], {
        env: {
          AWS_ENDPOINT_URL: url,
          AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
          AWS_SECRET_ACCESS_KEY: "secret",
          AWS_REGION: "eu-west-1"
        }
      })
      assert.strictEqual(code, 4)
      assert.match(stdout, /^ {2}ok +Credentials +arn:aws:iam::111111111111:user\/test/m)
      assert.match(stdout, /^ {2}fail +Account 222222222222 /m)
      assert.include(stdout, "Create the role nightaudit/scanner in 222222222222")
      assert.match(stdout, /^ {2}warn +Cost Explorer +not asked/m)
    }).pipe(Effect.scoped)
  )

  it.effect("names the mistakes of the configuration", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { code, stdout } = yield* nightaudit(folder, ["doctor", "--config", "nowhere.json"])
      assert.strictEqual(code, 2)
      assert.match(stdout, /^ {2}fail +Configuration +/m)
    }).pipe(Effect.scoped)
  )
})
