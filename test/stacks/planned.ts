/** A planned stage, with words to ask it by. Each is planned once for all tests. */
import { execFileSync } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { PlannedResource } from "../../scripts/plan.ts"

const root = new URL("../..", import.meta.url).pathname

export interface Planned {
  readonly all: ReadonlyArray<PlannedResource>
  readonly of: (type: string) => ReadonlyArray<PlannedResource>
  /** The inputs of the one resource of that type and name. */
  readonly inputs: (type: string, name: string) => Readonly<Record<string, any>>
  /** The statements of all policies of a role. */
  readonly statements: (role: string) => ReadonlyArray<Readonly<Record<string, any>>>
}

const planned = new Map<string, Planned>()

/** Plans a stage in a process of its own, with a configuration file where one is given. */
export const plannedStage = (stage: string, config: object | undefined = undefined): Planned => {
  const key = JSON.stringify([stage, config])
  const known = planned.get(key)
  if (known !== undefined) return known
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-plan-"))
  if (config !== undefined) writeFileSync(join(folder, "nightaudit.config.json"), JSON.stringify(config))
  const json = execFileSync(
    process.execPath,
    [join(root, "scripts/plan.ts"), "--stage", stage, "--format", "json", "--config", folder],
    { cwd: root, maxBuffer: 100_000_000, encoding: "utf8" }
  )
  const all: ReadonlyArray<PlannedResource> = JSON.parse(json)
  const of = (type: string) => all.filter((resource) => resource.type.endsWith(`:${type}`))
  const inputs = (type: string, name: string) => {
    const [found, ...more] = of(type).filter((resource) => resource.name === name)
    if (found === undefined || more.length > 0)
      throw new Error(`${more.length === 0 ? "no" : "several"} ${type} ${name}`)
    return found.inputs
  }
  const made: Planned = {
    all,
    of,
    inputs,
    statements: (role) =>
      (inputs("Role", role)["inlinePolicies"] ?? []).flatMap(({ policy }: { readonly policy?: string }) =>
        policy === undefined ? [] : JSON.parse(policy).Statement
      )
  }
  planned.set(key, made)
  return made
}

export const listed = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
