/** What each function's bundle calls in its own name, against what its planned role allows: neither more nor less. */
import { readFileSync } from "node:fs"
import type { Metafile } from "esbuild"
import { assert, describe, it } from "vitest"
import { wholeCatalogue as catalogue } from "../../audit/reads.ts"
import policies from "../../audit/policies.json" with { type: "json" }
import {
  entering,
  keyActions,
  queueActions,
  rememberingStarts,
  tableActions,
  tracingActions
} from "../../stacks/permissions.ts"
import { stepNames } from "../../workflows/nightly.ts"
import { listed, type Planned, plannedStage } from "../stacks/planned.ts"
import { bundle, hasEntry } from "./bundle.ts"

/** The IAM prefixes of the clients whose names are others. */
const prefixes: Readonly<Record<string, string>> = { sfn: "states", eventbridge: "events" }

/** Operations whose actions have other names. */
const actions: Readonly<Record<string, string>> = { "lambda:Invoke": "lambda:InvokeFunction" }

/** What is in bundles and needs no permission of the role's own. */
const unneeded: Readonly<Record<string, string>> = {
  "s3:CreateSession": "the client has it for directory buckets, of which no scan reads any",
  "sso:GetRoleCredentials": "the chain of credentials has it for people; a function has its own",
  "sts:GetCallerIdentity": "AWS lets everybody ask who they are",
  "dynamodb:DescribeEndpoints": "the scans' client has it for endpoint discovery, which DynamoDB's is not made with"
}

/** What a bundle has and its role is not to do. */
const withheld: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Anybody may call it, and one record says where a link leads.
  openReport: Object.fromEntries(
    tableActions
      .filter((action) => action !== "dynamodb:GetItem")
      .map((action) => [action, "comes with the store; a link is one record"])
  ),
  // It looks up which accounts the newest night was planned for, and keeps which events it has started a micro-scan by.
  microScan: Object.fromEntries(
    tableActions
      .filter((action) => !["dynamodb:Query", ...rememberingStarts.actions].includes(action))
      .map((action) => [action, "comes with the store; what is looked up is a list of runs, and one record at a time"])
  ),
  plan: { "sts:AssumeRole": "comes with the credentials of all steps that call AWS; planning enters no account" }
}

/** What a role has beside what its bundle calls: AWS does it in the role's name. */
const onBehalf: Readonly<Record<string, ReadonlyArray<string>>> = {
  // SNS encrypts what is published to a topic with a key.
  notify: keyActions,
  // Lambda reads the queue that feeds the function.
  microScan: queueActions
}

const readerActions = new Set(
  policies.reader.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => listed(Action)))
)
/** What scans read in accounts, by the operation's name, which is not always the action's. */
const readByScans = new Map(
  catalogue.flatMap(({ operations }) =>
    operations.map(({ action, operation }) => [operation.split(":")[1] ?? "", action] as const)
  )
)

/** Clients that the chain of credentials brings along; a function's credentials are in its environment. */
const ofCredentials = /\/nested-clients\//

/** The operations of `OwnCalls` that a file declares. */
const declared =
  /jsonOperation<[^(]*>\(\s*"(\w+)",\s*"(\w+)"|service: "(\w+)",\s*name: "(\w+)"|= operation<[^(]*>\(\s*"(\w+)"/g

/** The operations that reached the bundle, as `client:Operation`: commands of the SDK, and those that are called without its clients. */
const operationsOf = ({ outputs }: Metafile): ReadonlyArray<readonly [client: string, operation: string]> =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => {
      if (ofCredentials.test(path) || bytesInOutput === 0) return []
      if (path.startsWith("core/aws/") || path.startsWith("core/store/dynamo/")) {
        const text = readFileSync(path, "utf8")
        return [...text.matchAll(declared)].map(
          ([, json, jsonName, other, otherName, table]) =>
            [json ?? other ?? "dynamodb", jsonName ?? otherName ?? table ?? ""] as const
        )
      }
      const [, client, operation] = /^.*\/client-([a-z0-9-]+)\/.*\/commands\/(\w+)Command\.js$/.exec(path) ?? []
      return client === undefined || operation === undefined ? [] : [[client, operation] as const]
    })
  )

/** The actions that a bundle's operations need of the function's own role. */
const ownActions = async (name: string): Promise<ReadonlySet<string>> => {
  const enters = (entering as ReadonlyArray<string>).includes(name)
  const own = new Set<string>()
  for (const [client, operation] of operationsOf((await bundle(name)).metafile)) {
    const key = `${prefixes[client] ?? client}:${operation}`
    const read = readByScans.get(operation) ?? key
    // In accounts, with the session of the reader's role there.
    if (enters && readerActions.has(read)) continue
    if (unneeded[key] === undefined) own.add(actions[key] ?? key)
  }
  return own
}

const roleOf = (plan: Planned, name: string): ReadonlyArray<string> => {
  const [found] = plan.of("Function").filter(({ inputs }) => inputs["handler"] === `${name}.handler`)
  const role = found?.name.replace(/Function$/, "Role") ?? ""
  return plan.statements(role).flatMap(({ Action }) => listed(Action))
}

const sorted = (values: Iterable<string>) => [...new Set(values)].sort()

describe("a planned role", () => {
  const plan = plannedStage("production", {
    prices: "price-list",
    deploy: { microScans: { regions: ["us-east-1"] } }
  })
  const names = plan
    .of("Function")
    .map(({ inputs }) => inputs["handler"].replace(".handler", ""))
    .filter(hasEntry)

  it("is there for every step", () => assert.includeMembers(names, [...stepNames]))

  for (const name of names) {
    it(`of ${name} allows what its bundle calls, and nothing else`, async () => {
      const called = await ownActions(name)
      const kept = Object.keys(withheld[name] ?? {})
      // A reason for something that is not there any more is none.
      for (const action of kept) assert.isTrue(called.has(action), action)
      assert.deepStrictEqual(
        sorted(roleOf(plan, name)),
        sorted([
          ...[...called].filter((action) => !kept.includes(action)),
          ...tracingActions,
          ...(onBehalf[name] ?? [])
        ])
      )
    })
  }

  it("allows every step the table: the derived actions are not empty", async () => {
    for (const name of stepNames) assert.includeMembers([...(await ownActions(name))], tableActions, name)
    assert.includeMembers([...(await ownActions("plan"))], policies.planning)
    assert.include([...(await ownActions("scan"))], "sts:AssumeRole")
  })

  it("of scan may ask for prices only where they come from the price list", () => {
    assert.include(roleOf(plan, "scan"), policies.priceList)
    assert.notInclude(roleOf(plannedStage("production"), "scan"), policies.priceList)
  })
})

describe("a bundle", () => {
  it("has nothing of the sample estate, unless it is made for the emulator", async () => {
    const sampleFiles = ({ inputs }: Metafile) => Object.keys(inputs).filter((path) => path.startsWith("sample/"))
    for (const name of stepNames) assert.deepStrictEqual(sampleFiles((await bundle(name)).metafile), [], name)
    assert.isNotEmpty(sampleFiles((await bundle("scan", { onSample: true })).metafile))
  })
})
