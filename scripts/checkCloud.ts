/**
 * `npm run check:cloud`: reads what is planned, as it comes and with every option, with the tools that others read such plans with:
 * asl-validator the state machine, parliament every policy, cfn-lint the templates for the members, checkov the whole as a
 * Terraform plan, and zizmor the pipeline that deploys it. What they say fails unless `stacks/acceptedFindings.json` has it with the reason, and so does a reason for what
 * they do not say any more.
 */
import aslValidator from "asl-validator"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import accepted from "../stacks/acceptedFindings.json" with { type: "json" }
import { deployments } from "./deployments.ts"
import type { PlannedResource } from "./plan.ts"
import { terraformPlan } from "./terraformPlan.ts"
import { failAs, installVenv } from "./venv.ts"

const root = new URL("..", import.meta.url).pathname
const fail = failAs("check:cloud")
const programs = installVenv({
  label: "check:cloud",
  what: "parliament, cfn-lint, checkov and zizmor",
  folder: ".venv-cloud/check",
  requirements: "test/cloud/checkers.txt"
})

/** Plans in a process of its own: what Pulumi was told of one plan stays in its process. */
const planned = (stage: string, config: object, folder: string): ReadonlyArray<PlannedResource> => {
  writeFileSync(join(folder, "nightaudit.config.json"), JSON.stringify(config))
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(root, "scripts/plan.ts"), "--stage", stage, "--format", "json", "--config", folder],
    { cwd: root, maxBuffer: 100_000_000, encoding: "utf8" }
  )
  return status === 0 ? JSON.parse(stdout) : fail(`it could not be planned: ${stderr.trim()}`)
}

interface Finding {
  readonly tool: string
  readonly id: string
  /** The resource, or the policy of one. */
  readonly of: string
  readonly message: string
}

/** Runs a tool. One that finds something ends with 1 or, of cfn-lint, a sum of what it found. */
const run = (tool: string, args: ReadonlyArray<string>, folder: string) => {
  const { error, status, stderr, stdout } = spawnSync(join(programs, tool), args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 100_000_000,
    // None of them needs a network, and checkov would look for a newer version of itself.
    env: { PATH: process.env["PATH"], HOME: folder, CHECKOV_RUN_SCA_PACKAGE_SCAN: "false" }
  })
  if (error !== undefined || status === null) fail(`${tool} did not run: ${error?.message ?? stderr.trim()}`)
  if (stdout.trim() === "" && status !== 0) fail(`${tool} ended with ${status}: ${stderr.trim()}`)
  return stdout
}

const text = (document: unknown): string => (typeof document === "string" ? document : JSON.stringify(document))

/** The templates for the members' accounts, by the name of their StackSet. */
const memberTemplates = (resources: ReadonlyArray<PlannedResource>): ReadonlyArray<readonly [string, string]> => {
  const stackSets = resources.filter(({ type }) => type.endsWith(":StackSet"))
  if (stackSets.length === 0) fail("no StackSet is planned")
  return stackSets.map(({ inputs, name }) => [name, inputs["templateBody"]])
}

/** Every planned policy by its name. Trust policies have no resources to check; `test/stacks` says whom they let in. */
const policiesOf = (
  resources: ReadonlyArray<PlannedResource>
): ReadonlyArray<readonly [name: string, policy: string]> => {
  const inAccounts = memberTemplates(resources).flatMap(([stackSet, template]) =>
    Object.entries<any>(JSON.parse(template).Resources).flatMap(([name, { Properties }]) =>
      Properties.PolicyDocument === undefined ? [] : [[`${stackSet}.${name}`, text(Properties.PolicyDocument)] as const]
    )
  )
  return [
    ...inAccounts,
    // What expires in a registry is no policy of IAM.
    ...resources.flatMap(({ inputs, name, type }) => [
      ...(inputs["inlinePolicies"] ?? []).flatMap((inline: { readonly name: string; readonly policy?: unknown }) =>
        inline.policy === undefined ? [] : [[`${name}.${inline.name}`, text(inline.policy)] as const]
      ),
      ...(inputs["policy"] === undefined || type.endsWith(":LifecyclePolicy")
        ? []
        : [[`${name}.policy`, text(inputs["policy"])] as const])
    ])
  ]
}

const aslFindings = (resources: ReadonlyArray<PlannedResource>): ReadonlyArray<Finding> => {
  const machines = resources.filter(({ type }) => type.endsWith(":StateMachine"))
  const found = machines.flatMap(({ inputs, name }) =>
    aslValidator(JSON.parse(inputs["definition"]), { checkArn: true, checkPaths: true }).errors.map((error: any) => ({
      tool: "asl-validator",
      id: String(error["Error code"]),
      of: name,
      message: String(error.Message)
    }))
  )
  console.log(`asl-validator: ${machines.length} state machine, ${found.length} errors`)
  return found
}

const parliamentFindings = (resources: ReadonlyArray<PlannedResource>, folder: string): ReadonlyArray<Finding> => {
  const policies = policiesOf(resources)
  mkdirSync(join(folder, "policies"))
  for (const [name, policy] of policies) writeFileSync(join(folder, "policies", `${name}.json`), policy)
  const lines = run("parliament", ["--directory", "policies", "--json"], folder)
  const found = lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .map(({ detail, issue, location, title }) => ({
      tool: "parliament",
      id: issue,
      of: basename(location.filepath, ".json"),
      message: `${title}: ${JSON.stringify(detail)}`
    }))
  console.log(`parliament: ${policies.length} policies, ${found.length} findings`)
  return found
}

const cfnLintFindings = (resources: ReadonlyArray<PlannedResource>, folder: string): ReadonlyArray<Finding> => {
  const templates = memberTemplates(resources)
  const found = templates.flatMap(([name, template]) => {
    writeFileSync(join(folder, `${name}.json`), template)
    return JSON.parse(run("cfn-lint", ["--format", "json", `${name}.json`], folder)).map((match: any) => ({
      tool: "cfn-lint",
      id: match.Rule.Id,
      of: match.Location.Path?.join("/") ?? "",
      message: match.Message
    }))
  })
  console.log(`cfn-lint: ${templates.length} templates of the members, ${found.length} findings`)
  return found
}

const checkovFindings = (resources: ReadonlyArray<PlannedResource>, folder: string): ReadonlyArray<Finding> => {
  writeFileSync(join(folder, "plan.json"), JSON.stringify(terraformPlan(resources)))
  const options = ["--framework", "terraform_plan", "--compact", "--quiet", "--skip-download", "--output", "json"]
  const { results, summary } = JSON.parse(run("checkov", ["-f", "plan.json", ...options], folder))
  const { failed, parsing_errors, passed, resource_count } = summary
  if (resource_count !== resources.length || parsing_errors > 0) {
    fail(`checkov read ${resource_count} of ${resources.length} resources`)
  }
  console.log(`checkov: ${resource_count} resources, passed checks: ${passed}, failed checks: ${failed}`)
  return results.failed_checks.map((check: any) => ({
    tool: "checkov",
    id: check.check_id,
    of: check.resource,
    message: check.check_name
  }))
}

/** What somebody could do to the pipeline who opens a pull request, or who may set its variables. */
const zizmorFindings = (): ReadonlyArray<Finding> => {
  const found = JSON.parse(
    run("zizmor", ["--offline", "--no-progress", "--format", "json", ".github/workflows"], root)
  ).map(({ desc, ident, locations: [{ concrete, symbolic }] }: any) => ({
    tool: "zizmor",
    id: ident,
    of: `${symbolic.key.Local.verbatim_path}:${concrete.location.start_point.row + 1}`,
    message: desc
  }))
  console.log(`zizmor: the pipeline, ${found.length} findings`)
  return found
}

const found = new Map<string, Finding>()
for (const finding of zizmorFindings()) found.set(`${finding.id} ${finding.of}`, finding)
for (const [name, { config, stage }] of Object.entries(deployments)) {
  console.log(`\n${name}`)
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-check-"))
  try {
    const resources = planned(stage, config, folder)
    for (const finding of [
      ...aslFindings(resources),
      ...parliamentFindings(resources, folder),
      ...cfnLintFindings(resources, folder),
      ...checkovFindings(resources, folder)
    ]) {
      found.set(`${finding.id} ${finding.of}`, finding)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const findings = [...found.values()]

const reasonFor = ({ id, of }: Finding) => Object.keys(accepted).find((key) => key === id || key === `${id} ${of}`)
const refused = findings.filter((finding) => reasonFor(finding) === undefined)
const used = new Set(findings.map(reasonFor))
const stale = Object.keys(accepted).filter((key) => !used.has(key))
for (const { id, message, of, tool } of refused) console.error(`${tool} ${id} ${of}: ${message}`)
for (const key of stale) console.error(`stacks/acceptedFindings.json accepts ${key}, which nothing finds any more`)
console.log(
  `check:cloud: ${findings.length - refused.length} findings are accepted with a reason, ${refused.length} are not`
)
process.exitCode = refused.length + stale.length === 0 ? 0 : 1
