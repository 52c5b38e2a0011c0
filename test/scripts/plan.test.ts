import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { isInstalled } from "../../scripts/plan.ts"
import { stageDoubt, stageMistake } from "../../stacks/stages.ts"

const folder = mkdtempSync(join(tmpdir(), "nightaudit-plan-"))
afterAll(() => rmSync(folder, { recursive: true }))

const refused = (script: string, ...args: ReadonlyArray<string>): string => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [`scripts/${script}.ts`, ...args], {
    cwd: new URL("../..", import.meta.url).pathname,
    encoding: "utf8"
  })
  assert.deepStrictEqual([status, stdout], [2, ""], stderr)
  return stderr.trim()
}

describe("npm run plan", () => {
  it.each([
    ["a stage without a name", ["--stage", ""], /^--stage: "" cannot be a stage/],
    ["a stage with a blank", ["--stage", "my stage"], /^--stage: "my stage" cannot be a stage/],
    ["a format that there is not", ["--format", "yaml"], /^--format: expected table or json, not "yaml"$/],
    ["a folder that there is not", ["--config", "/nonexistent"], /^--config: \/nonexistent is no folder/],
    ["a file instead of a folder", ["--config", "package.json"], /^--config: package\.json is no folder/],
    ["an option that there is not", ["--stgae", "production"], /^Unknown option '--stgae'$/]
  ])("refuses %s in a line", (_, args, line) => {
    const said = refused("plan", ...args)
    assert.match(said, line)
    assert.notInclude(said, "\n")
  })

  it("names each mistake of a configuration by its path", () => {
    const file = join(folder, "nightaudit.config.json")
    writeFileSync(file, JSON.stringify({ deploy: { alarms: { coveragePercent: "much" } }, acounts: "self" }))
    const lines = refused("plan", "--config", folder).split("\n")
    assert.isAbove(lines.length, 0)
    for (const line of lines) assert.isTrue(line.startsWith(`${file}: `), line)
    assert.match(lines.join("\n"), /: deploy\.alarms\.coveragePercent: /)
    assert.match(lines.join("\n"), /: acounts: /)
  })
})

describe("SST's components", () => {
  it("are installed anew where they are of another version, or not whole", () => {
    const platform = join(folder, "platform")
    const provider = join(platform, "node_modules/@pulumi/aws")
    assert.isFalse(isInstalled(platform, "4.17.1"))
    mkdirSync(provider, { recursive: true })
    writeFileSync(join(provider, "package.json"), "{}")
    assert.isFalse(isInstalled(platform, "4.17.1"))
    writeFileSync(join(platform, "version"), "4.17.1")
    assert.isTrue(isInstalled(platform, "4.17.1"))
    assert.isFalse(isInstalled(platform, "4.18.0"))
  })
})

describe("the other scripts", () => {
  it("refuse what they do not know, before they write anything", () => {
    assert.strictEqual(refused("codegen", "--chek"), "Unknown option '--chek'")
  })
})

describe("a stage's name", () => {
  it.each(["production", "staging", "ann", "pr-17", "ann2", "a".repeat(37)])("may be %s", (stage) => {
    assert.isUndefined(stageMistake(stage))
    assert.isUndefined(stageDoubt(stage))
  })

  it.each(["", "my stage", "1st", "-a", "a_b", "x'); process.exit('", "ä"])("may not be %j, as SST has it", (stage) => {
    assert.include(stageMistake(stage), "cannot be a stage")
  })

  it.each(["Staging", "a--b", "ann-", "aws-test", "draws", "myamazon", "cognito2", "a".repeat(38)])(
    "may not be %j, as what is called after it has it",
    (stage) => {
      assert.include(stageMistake(stage), "cannot be a stage")
    }
  )

  it.each([
    ["prodution", "production"],
    ["prod", "production"],
    ["stagin", "staging"],
    ["stg", "staging"]
  ])("%s is a developer's own, and it is said that %s may be meant", (stage, meant) => {
    assert.include(stageDoubt(stage), `Did you mean ${meant}?`)
  })
})
