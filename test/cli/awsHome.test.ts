/** Where the home region comes from, and what follows from it. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { configured, folder as temporary } from "../core/aws/environment.ts"
import { noDatapoints, serve, xml } from "../core/aws/loopback.ts"
import { nightaudit } from "./command.ts"

const config = `
[default]
region = eu-north-1
[profile gov]
region = us-gov-west-1
aws_access_key_id = AKIAGOV
aws_secret_access_key = s
[profile china]
region = cn-north-1
aws_access_key_id = AKIACHINA
aws_secret_access_key = s
[profile plain]
output = json
`

/** The partition in the scanner's policy, in a folder with those AWS profiles. */
const partitionOf = (env: Readonly<Record<string, string>>, file?: object) =>
  Effect.gen(function* () {
    const folder = yield* temporary
    if (file !== undefined) writeFileSync(join(folder, "nightaudit.config.json"), JSON.stringify(file))
    const { stdout } = yield* nightaudit(folder, ["policy", "--scanner"], {
      env: { ...configured(folder, config), ...env }
    })
    return String(JSON.parse(stdout).Statement[0].Resource).split(":")[1]
  }).pipe(Effect.scoped)

describe("the home region", () => {
  it.effect("is the environment's, then the configuration's, then the profile's, then us-east-1", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* partitionOf({ AWS_PROFILE: "gov" }), "aws-us-gov")
      assert.strictEqual(yield* partitionOf({}, { profile: "china" }), "aws-cn")
      assert.strictEqual(yield* partitionOf({ AWS_PROFILE: "gov" }, { homeRegion: "cn-north-1" }), "aws-cn")
      assert.strictEqual(
        yield* partitionOf({ AWS_PROFILE: "gov", AWS_REGION: "eu-west-1" }, { homeRegion: "cn-north-1" }),
        "aws"
      )
      assert.strictEqual(yield* partitionOf({ AWS_PROFILE: "plain" }), "aws")
    })
  )

  it.effect("is refused where its partition is not known", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      for (const region of ["eusc-de-east-1", "us-iso-east-1", "eu-west"]) {
        for (const command of [["policy", "--scanner"], ["doctor"], ["scan"]]) {
          const { code, stderr, stdout } = yield* nightaudit(folder, command, {
            env: { ...configured(folder, config), AWS_REGION: region }
          })
          assert.deepStrictEqual(
            [code, stdout, stderr.trim()],
            [
              2,
              "",
              `The home region ${region}, of AWS_REGION, the configuration or the AWS profile, is in no partition that Night Audit knows: commercial, GovCloud or China.`
            ]
          )
        }
      }
      // A region of a partition that is known may be newer than this version.
      assert.strictEqual(yield* partitionOf({ AWS_REGION: "eu-north-7" }), "aws")
    }).pipe(Effect.scoped)
  )

  it.effect("is where STS is asked, with the profile's partition in every ARN and document", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const scopes: Array<string | undefined> = []
      const roles: Array<string | null> = []
      const endpoint = yield* serve((body, request, response) => {
        const form = new URLSearchParams(body)
        scopes.push(
          /Credential=\S+/
            .exec(request.headers.authorization ?? "")?.[0]
            .split("/")
            .slice(2, 4)
            .join(" ")
        )
        if (form.get("Action") === "AssumeRole") roles.push(form.get("RoleArn"))
        xml(
          response,
          form.get("Action") === "GetCallerIdentity"
            ? "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account><Arn>arn:aws-us-gov:iam::111111111111:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
            : "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
          form.get("Action") === "GetCallerIdentity" ? 200 : 403
        )
      })
      const env = { ...configured(folder, config), AWS_PROFILE: "gov", AWS_ENDPOINT_URL: endpoint }
      yield* nightaudit(folder, ["scan", "--accounts", "222222222222", "--scans", "find_unused_volumes"], { env })
      assert.deepStrictEqual([...new Set(scopes)], ["us-gov-west-1 sts"])
      assert.deepStrictEqual([...new Set(roles)], ["arn:aws-us-gov:iam::222222222222:role/nightaudit/scanner"])
      const trust = yield* nightaudit(folder, ["policy", "--trust", "111111111111"], { env })
      assert.strictEqual(JSON.parse(trust.stdout).Statement[0].Principal.AWS, "arn:aws-us-gov:iam::111111111111:root")
    }).pipe(Effect.scoped)
  )

  it.effect("decides the partition of what is found", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const answers: Readonly<Record<string, string>> = {
        GetCallerIdentity:
          "<R><GetCallerIdentityResult><Account>111111111111</Account><Arn>arn:aws-cn:iam::111111111111:user/me</Arn></GetCallerIdentityResult></R>",
        DescribeRegions: "<R><regionInfo><item><regionName>cn-north-1</regionName></item></regionInfo></R>",
        DescribeVolumes:
          "<R><volumeSet><item><volumeId>vol-1</volumeId><size>100</size><status>available</status><createTime>2026-01-01T00:00:00.000Z</createTime><volumeType>gp3</volumeType><attachmentSet/></item></volumeSet></R>",
        DescribeInstances: "<R><reservationSet/></R>",
        DescribeSnapshots: "<R><snapshotSet/></R>"
      }
      const endpoint = yield* serve((body, _request, response) =>
        body.startsWith("{")
          ? noDatapoints(response, body)
          : xml(response, answers[new URLSearchParams(body).get("Action") ?? ""] ?? "<R/>")
      )
      const { stdout } = yield* nightaudit(folder, ["scan", "--scans", "find_unused_volumes", "--format", "json"], {
        env: {
          ...configured(folder, config),
          AWS_PROFILE: "china",
          AWS_ENDPOINT_URL: endpoint
        }
      })
      assert.strictEqual(
        JSON.parse(stdout).findings[0]?.resource.arn,
        "arn:aws-cn:ec2:cn-north-1:111111111111:volume/vol-1"
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a bundle or proxy that cannot be used is one line and exit code 2", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const { code, stderr } = yield* nightaudit(folder, ["scan"], {
        env: { ...configured(folder, config), AWS_CA_BUNDLE: join(folder, "nowhere.pem") }
      })
      assert.strictEqual(stderr, `AWS_CA_BUNDLE: ${folder}/nowhere.pem: there is no such file\n`)
      assert.strictEqual(code, 2)
    }).pipe(Effect.scoped)
  )
})
