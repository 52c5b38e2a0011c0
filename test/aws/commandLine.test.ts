/** The command line over the wire: `nightaudit` as a process of its own, with what it finds in its surroundings. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bill } from "./bill.ts"
import { endpoint } from "./emulator.ts"
import { enforced } from "./iam.ts"
import { nightIn, timeless } from "./night.ts"
import { regions, roleName, seed } from "./seed.ts"

const folder = mkdtempSync(join(tmpdir(), "nightaudit-aws-"))
const config = join(folder, "nightaudit.config.json")
writeFileSync(
  config,
  JSON.stringify({
    accounts: { organization: true },
    role: { name: roleName, externalId: "night-shift" },
    regions: { include: regions }
  })
)

/** Runs `nightaudit` as a person would, and answers how it ended and what it said. */
const nightaudit = (args: ReadonlyArray<string>, surroundings: NodeJS.ProcessEnv = {}) =>
  new Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ["cli/main.ts", ...args, "--config", config],
      { maxBuffer: 2 ** 28, env: { ...process.env, ...surroundings } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    )
  })

beforeAll(async () => {
  await seed(endpoint, bill)
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true }))

describe("nightaudit", () => {
  it("finds with `scan --strict` what a night finds, and prints it as JSON", async () => {
    const night = await nightIn(join(folder, "night.db"))
    const store = ["--store", join(folder, "audit.db")]
    const { code, stderr, stdout } = await nightaudit(["scan", ...store, "--strict", "--format", "json"])
    assert.strictEqual(code, 0, stderr)
    const result = JSON.parse(stdout)
    assert.deepStrictEqual(
      result.findings.map(({ id, savings }: any) => [id, savings?.monthlyUsd ?? null]).sort(),
      night.findings.map(({ id, savings }) => [id, savings?.monthlyUsd ?? null]).sort()
    )
    assert.deepStrictEqual(result.summary.totals, night.totals)
    assert.deepStrictEqual(result.summary.changes, night.changes)
    assert.deepStrictEqual(timeless(result.coverage), timeless(night.coverage))

    const asked = new Set(night.cost.calls.map(({ operation, service }) => `${service}:${operation}`))
    const dry = await nightaudit(["scan", ...store, "--dry-run", "--format", "json"])
    assert.strictEqual(dry.code, 0, dry.stderr)
    const { discovery, planning, scopes } = JSON.parse(dry.stdout)
    for (const { operation } of [...discovery, ...planning, ...scopes.flatMap(({ calls }: any) => calls)]) {
      asked.delete(operation)
    }
    assert.deepStrictEqual([...asked], [], "a dry run names every call")
  })

  it("ends with one line where AWS does not know the credentials", async () => {
    const unknown = { AWS_ACCESS_KEY_ID: "AKIAUNKNOWN", AWS_SECRET_ACCESS_KEY: "unknown", AWS_SESSION_TOKEN: undefined }
    const { code, stderr } = await enforced(endpoint, () =>
      nightaudit(["scan", "--store", join(folder, "unknown.db")], unknown)
    )
    assert.strictEqual(code, 3)
    assert.match(stderr, /^[^\n]*credentials[^\n]*\n$/)
  })
})
