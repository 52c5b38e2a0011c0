/**
 * A plan as Terraform would print it, for checkers that read that. Pulumi's AWS provider is made from Terraform's, so names follow
 * by rule: `aws:lambda/function:Function` is `aws_lambda_function`, `memorySize` is `memory_size`, and an object is a block.
 */
import type { PlannedResource } from "./plan.ts"

const snake = (name: string): string => name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()

/** Modules of Pulumi that Terraform's names leave out or write otherwise. */
const modules: Readonly<Record<string, string>> = { ec2: "aws_", bedrock: "aws_bedrock", s3: "aws_s3_" }

/** Types that Pulumi named anew. */
const renamed: Readonly<Record<string, string>> = { "s3/bucketObjectv2": "aws_s3_object" }

const typeOf = (type: string): string => {
  const path = type.split(":")[1] ?? ""
  const [module = "", name = ""] = path.split("/")
  return renamed[path] ?? `${modules[module] ?? `aws_${module}_`}${snake(name)}`
}

/** Properties whose keys are the user's own. */
const maps = new Set(["tags", "variables", "dimensions", "parameters"])

/** Lists of blocks, which Terraform names after one of them. */
const singular: Readonly<Record<string, string>> = {
  attributes: "attribute",
  globalSecondaryIndexes: "global_secondary_index",
  inlinePolicies: "inline_policy",
  rules: "rule",
  settings: "setting"
}

const nameOf = (property: string): string => singular[property] ?? snake(property)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Policies may be written as objects; Terraform has their JSON. */
const isDocument = (value: Readonly<Record<string, unknown>>): boolean => "Statement" in value

const valueOf = (property: string, value: unknown): unknown => {
  if (Array.isArray(value)) return value.flatMap((one) => valueOf(property, one))
  if (!isObject(value) || maps.has(property)) return value
  return isDocument(value) ? JSON.stringify(value) : [blockOf(value)]
}

const blockOf = (inputs: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [nameOf(name), valueOf(name, value)]))

/** What of a resource names a bucket of the plan, as Terraform's configuration says it: some checks look for what refers to what. */
const referencesOf = ({ inputs, type }: PlannedResource, plan: ReadonlyArray<PlannedResource>) => {
  const bucket = plan.find(
    (other) => other.type === "aws:s3/bucket:Bucket" && other.inputs["bucket"] === inputs["bucket"]
  )
  if (bucket === undefined || type === bucket.type) return {}
  const address = addressOf(bucket)
  return { bucket: { references: [`${address}.id`, address] } }
}

const addressOf = ({ name, type }: PlannedResource): string => `${typeOf(type)}.${name.replaceAll(/\W/g, "_")}`

/** The JSON that `terraform show -json` prints for a plan that creates everything. */
export const terraformPlan = (plan: ReadonlyArray<PlannedResource>) => {
  const resources = plan.map((resource) => {
    const address = addressOf(resource)
    const [type = "", name = ""] = address.split(".")
    return {
      planned: { address, mode: "managed", type, name, values: blockOf(resource.inputs) },
      configured: { address, mode: "managed", type, name, expressions: referencesOf(resource, plan) }
    }
  })
  return {
    format_version: "1.2",
    terraform_version: "1.9.0",
    planned_values: { root_module: { resources: resources.map(({ planned }) => planned) } },
    resource_changes: resources.map(({ planned: { values, ...resource } }) => ({
      ...resource,
      change: { actions: ["create"], before: null, after: values, after_unknown: {} }
    })),
    configuration: { root_module: { resources: resources.map(({ configured }) => configured) } }
  }
}
