/**
 * Plans `sst.config.ts` without an account or a network: SST's own components run under Pulumi's mocks, and every AWS resource that
 * they would create is listed, the same at every run. `--stage`, `--format json`, `--config <folder>` for another configuration.
 */
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { basename, join, resolve } from "node:path"
import { plannedAddress } from "../core/alerts/webhookAddresses.ts"
import { configuration } from "../stacks/configuration.ts"
import { stageMistake } from "../stacks/stages.ts"
import { lineOf, optionsOf } from "./options.ts"
import { fail } from "./scaffold.ts"

export interface PlannedResource {
  /** `aws:lambda/function:Function` */
  readonly type: string
  readonly name: string
  readonly inputs: Readonly<Record<string, any>>
}

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "")
const platform = join(root, ".sst/platform")

/** Whether a folder has SST's components of that version, and the providers that they are made of. */
export const isInstalled = (folder: string, version: string): boolean =>
  existsSync(join(folder, "node_modules/@pulumi/aws/package.json")) &&
  existsSync(join(folder, "version")) &&
  readFileSync(join(folder, "version"), "utf8").trim() === version

/** Unpacks SST's components and the providers that they are made of, from npm, once for each version of SST. */
const install = (): void => {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/sst/package.json"), "utf8"))
  if (isInstalled(platform, version)) return
  process.stderr.write(`Installing the components of SST ${version}; this takes a minute, once.\n`)
  const env = { ...process.env, SST_SKIP_DEPENDENCY_CHECK: "1", SST_NO_BUN: "1", SST_TELEMETRY_DISABLED: "1" }
  const { status, stderr, stdout } = spawnSync("sst", ["install", "--stage", "plan"], {
    cwd: root,
    env,
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`sst install did not succeed: ${stdout}${stderr}`)
  if (!isInstalled(platform, version)) {
    throw new Error(`sst install left ${platform} without the components of SST ${version}: remove it and plan again`)
  }
}

// SST asks its own command line to bundle a handler, which is not there; a plan needs only the name.
const answerBundles = async () => {
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => (body += chunk))
    request.on("end", () => {
      const { method, params } = JSON.parse(body)
      const result =
        method === "Runtime.Build"
          ? { out: join(root, "functions"), handler: basename(params[0].handler), sourcemaps: [], errors: [] }
          : {}
      response.setHeader("content-type", "application/json").end(JSON.stringify({ result }))
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  return server
}

/** What AWS would work out, and what SST or our stacks read of it. Names and ARNs are as AWS makes them. */
const mocks = `
  import * as pulumi from "@pulumi/pulumi"
  import nodeCrypto from "node:crypto"
  // SST adds random letters to physical names.
  nodeCrypto.randomBytes = (size) => Buffer.alloc(size)
  export const resources = []
  const account = "123456789012"
  const home = "us-east-1"
  const arn = (service, rest, region = home, owner = account) => ["arn:aws", service, region, owner, rest].join(":")
  const arnOf = ({ type, name, inputs }) => {
    const own = inputs.name ?? inputs.bucket ?? name
    switch (type) {
      case "aws:dynamodb/table:Table": return arn("dynamodb", "table/" + own)
      case "aws:lambda/function:Function": return arn("lambda", "function:" + own)
      case "aws:lambda/alias:Alias": return arn("lambda", "function:" + inputs.functionName + ":" + own)
      case "aws:sfn/stateMachine:StateMachine": return arn("states", "stateMachine:" + own)
      case "aws:sqs/queue:Queue": return arn("sqs", own)
      case "aws:sns/topic:Topic": return arn("sns", own)
      case "aws:iam/role:Role": return arn("iam", "role" + (inputs.path ?? "/") + own, "")
      case "aws:iam/policy:Policy": return arn("iam", "policy" + (inputs.path ?? "/") + own, "")
      case "aws:s3/bucket:Bucket": case "aws:s3/bucketV2:BucketV2": return arn("s3", own, "", "")
      case "aws:cloudwatch/logGroup:LogGroup": return arn("logs", "log-group:" + own)
      case "aws:cloudwatch/eventBus:EventBus": return arn("events", "event-bus/" + own)
      case "aws:cloudwatch/eventRule:EventRule": return arn("events", "rule/" + (inputs.eventBusName ?? "default") + "/" + own)
      case "aws:kms/key:Key": return arn("kms", "key/" + name)
      default: return arn(type.split(":")[1].split("/")[0], own)
    }
  }
  const one = (list) => (list?.length === 1 ? list[0] : list)
  const principals = (list) =>
    list.some(({ type }) => type === "*")
      ? "*"
      : Object.fromEntries([...Map.groupBy(list, ({ type }) => type)].map(([type, some]) => [type, one(some.flatMap(({ identifiers }) => identifiers))]))
  const conditions = (list) =>
    Object.fromEntries([...Map.groupBy(list, ({ test }) => test)].map(([test, some]) => [test, Object.fromEntries(some.map(({ values, variable }) => [variable, one(values)]))]))
  const policyDocument = ({ version, statements }) => ({
    Version: version ?? "2012-10-17",
    Statement: (statements ?? []).map((statement) => ({
      ...(statement.sid ? { Sid: statement.sid } : {}),
      Effect: statement.effect ?? "Allow",
      ...(statement.actions ? { Action: one(statement.actions) } : {}),
      ...(statement.notActions ? { NotAction: one(statement.notActions) } : {}),
      ...(statement.resources ? { Resource: one(statement.resources) } : {}),
      ...(statement.principals?.length ? { Principal: principals(statement.principals) } : {}),
      ...(statement.conditions?.length ? { Condition: conditions(statement.conditions) } : {})
    }))
  })
  const computed = {
    "aws:lambda/functionUrl:FunctionUrl": ({ name }) => ({ functionUrl: "https://" + name.toLowerCase() + ".lambda-url." + home + ".on.aws/" }),
    "aws:lambda/function:Function": ({ inputs, name }) => ({ version: "1", qualifiedArn: arn("lambda", "function:" + (inputs.name ?? name) + ":1") }),
    "aws:bedrock/agentcoreGateway:AgentcoreGateway": ({ name }) => ({ gatewayId: name.toLowerCase() + "-abc1234567", gatewayArn: arn("bedrock-agentcore", "gateway/x"), gatewayUrl: "https://x.gateway.bedrock-agentcore." + home + ".amazonaws.com/mcp" }),
    "aws:s3/bucketV2:BucketV2": ({ name }) => ({ bucket: name.toLowerCase() }),
    "aws:sqs/queue:Queue": ({ inputs, name }) => ({ url: "https://sqs." + home + ".amazonaws.com/" + account + "/" + (inputs.name ?? name) })
  }
  pulumi.runtime.setMocks({
    newResource: (resource) => {
      if (resource.type.startsWith("aws:")) resources.push({ type: resource.type, name: resource.name, inputs: resource.inputs })
      return { id: resource.name + "-id", state: { arn: arnOf(resource), name: resource.name, ...computed[resource.type]?.(resource), ...resource.inputs } }
    },
    call: ({ inputs, token }) => {
      switch (token) {
        case "aws:index/getCallerIdentity:getCallerIdentity": return { accountId: account }
        case "aws:index/getRegion:getRegion": return { name: home, region: home }
        case "aws:index/getPartition:getPartition": return { partition: "aws", dnsSuffix: "amazonaws.com" }
        case "aws:index/getAvailabilityZones:getAvailabilityZones": return { names: ["a", "b", "c"].map((zone) => home + zone), zoneIds: ["use1-az1", "use1-az2", "use1-az3"] }
        case "aws:organizations/getOrganization:getOrganization": return { id: "o-exampleorg1" }
        // SST writes the policies of roles and buckets through this call. AWS refuses one without statements.
        case "aws:iam/getPolicyDocument:getPolicyDocument":
          return { ...inputs, statements: inputs.statements?.length ? inputs.statements : undefined, json: JSON.stringify(policyDocument(inputs)) }
        default: return inputs
      }
    }
  }, "nightaudit", "plan", false)
`

/** Every resource of a stage, sorted by type and name: they register in any order. `folder` has the configuration file. */
export const plan = async (stage: string, folder = root): Promise<ReadonlyArray<PlannedResource>> => {
  const { config } = await configuration(folder, stage)
  // In this process, whose environment the stacks read.
  for (const { urlVariable } of config.alerts.webhooks) process.env[urlVariable] = plannedAddress(urlVariable)
  install()
  const server = await answerBundles()
  process.env["SST_SERVER"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const isProduction = stage === "production"
  const app = {
    name: "nightaudit",
    stage,
    home: "aws",
    removal: isProduction ? "retain" : "remove",
    protect: isProduction,
    providers: { aws: { region: "us-east-1" } }
  }
  const work = join(root, ".sst")
  const paths = { home: "/home", root: folder, work, platform }
  const cli = { command: "deploy", dev: false, paths, state: { version: {} }, env: {} }
  const made = mkdtempSync(join(platform, "plan-"))
  const outfile = join(made, "plan.mjs")
  try {
    await build({
      stdin: {
        sourcefile: "plan.ts",
        resolveDir: root,
        loader: "ts",
        contents: `${mocks}
          const { run } = await import("${platform}/src/auto/run.ts")
          const { default: config } = await import("${root}/sst.config.ts")
          await pulumi.runtime.runInPulumiStack(() => run(config.run))
          await pulumi.runtime.waitForRPCs()`
      },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      mainFields: ["module", "main"],
      nodePaths: [join(platform, "node_modules")],
      define: { $app: JSON.stringify(app), $cli: JSON.stringify(cli), $dev: "false" },
      inject: [join(platform, "src/shim/run.js")],
      keepNames: true,
      external: [
        "@pulumi/*",
        "@pulumiverse/*",
        "@cloudflare/*",
        "@smithy/*",
        "@aws-sdk/*",
        "acorn",
        "archiver",
        "esbuild",
        "glob",
        "prettier",
        "typescript",
        "undici",
        "unenv",
        "vite"
      ],
      banner: {
        js: `import { createRequire as makeRequire } from "module"; const require = makeRequire(import.meta.url);
import { fileURLToPath as asPath } from "url"; const __filename = asPath(import.meta.url); const __dirname = asPath(new URL(".", import.meta.url));`
      },
      plugins: [
        {
          // SST gives every file of the application these two.
          name: "globals",
          setup: (bundler) =>
            bundler.onLoad({ filter: /\.ts$/ }, ({ path }) =>
              path.startsWith(work) || path.includes("node_modules")
                ? undefined
                : {
                    contents: `import * as aws from "@pulumi/aws";\nimport * as sst from "${platform}/src/components";\n${readFileSync(path, "utf8")}`,
                    loader: "ts"
                  }
            )
        }
      ],
      logLevel: "error"
    })
    const { resources }: { readonly resources: Array<PlannedResource> } = await import(outfile)
    return resources.sort((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name))
  } finally {
    rmSync(made, { recursive: true, force: true })
    server.close()
  }
}

if (import.meta.main) {
  const { config, format, stage } = optionsOf({
    stage: { type: "string", default: "production" },
    format: { type: "string", default: "table" },
    config: { type: "string", default: root }
  })
  if (format !== "table" && format !== "json") fail(`--format: expected table or json, not ${JSON.stringify(format)}`)
  const mistake = stageMistake(stage)
  if (mistake !== undefined) fail(`--stage: ${mistake}`)
  const folder = resolve(config)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    fail(`--config: ${config} is no folder; expected the one that has nightaudit.config.json`)
  await configuration(folder, stage).catch((error: unknown) =>
    fail(error instanceof Error ? error.message : String(error))
  )
  const resources = await plan(stage, folder).catch((error: unknown) => {
    console.error(`The stage ${stage} could not be planned: ${lineOf(error)}`)
    return process.exit(1)
  })
  const table = resources.map(({ name, type }) => `${type.padEnd(60)} ${name}`)
  const printed =
    format === "json"
      ? JSON.stringify(resources, null, 1)
      : [...table, `${resources.length} resources of the stage ${stage}.`].join("\n")
  // Pulumi keeps handles open. A pipe whose reader is slow has all of it only once this is called.
  process.stdout.write(`${printed}\n`, () => process.exit(0))
}
