/** What `deploy-check` finds out by asking: whether the organisation and AWS's own advisers are ready for a deployment. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serve, xml } from "../../core/aws/loopback.ts"
import { identity } from "../../core/aws/sts.ts"
import { linesOf, nightaudit, temporaryFolder } from "../command.ts"

interface Checked {
  readonly checks: ReadonlyArray<{
    readonly check: string
    readonly status: "ok" | "warn" | "fail"
    readonly detail: string
    readonly todo: string
  }>
}

const stackSets = "member.org.stacksets.cloudformation.amazonaws.com"

/** Everything is ready: the caller is the management account, and what it trusts and has enrolled in is on. */
const ready: Readonly<Record<string, object>> = {
  DescribeOrganization: { Organization: { MasterAccountId: "111111111111" } },
  ListAccounts: { Accounts: ["111111111111", "222222222222"].map((Id) => ({ Id, Status: "ACTIVE", State: "ACTIVE" })) },
  ListAccountsForParent: { Accounts: [{ Id: "222222222222", Status: "ACTIVE", State: "ACTIVE" }] },
  ListOrganizationalUnitsForParent: { OrganizationalUnits: [] },
  ListAWSServiceAccessForOrganization: { EnabledServicePrincipals: [{ ServicePrincipal: stackSets }] },
  GetEnrollmentStatus: { status: "Active", memberAccountsEnrolled: true },
  AccountSettings: { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 990 } },
  ListEnrollmentStatuses: { items: [{ accountId: "111111111111", status: "Active" }] },
  DescribeTrails: { trailList: [] },
  GetTrailStatus: { IsLogging: true },
  GetEventSelectors: { EventSelectors: [{ ReadWriteType: "All", IncludeManagementEvents: true }] }
}

const deploy = {
  organizationalUnits: ["ou-ab12-34567890"],
  alerts: { emails: ["finops@example.com"] },
  schedule: { expression: "cron(0 2 ? * MON-FRI *)", timeZone: "Europe/Berlin" }
}

/** What AWS answers to an operation; a text is the code of an error. */
type Answer = object | string

/** Runs `deploy-check` against an AWS that answers so. */
const check = (
  answers: Readonly<Record<string, Answer | ((body: string) => Answer)>> = {},
  section: object = deploy,
  flags: ReadonlyArray<string> = [],
  { env = {}, ...settings }: { readonly env?: Record<string, string>; readonly alerts?: object } = {}
) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    writeFileSync(join(folder, "nightaudit.config.json"), JSON.stringify({ deploy: section, ...settings }))
    const asked: Array<string> = []
    const endpoint = yield* serve((body, request, response) => {
      const target =
        String(request.headers["x-amz-target"] ?? "")
          .split(".")
          .at(-1) || undefined
      const isLambda = (request.url ?? "").includes("account-settings")
      const action = isLambda ? "AccountSettings" : (target ?? new URLSearchParams(body).get("Action") ?? "")
      asked.push(action)
      if (action === "GetCallerIdentity") return xml(response, identity)
      const given = answers[action] ?? ready[action] ?? "UnexpectedCall"
      const answer = typeof given === "function" ? (given(body) as Answer) : given
      response.writeHead(typeof answer === "string" ? 400 : 200, { "content-type": "application/x-amz-json-1.1" })
      response.end(JSON.stringify(typeof answer === "string" ? { __type: answer, message: "no" } : answer))
    })
    const ended = yield* nightaudit(folder, ["deploy-check", "--format", "json", ...flags], {
      env: {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: "AKIATEST",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: "eu-west-1",
        ...env
      }
    })
    const { checks }: Checked = JSON.parse(ended.stdout)
    const of = (name: string) => checks.find(({ check }) => check === name)
    return { ...ended, checks, of, asked }
  }).pipe(Effect.scoped)

const one = (more: object = {}) => ({
  trailList: [{ Name: "audit", TrailARN: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/audit", ...more }]
})

/** What is said of the trails of a region. */
const told = (answers: Parameters<typeof check>[0], section: object = {}) =>
  Effect.map(check(answers, { ...deploy, microScans: { regions: ["eu-west-1"] }, ...section }), ({ of }) =>
    of("CloudTrail in eu-west-1")
  )

describe("nightaudit deploy-check", () => {
  it.effect("says that all is ready, and what cannot be known before", () =>
    Effect.gen(function* () {
      const { asked, checks, code, of } = yield* check()
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(
        checks.filter(({ status }) => status !== "ok").map(({ check }) => check),
        ["Alerts", "Permissions", "Cost Explorer"]
      )
      assert.match(
        of("Schedule")?.detail ?? "",
        /^cron\(0 2 \? \* MON-FRI \*\), Europe\/Berlin: the next night would start at \d/
      )
      assert.include(of("Alerts")?.detail, "finops@example.com")
      assert.include(of("Alerts")?.todo, "follow the link")
      assert.include(
        of("Organisation")?.detail,
        "111111111111 is the management account; 1 active account in ou-ab12-34567890"
      )
      assert.strictEqual(of("StackSets")?.detail, "trusted access is on")
      assert.strictEqual(of("Compute Optimizer")?.detail, "enrolled, with member accounts")
      // Each request to Cost Explorer costs a cent.
      assert.notInclude(asked, "GetCostAndUsage")
      assert.include(of("Cost Explorer")?.detail, "not asked")
      for (const service of ["cognito-idp", "logs", "scheduler", "ssm"]) {
        assert.include(of("Permissions")?.todo, ` ${service}`)
      }
      assert.notInclude(of("Permissions")?.todo, "ecs")
    })
  )

  it.effect("names what has to be switched on, with the command that does it", () =>
    Effect.gen(function* () {
      const { code, of, stderr } = yield* check({
        ListAWSServiceAccessForOrganization: { EnabledServicePrincipals: [] },
        GetEnrollmentStatus: { status: "Inactive" },
        ListEnrollmentStatuses: { items: [] }
      })
      assert.strictEqual(of("StackSets")?.status, "fail")
      assert.include(of("StackSets")?.todo, "aws cloudformation activate-organizations-access")
      assert.strictEqual(of("Compute Optimizer")?.status, "warn")
      assert.include(of("Compute Optimizer")?.todo, "--status Active --include-member-accounts")
      assert.strictEqual(of("Cost Optimization Hub")?.status, "warn")
      assert.strictEqual(code, 2)
      assert.deepStrictEqual(linesOf(stderr), ["1 check failed: StackSets."])
    })
  )

  it.effect("fails in a member account, and outside of an organisation", () =>
    Effect.gen(function* () {
      const member = yield* check({ DescribeOrganization: { Organization: { MasterAccountId: "999999999999" } } })
      assert.strictEqual(member.of("Organisation")?.status, "fail")
      assert.strictEqual(member.of("Organisation")?.todo, "Deploy with credentials of 999999999999.")
      const alone = yield* check({ DescribeOrganization: "AWSOrganizationsNotInUseException" })
      assert.include(alone.of("Organisation")?.detail, "is in no organisation")
      assert.strictEqual(alone.code, 2)
    })
  )

  it.effect("does not take a denied question for a no", () =>
    Effect.gen(function* () {
      const { code, of } = yield* check({
        ListAWSServiceAccessForOrganization: "AccessDeniedException",
        GetEnrollmentStatus: "AccessDeniedException"
      })
      assert.strictEqual(of("StackSets")?.status, "warn")
      assert.include(of("StackSets")?.todo, "Allow organizations:ListAWSServiceAccessForOrganization")
      assert.strictEqual(of("Compute Optimizer")?.status, "warn")
      assert.include(of("Compute Optimizer")?.todo, "Allow compute-optimizer:GetEnrollmentStatus")
      assert.strictEqual(code, 0)
      const denied = yield* check({ DescribeOrganization: "AccessDeniedException" })
      assert.strictEqual(denied.of("Organisation")?.status, "fail")
      assert.strictEqual(denied.code, 4)
    })
  )

  it.effect("lets a role through that may do what it names, and nothing else", () =>
    Effect.gen(function* () {
      const named = (yield* check()).of("Permissions")?.todo ?? ""
      const mayAsk = new Set([...named.matchAll(/organizations:(\w+)/g)].map(([, action]) => action ?? ""))
      const denied = Object.fromEntries(
        Object.keys(ready)
          .filter((action) => !mayAsk.has(action))
          .map((action) => [action, "AccessDeniedException"])
      )
      for (const organizationalUnits of [[], deploy.organizationalUnits]) {
        const { asked, code, of } = yield* check(denied, { ...deploy, organizationalUnits })
        assert.strictEqual(of("Organisation")?.status, "ok", of("Organisation")?.todo)
        assert.strictEqual(of("StackSets")?.status, "ok")
        assert.include(asked, organizationalUnits.length === 0 ? "ListAccounts" : "ListAccountsForParent")
        assert.strictEqual(code, 0)
      }
    })
  )

  it.effect("says what a section without addresses and units leaves out, and what is wrong in it", () =>
    Effect.gen(function* () {
      const { of } = yield* check({}, { schedule: { expression: "cron(0 2 * * ? 2025)" } })
      assert.strictEqual(of("Schedule")?.status, "fail")
      assert.include(of("Alerts")?.detail, "nobody is told")
      assert.include(of("Member accounts")?.detail, "rolled out to none")
      const wrong = yield* check({}, { authorization: "oidc" })
      assert.deepStrictEqual(
        wrong.checks.map(({ check, status }) => [check, status]),
        [["Configuration", "fail"]]
      )
      assert.include(wrong.of("Configuration")?.detail, "oidc needs mcp.issuer")
      assert.strictEqual(wrong.code, 2)
    })
  )

  it.effect(
    "says which addresses of chats are not set, prints none, and knows that chats are told of failed nights",
    () =>
      Effect.gen(function* () {
        const alerts = {
          webhooks: [
            { kind: "slack", urlVariable: "SLACK_URL" },
            { kind: "teams", urlVariable: "TEAMS_URL" }
          ]
        }
        const missing = yield* check({}, {}, [], { alerts, env: { SLACK_URL: "", WEBHOOK_URLS: "NO_SLACK_URL=x" } })
        assert.strictEqual(missing.of("Chats")?.status, "fail")
        assert.match(missing.of("Chats")?.detail ?? "", /^SLACK_URL and TEAMS_URL: not set/)
        assert.strictEqual(missing.code, 2)
        assert.notInclude(missing.of("Alerts")?.detail, "when a night fails")
        assert.match(missing.of("Alerts")?.detail ?? "", /^2 chats, and nobody is told of CloudWatch's alarms/)
        const env = {
          SLACK_URL: "https://a.example",
          WEBHOOK_URLS: "A=https://c.example\r\nTEAMS_URL=https://b.example/?s=1"
        }
        const set = yield* check({}, deploy, [], { alerts, env })
        assert.deepInclude(set.of("Chats"), { status: "ok", detail: "SLACK_URL and TEAMS_URL: set" })
        assert.notMatch(set.stdout + set.stderr, /\.example\b(?!\.com)/)
        assert.strictEqual(set.code, 0)
      })
  )

  it.effect("asks Cost Explorer where it is told to, and says what that found", () =>
    Effect.gen(function* () {
      const ask = (answer: object | string) => check({ GetCostAndUsage: answer }, deploy, ["--ask-cost-explorer"])
      const on = yield* ask({ ResultsByTime: [{ Total: {}, Groups: [], Estimated: true }] })
      assert.strictEqual(on.of("Cost Explorer")?.status, "ok")
      assert.strictEqual(on.asked.filter((action) => action === "GetCostAndUsage").length, 1)
      const denied = yield* ask("AccessDeniedException")
      assert.strictEqual(denied.of("Cost Explorer")?.status, "warn")
      assert.include(denied.of("Cost Explorer")?.todo, "Allow ce:GetCostAndUsage")
    })
  )

  it.effect("says where Lambda sets nothing aside, and what micro-scans need besides", () =>
    Effect.gen(function* () {
      const limits = (all: number, unreserved: number) => ({
        AccountSettings: { AccountLimit: { ConcurrentExecutions: all, UnreservedConcurrentExecutions: unreserved } }
      })
      const section = { ...deploy, microScans: { regions: ["eu-west-1"] } }
      const small = yield* check(limits(10, 10), section)
      assert.strictEqual(small.of("Lambda")?.status, "fail")
      assert.include(small.of("Lambda")?.todo, "Concurrent executions")
      assert.strictEqual(small.code, 2)
      assert.strictEqual(small.of("CloudTrail in eu-west-1")?.status, "warn")
      assert.include(small.of("CloudTrail in eu-west-1")?.detail, "there is no trail")
      const tight = yield* check(limits(1000, 109))
      assert.strictEqual(tight.of("Lambda")?.status, "warn")
      assert.isFalse(tight.checks.some(({ check }) => check.startsWith("CloudTrail")))
      assert.notInclude(tight.asked, "DescribeTrails")
      const without = yield* check(limits(10, 10), { ...deploy, reportLink: false })
      assert.isUndefined(without.of("Lambda"))
    })
  )

  it.effect(
    "says in each region of micro-scans whether a trail records what they listen to, and what it leaves out",
    () =>
      Effect.gen(function* () {
        const whole = yield* told({ DescribeTrails: one({ IsOrganizationTrail: true }) })
        assert.deepInclude(whole, {
          status: "ok",
          detail: "audit records management events that write, of every account"
        })
        const alone = yield* told({ DescribeTrails: one() })
        assert.strictEqual(alone?.status, "warn")
        assert.include(alone?.detail, "of 111111111111 alone")
        assert.strictEqual((yield* told({ DescribeTrails: one() }, { organizationalUnits: [] }))?.status, "ok")

        const lacks = [
          ["audit is stopped", { GetTrailStatus: { IsLogging: false } }],
          [
            "records no management events that write",
            { GetEventSelectors: { EventSelectors: [{ ReadWriteType: "ReadOnly" }] } }
          ],
          [
            "leaves out rds.amazonaws.com",
            {
              GetEventSelectors: {
                AdvancedEventSelectors: [
                  {
                    FieldSelectors: [
                      { Field: "eventCategory", Equals: ["Management"] },
                      { Field: "eventSource", NotEquals: ["kms.amazonaws.com", "rds.amazonaws.com"] }
                    ]
                  }
                ]
              }
            }
          ]
        ] as const
        for (const [detail, answers] of lacks) {
          const lack = yield* told({ DescribeTrails: one({ IsOrganizationTrail: true }), ...answers })
          assert.strictEqual(lack?.status, "warn")
          assert.include(lack?.detail, detail)
        }
        const denied = yield* told({ DescribeTrails: "AccessDeniedException" })
        assert.strictEqual(denied?.status, "warn")
        assert.include(denied?.todo, "Allow cloudtrail:DescribeTrails")

        const two = yield* check(
          { DescribeTrails: one() },
          { ...deploy, microScans: { regions: ["eu-west-1", "us-east-1"] } }
        )
        assert.isDefined(two.of("CloudTrail in us-east-1"))
      })
  )

  it.effect("judges the trails beside one that is refused, and names that one", () =>
    Effect.gen(function* () {
      const second = { Name: "central", TrailARN: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/central" }
      const refused = (more: object, section: object = {}, own: Answer = { IsLogging: true }) =>
        told(
          {
            DescribeTrails: { trailList: [...one().trailList, { ...second, ...more }] },
            GetTrailStatus: (body) => (body.includes("central") ? "AccessDeniedException" : own)
          },
          section
        )
      const apart = yield* refused({}, { organizationalUnits: [] })
      assert.deepInclude(apart, { status: "ok", detail: "audit records management events that write" })
      const beside = yield* refused({}, { organizationalUnits: [] }, { IsLogging: false })
      assert.strictEqual(beside?.status, "warn")
      assert.match(beside?.detail ?? "", /^audit is stopped; what central records is not known, .*denied by IAM/)
      assert.include(beside?.todo, "Allow cloudtrail:GetTrailStatus")
      const ofAll = yield* refused({ IsOrganizationTrail: true })
      assert.match(ofAll?.detail ?? "", /^audit records 111111111111 alone; what central records is not known/)
      // A trail of one account says nothing of members.
      assert.include((yield* refused({}))?.detail, "trails of member accounts are not asked for")
    })
  )

  it.effect("refuses what cannot be a stage, and doubts one that is named like another", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      for (const stage of ["my stage; rm -rf ~", "", "1st", "Staging", "aws-one"]) {
        const { code, stderr, stdout } = yield* nightaudit(folder, ["deploy-check", "--stage", stage])
        assert.strictEqual(code, 2, stage)
        assert.include(stderr, "lower-case letters, digits and single hyphens")
        assert.notInclude(stdout, "sst deploy")
      }
      const { of } = yield* check({}, deploy, ["--stage", "prod"])
      assert.strictEqual(of("Stage")?.status, "warn")
      assert.include(of("Stage")?.detail, "Did you mean production?")
    })
  )

  it.effect("says that credentials are missing, and asks nothing", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { code, stdout } = yield* nightaudit(folder, ["deploy-check", "--format", "json"])
      const { checks }: Checked = JSON.parse(stdout)
      assert.strictEqual(checks.at(-1)?.check, "Credentials")
      assert.strictEqual(checks.at(-1)?.status, "fail")
      assert.strictEqual(code, 3)
    })
  )
})
