/** What is left out and whose things are, from the configuration file to what the command prints, over an organisation on loopback. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { keys } from "../core/aws/environment.ts"
import { noDatapoints, serve, xml } from "../core/aws/loopback.ts"
import { given, identity, isAssumeRole } from "../core/aws/sts.ts"
import { nightaudit, temporaryFolder } from "./command.ts"

const payer = "111111111111"
const shop = "333333333333"

const volume = (id: string, tags: Readonly<Record<string, string>>) =>
  `<item><volumeId>${id}</volumeId><size>100</size><status>available</status><createTime>2026-01-01T00:00:00.000Z</createTime><volumeType>gp3</volumeType><attachmentSet/><tagSet>${Object.entries(
    tags
  )
    .map(([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`)
    .join("")}</tagSet></item>`

const volumes: Readonly<Record<string, string>> = {
  [payer]: volume("vol-payer", { Owner: "ops", squad: "" }),
  [shop]: [
    volume("vol-kept", { squad: "cart", Owner: "ann", env: "production" }),
    volume("vol-lab", { env: "sandbox" }),
    volume("vol-hold", { "finops:ignore": "" })
  ].join("")
}

const account = (Id: string) => ({ Id, Name: `account ${Id}`, Status: "ACTIVE" })

/** The organisation: the payer and a shop at its root, and two accounts in a unit and a unit below that. */
const organization = (operation: string, { ParentId }: { readonly ParentId?: string }): object => {
  const below: Readonly<Record<string, ReadonlyArray<string>>> = {
    "ou-ab12-11111111": ["222222222222"],
    "ou-ab12-22222222": ["444444444444"]
  }
  switch (operation) {
    case "DescribeOrganization":
      return { Organization: { MasterAccountId: payer } }
    case "ListAccounts":
      return { Accounts: [payer, shop, "222222222222", "444444444444"].map(account) }
    case "ListAccountsForParent":
      return { Accounts: (below[ParentId ?? ""] ?? []).map(account) }
    default:
      return { OrganizationalUnits: ParentId === "ou-ab12-11111111" ? [{ Id: "ou-ab12-22222222" }] : [] }
  }
}

const config = {
  accounts: { organization: true, excludeOrganizationalUnits: ["ou-ab12-11111111"] },
  regions: { include: ["eu-west-1"] },
  scans: { include: ["find_unused_volumes"] },
  suppressTags: { env: ["sandbox", "lab"] },
  ownerTagKeys: ["squad", "Owner"]
}

describe("scan, as the configuration says", () => {
  it.effect("enters no account of a unit that is left out, keeps nothing that is tagged so, and names owners", () =>
    Effect.gen(function* () {
      const entered: Array<string> = []
      const endpoint = yield* serve((body, request, response) => {
        const target = String(request.headers["x-amz-target"] ?? "")
        if (target.startsWith("AWSOrganizations")) {
          response.writeHead(200, { "content-type": "application/x-amz-json-1.1" })
          return response.end(JSON.stringify(organization(target.split(".")[1] ?? "", JSON.parse(body))))
        }
        if (body.startsWith("{")) return noDatapoints(response, body)
        const form = new URLSearchParams(body)
        if (isAssumeRole(form)) {
          const own = form.get("RoleArn")?.split(":")[4] ?? ""
          entered.push(own)
          return xml(response, given(`ASIA${own}`))
        }
        const caller = /Credential=ASIA(\d{12})/.exec(request.headers.authorization ?? "")?.[1] ?? payer
        const answers: Readonly<Record<string, string>> = {
          GetCallerIdentity: identity,
          DescribeRegions:
            "<R><regionInfo><item><regionName>eu-west-1</regionName></item><item><regionName>us-east-1</regionName></item></regionInfo></R>",
          DescribeVolumes: `<R><volumeSet>${volumes[caller] ?? ""}</volumeSet></R>`,
          DescribeInstances: "<R><reservationSet/></R>",
          DescribeSnapshots: "<R><snapshotSet/></R>"
        }
        return xml(response, answers[form.get("Action") ?? ""] ?? "<R/>")
      })
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "nightaudit.config.json"), JSON.stringify(config))
      const env = { ...keys, AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: endpoint }
      const { code, stderr, stdout } = yield* nightaudit(folder, ["scan", "--format", "json"], { env })
      assert.strictEqual(code, 0, stderr)
      const { findings, outcomes, run } = JSON.parse(stdout)
      assert.deepStrictEqual(
        findings.map(({ account, resource }: any) => [account, resource.id, resource.owner]).sort(),
        [
          [payer, "vol-payer", "ops"],
          [shop, "vol-kept", "cart"]
        ]
      )
      assert.deepStrictEqual(run.plan.accounts.map(({ id }: any) => id).sort(), [payer, shop])
      assert.deepStrictEqual([...new Set(entered)], [shop])
      const suppressed = outcomes.reduce((sum: number, { counters }: any) => sum + counters.suppressed, 0)
      assert.strictEqual(suppressed, 2)
    }).pipe(Effect.scoped)
  )
})
