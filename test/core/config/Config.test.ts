import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { decodeConfig } from "../../../core/config/Config.ts"
import { ConfigError } from "../../../core/config/ConfigError.ts"
import { knownRegions } from "../../../core/config/regions.ts"
import { catalogue } from "./catalogue.ts"

const decode = (value: unknown) => decodeConfig(value, catalogue)

/** The lines of the error; fails the test when there is none. */
const mistakes = (value: unknown) =>
  decode(value).pipe(
    Effect.flip,
    Effect.map((error) => {
      assert.instanceOf(error, ConfigError)
      return error.message.split("\n")
    })
  )

describe("decodeConfig", () => {
  it.effect("has a default for everything", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* decode({}), {
        accounts: "self",
        role: { name: "nightaudit/scanner" },
        regions: { include: [], exclude: [] },
        scans: { categories: [], include: [], exclude: [] },
        settings: {},
        minMonthlySavingsUsd: 0,
        suppressTagKeys: ["finops:ignore"],
        suppressTags: {},
        suppressions: [],
        prices: "snapshot",
        maxRunUsd: null,
        store: ".nightaudit/audit.db",
        alerts: { rules: [], digest: { send: "always", owners: true }, webhooks: [] },
        mcp: {
          toolsets: ["all"],
          writes: false,
          freshnessHours: 24,
          liveBudgetSeconds: 20,
          hosts: [],
          origins: [],
          apiKeys: []
        },
        deploy: {
          schedule: { expression: "cron(0 2 * * ? *)", timeZone: "UTC" },
          authorization: "cognito",
          alerts: { emails: [], https: [], owners: {} },
          alarms: { coveragePercent: 95, runCostUsd: 10, lateHours: 36 },
          microScans: { regions: [], gatherSeconds: 120 },
          organizationalUnits: [],
          reportLink: true,
          privateNetwork: false,
          runtime: "none"
        }
      })
    })
  )

  it.effect("keeps everything that is written, and defaults the rest of an object", () =>
    Effect.gen(function* () {
      const written = {
        $schema: "./nightaudit.schema.json",
        accounts: {
          organization: true,
          organizationalUnits: ["ou-ab12-34567890", "r-ab12"],
          exclude: ["111111111111"]
        },
        role: { name: "ops/auditor", externalId: "a-secret" },
        regions: { include: ["eu-west-1"], exclude: ["us-east-1"] },
        scans: { categories: ["cost"], include: ["find_unused_volumes"], exclude: ["find_unused_snapshots"] },
        settings: {
          find_unused_volumes: { idleDays: 45, minSizeGb: 0.5, includeIdle: true, types: ["gp2"] },
          get_cost_by_service: { metric: "AmortizedCost", startDate: "2026-01-01", version: "1.5.0", title: "" }
        },
        minMonthlySavingsUsd: 1.5,
        suppressTagKeys: [],
        suppressTags: { env: ["sandbox"] },
        suppressions: [{ resource: "vol-1", reason: "kept", author: "ann", until: "2026-12-24" }],
        ownerTagKeys: ["squad"],
        prices: "price-list",
        maxRunUsd: 0,
        store: "/var/lib/nightaudit/audit.db",
        profile: "audit",
        homeRegion: "eu-central-1",
        alerts: {
          rules: [
            {
              name: "coverage",
              measure: "coverage",
              below: 90,
              account: "111111111111",
              severity: "low",
              step: 2,
              quietHours: 0,
              hysteresisPercent: 0
            }
          ],
          digest: { send: "changes", owners: false },
          webhooks: [{ kind: "teams", urlVariable: "TEAMS_URL" }],
          reportUrl: "https://finops.example.com"
        },
        mcp: {
          toolsets: ["core", "cost"],
          writes: true,
          freshnessHours: 0.5,
          liveBudgetSeconds: 0,
          hosts: ["nightaudit.example.com", "*", "[::1]"],
          origins: ["chat.example.com", "moz-extension://*"],
          issuer: {
            url: "https://login.example.com/tenant/",
            audience: ["https://nightaudit.example.com/mcp"],
            clientIds: ["1example23456789"],
            scopes: ["nightaudit/read"],
            accountsClaim: "nightaudit:accounts",
            allAccountsValue: "every"
          },
          apiKeys: [
            { name: "night-report", sha256: "0a".repeat(32), accounts: ["111111111111"] },
            { name: "all", sha256: "1b".repeat(32) }
          ]
        },
        deploy: {
          schedule: { expression: "rate(12 hours)", timeZone: "Europe/Berlin" },
          authorization: "oidc",
          alerts: {
            emails: ["finops@example.com"],
            https: ["https://example.com/hook"],
            owners: { payments: ["payments@example.com"] }
          },
          alarms: { coveragePercent: 80, runCostUsd: 1.5, lateHours: 80 },
          microScans: { regions: ["eu-west-1"], gatherSeconds: 30 },
          organizationalUnits: ["r-ab12"],
          reportLink: false,
          privateNetwork: true,
          runtime: "fargate",
          image: "111111111111.dkr.ecr.eu-central-1.amazonaws.com/nightaudit:1",
          certificateArn: "arn:aws:acm:eu-central-1:111111111111:certificate/1"
        }
      }
      assert.deepStrictEqual(yield* decode(written), written as any)
      assert.deepStrictEqual((yield* decode({ regions: { exclude: ["us-east-1"] } })).regions, {
        include: [],
        exclude: ["us-east-1"]
      })
      assert.deepStrictEqual((yield* decode({ role: { externalId: "x1" } })).role, {
        name: "nightaudit/scanner",
        externalId: "x1"
      })
      assert.deepStrictEqual((yield* decode({ accounts: ["111111111111"] })).accounts, ["111111111111"])
    })
  )

  it.effect("names every mistake at once, each with its path and what was expected", () =>
    Effect.gen(function* () {
      const lines = yield* mistakes({
        acounts: "self",
        accounts: ["111", 2],
        role: { name: "a b", externalId: "x" },
        regions: { include: "eu-west-1", exclude: ["eu-wst-1"], exlude: [] },
        scans: { categories: ["cleanups"], include: ["find_unused_volume", 3], exclude: ["nothing_like_it"] },
        settings: {
          find_unusd_volumes: {},
          find_unused_volumes: { idleDays: 0, minSizeGb: "5", includeIdle: "yes", types: "gp2", idleDay: 3 },
          find_unused_snapshots: { anything: 1 },
          get_cost_by_service: { metric: "Blended", startDate: "January", version: "1.5", title: 7 }
        },
        minMonthlySavingsUsd: -1,
        suppressTagKeys: [""],
        prices: "live",
        maxRunUsd: "2",
        store: "",
        profile: "",
        homeRegion: "atlantis",
        "bad key": 1
      })
      assert.deepStrictEqual(lines.toSorted(), [
        '["bad key"]: is not known.',
        "accounts[0]: expected an account id of twelve digits",
        "accounts[1]: expected an account id of twelve digits, in quotes",
        "acounts: is not known. Did you mean accounts?",
        'homeRegion: there is no region "atlantis".',
        "maxRunUsd: expected an amount of USD, zero or more, or null",
        "minMonthlySavingsUsd: expected an amount of USD, zero or more",
        "prices: expected snapshot or price-list",
        "profile: expected the name of a profile",
        'regions.exclude[0]: there is no region "eu-wst-1". Did you mean eu-west-1?',
        "regions.exlude: is not known. Did you mean exclude?",
        "regions.include: expected array",
        "role.externalId: expected an external id of 2 to 1224 letters, digits and +=,.@:/-",
        "role.name: expected the name of a role with its path, such as nightaudit/scanner",
        'scans.categories[0]: there is no category "cleanups". Did you mean cleanup?',
        'scans.exclude[0]: there is no scan "nothing_like_it". There are: find_unused_volumes, find_unused_snapshots, get_cost_by_service.',
        'scans.include[0]: there is no scan "find_unused_volume". Did you mean find_unused_volumes?',
        "scans.include[1]: expected the name of a scan",
        "settings.find_unusd_volumes: is not known. Did you mean find_unused_volumes?",
        "settings.find_unused_snapshots.anything: is not known: the scan has no settings",
        "settings.find_unused_volumes.idleDay: is not known. Did you mean idleDays?",
        "settings.find_unused_volumes.idleDays: expected a whole number from 1 to 400 (days)",
        "settings.find_unused_volumes.includeIdle: expected true or false",
        "settings.find_unused_volumes.minSizeGb: expected a number from 0 to 1000 (GB)",
        "settings.find_unused_volumes.types: expected a list of texts",
        "settings.get_cost_by_service.metric: expected UnblendedCost, AmortizedCost or NetAmortizedCost",
        "settings.get_cost_by_service.startDate: expected a day such as 2026-11-20, or an empty text",
        "settings.get_cost_by_service.title: expected string",
        "settings.get_cost_by_service.version: expected a version such as 1.4.0",
        "store: expected the path of a file",
        "suppressTagKeys[0]: expected the key of a tag"
      ])
    })
  )

  it.effect("says what accounts may be", () =>
    Effect.gen(function* () {
      const any = 'accounts: expected "self", a list of account ids, or an object with "organization": true'
      assert.deepStrictEqual(yield* mistakes({ accounts: "everything" }), [any])
      assert.deepStrictEqual(yield* mistakes({ accounts: 111111111111 }), [any])
      assert.deepStrictEqual(yield* mistakes({ accounts: { organization: false } }), [any])
      assert.deepStrictEqual(yield* mistakes({ accounts: [] }), ["accounts: expected at least one account id"])
      assert.deepStrictEqual(
        yield* mistakes({ accounts: { organization: true, organizationalUnits: ["prod"], exclude: ["1"] } }),
        [
          "accounts.organizationalUnits[0]: expected the id of an organizational unit, such as ou-ab12-34567890, or of the root, such as r-ab12",
          "accounts.exclude[0]: expected an account id of twelve digits"
        ]
      )
      assert.deepStrictEqual(yield* mistakes({ accounts: { organization: true, except: [] } }), [
        "accounts.except: is not known. There are: organization, organizationalUnits, excludeOrganizationalUnits, exclude."
      ])
    })
  )

  it.effect("refuses numbers that are none, out of bounds or fractions, with one line each", () =>
    Effect.gen(function* () {
      const expected = ["settings.find_unused_volumes.idleDays: expected a whole number from 1 to 400 (days)"]
      for (const idleDays of [0, 401, 1.5, "30", null, true, Number.NaN, Number.POSITIVE_INFINITY, [30]]) {
        assert.deepStrictEqual(yield* mistakes({ settings: { find_unused_volumes: { idleDays } } }), expected)
      }
      for (const idleDays of [1, 400]) yield* decode({ settings: { find_unused_volumes: { idleDays } } })
    })
  )

  it.effect("refuses what is no object, and does not confuse keys with what every object has", () =>
    Effect.gen(function* () {
      for (const value of [null, "text", 3, true])
        assert.deepStrictEqual(yield* mistakes(value), ["expected an object"])
      const regions = 'expected an object such as { "include": ["eu-west-1"] }; leave it out for every enabled region'
      assert.deepStrictEqual(yield* mistakes({ regions: null }), [`regions: ${regions}`])
      assert.deepStrictEqual(yield* mistakes({ regions: [] }), [`regions: is an empty list; ${regions}`])
      assert.deepStrictEqual(yield* mistakes({ regions: ["eu-west-1"] }), [`regions: is a list; ${regions}`])
      const role = ["role: is an empty list; expected an object", "settings: is a list; expected an object"]
      assert.deepStrictEqual(yield* mistakes({ role: [], settings: [1] }), role)
      assert.deepStrictEqual(yield* mistakes({ settings: { constructor: {} } }), [
        "settings.constructor: is not known. There are: find_unused_volumes, find_unused_snapshots, get_cost_by_service."
      ])
      const proto = JSON.parse('{"__proto__": {"accounts": "self"}}')
      assert.match((yield* mistakes(proto))[0] ?? "", /^__proto__: is not known\./)
    })
  )

  it.effect("names the file before every mistake", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeConfig({ prices: 1, store: 2 }, catalogue, "/etc/nightaudit.json"))
      assert.deepStrictEqual(error.message.split("\n"), [
        "/etc/nightaudit.json: prices: expected snapshot or price-list",
        "/etc/nightaudit.json: store: expected the path of a file"
      ])
      assert.deepStrictEqual(error.problems, [
        { path: "prices", message: "expected snapshot or price-list" },
        { path: "store", message: "expected the path of a file" }
      ])
    })
  )

  it.effect("says what a deployment needs", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* mistakes({
          deploy: {
            schedule: { expression: "every night", timeZone: "Berlin" },
            authorization: "okta",
            alerts: { emails: ["finops"], https: ["http://example.com"] },
            alarms: { coveragePercent: 101, runCostUsd: -1, lateHours: 169 },
            microScans: { regions: ["eu-west-9"], gatherSeconds: 301 },
            organizationalUnits: ["12"],
            runtime: "lambda"
          }
        }),
        [
          "deploy.schedule.expression: expected an expression of EventBridge Scheduler, such as cron(0 2 * * ? *) or rate(1 day)",
          "deploy.schedule.timeZone: expected the name of a time zone, such as Europe/Berlin",
          "deploy.authorization: expected cognito, oidc or iam",
          "deploy.alerts.emails[0]: expected an e-mail address",
          "deploy.alerts.https[0]: expected an address that begins with https://",
          "deploy.alarms.coveragePercent: expected a percentage from 0 to 100",
          "deploy.alarms.runCostUsd: expected an amount of USD, zero or more",
          "deploy.alarms.lateHours: expected a whole number of hours from 1 to 168",
          'deploy.microScans.regions[0]: there is no region "eu-west-9". Did you mean eu-west-1?',
          "deploy.microScans.gatherSeconds: expected a whole number of seconds from 0 to 300",
          "deploy.organizationalUnits[0]: expected the id of an organizational unit, such as ou-ab12-34567890, or of the root, such as r-ab12",
          "deploy.runtime: expected none, agentcore, agentcore-zip or fargate"
        ]
      )
      assert.deepStrictEqual(yield* mistakes({ deploy: { runtime: "fargate" } }), [
        "deploy: needs image: the runtime starts a container"
      ])
      assert.deepStrictEqual(yield* mistakes({ deploy: { runtime: "fargate", image: "a" } }), [
        "deploy: needs certificateArn: the load balancer answers HTTPS only"
      ])
      assert.deepStrictEqual(yield* mistakes({ deploy: { authorization: "oidc" } }), [
        "deploy.authorization: oidc needs mcp.issuer"
      ])
    })
  )

  it.effect("says who may be let in over HTTP", () =>
    Effect.gen(function* () {
      const issuer = (value: object) => mistakes({ mcp: { issuer: value } })
      const url = "https://login.example.com"
      const audience = ["nightaudit"]
      assert.deepStrictEqual(yield* issuer({ url }), [
        "mcp.issuer: needs audience or clientIds: without one, a token that was made for any other application would do"
      ])
      assert.deepStrictEqual(yield* issuer({ url, audience: [], clientIds: [""] }), [
        "mcp.issuer.audience: expected at least one audience",
        "mcp.issuer.clientIds[0]: expected the id of a client"
      ])
      for (const other of [
        "http://login.example.com",
        "http://localhost.example.com",
        "login.example.com",
        `${url}?a=1`
      ])
        assert.deepStrictEqual(yield* issuer({ url: other, audience }), [
          "mcp.issuer.url: expected the URL of an issuer, such as https://login.example.com/tenant; http only on this machine"
        ])
      for (const own of ["http://127.0.0.1:8080", "http://localhost/realms/a", "http://[::1]:1"])
        yield* decode({ mcp: { issuer: { url: own, audience } } })
      assert.deepStrictEqual(
        yield* mistakes({
          mcp: {
            toolset: ["core"],
            toolsets: [],
            hosts: ["https://a.example.com", "a.example.com:80"],
            origins: ["*"],
            freshnessHours: -1,
            liveBudgetSeconds: 601,
            apiKeys: [{ name: "", sha256: "ABCD", accounts: [] }, {}]
          }
        }),
        [
          "mcp.toolset: is not known. Did you mean toolsets?",
          "mcp.toolsets: expected a list of toolsets: all, core, categories",
          "mcp.freshnessHours: expected a number of hours, zero or more",
          "mcp.liveBudgetSeconds: expected a number of seconds from 0 to 600",
          "mcp.hosts[0]: expected the name of a host in lower case and without port, such as mcp.example.com, or *",
          "mcp.hosts[1]: expected the name of a host in lower case and without port, such as mcp.example.com, or *",
          "mcp.origins[0]: expected the host name of a page in lower case and without port, such as chat.example.com",
          "mcp.apiKeys[0].name: expected a name",
          "mcp.apiKeys[0].sha256: expected the SHA-256 of a key: 64 hexadecimal digits in lower case",
          "mcp.apiKeys[0].accounts: expected at least one account id",
          "mcp.apiKeys[1].name: is missing",
          "mcp.apiKeys[1].sha256: is missing"
        ]
      )
    })
  )

  it("knows the regions that have prices, and China", () => {
    assert.includeMembers([...knownRegions], ["eu-west-1", "us-gov-west-1", "cn-north-1"])
    assert.strictEqual(new Set(knownRegions).size, knownRegions.length)
  })
})
