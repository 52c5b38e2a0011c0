/** `npm run new-dataset <service> <list>`: writes the file of a service's datasets and its test. */
import { existsSync } from "node:fs"
import { fail, root, writeNew } from "./scaffold.ts"

const [service = "", list = ""] = process.argv.slice(2)

if (service === "" || list === "") fail("usage: npm run new-dataset <service> <list>, such as: new-dataset sns topics")
for (const name of [service, list]) {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) fail(`${name}: a service and a list are written in camelCase`)
}

const dataset = `/** What is read from ${service}. */
import { EC2Client, DescribeVolumesCommand } from "@aws-sdk/client-ec2"
import { required } from "../../core/aws/Aws.ts"
import { listOperation } from "../../core/aws/operation.ts"
import { listOf } from "../engine/Dataset.ts"
import { billedBy, resourceKind } from "../engine/ResourceKind.ts"

// Rewrite: the client and command, the IAM action, the field that has the list, the largest page that AWS allows.
const list = listOperation(EC2Client, DescribeVolumesCommand, "ec2:DescribeVolumes", "Volumes", {
  paging: { size: ["MaxResults", 500], input: "NextToken", output: "NextToken" }
})

export interface Item {
  readonly arn: string
  readonly id: string
}

const kind = resourceKind<Item>({ type: "${service}:rewrite-me", service: billedBy.nothing, id: ({ id }) => id })

/** All ${list}, 500 a page. */
export const ${list} = listOf(
  "${service}.${list}",
  "regional",
  list,
  {},
  (volumes) =>
    volumes.map(({ VolumeId }): Item => {
      const id = required(VolumeId, "Volumes[].VolumeId")
      return { arn: id, id }
    }),
  { kind }
)
`

const test = `import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ${service} from "../../../datasets/aws/${service}.ts"
import { paged, readDataset, valueOf } from "../harness.ts"

describe("${service}.${list}", () => {
  it.effect("reads 501 of them in two calls", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 501 }, (_, index) => ({ VolumeId: \`vol-\${index}\` }))
      const { calls, read } = yield* readDataset(${service}.${list}, {
        "ec2:DescribeVolumes": paged(items, "Volumes", { size: "MaxResults" })
      })
      assert.lengthOf(valueOf(read), 501)
      assert.deepStrictEqual(calls, { "ec2:DescribeVolumes": 2 })
    })
  )

  it("is written", () => {
    assert.notInclude(${service}.${list}.kind?.resourceOf({ arn: "", id: "" }).type, "rewrite-me", "describe the kind first")
  })
})
`

// A service has one file: another list of it is another export there.
if (existsSync(new URL(`datasets/aws/${service}.ts`, root)))
  fail(`datasets/aws/${service}.ts exists already: export ${list} from it`)

writeNew({ [`datasets/aws/${service}.ts`]: dataset, [`test/datasets/aws/${service}.test.ts`]: test })
console.log(`datasets/aws/${service}.ts and its test are there. The test fails until they are written.`)
