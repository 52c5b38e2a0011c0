/** What a report of so many findings takes: `node bench/report.ts [findings]`. The memory is that of the process that writes it. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { layerSqlite } from "../core/store/sqlite/sqlite.ts"
import { makeReport } from "../report/makeReport.ts"
import { pagePieces } from "../report/writePage.ts"
import { fill } from "./store.ts"

const measure = (file: string): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const from = performance.now()
      const content = yield* makeReport()
      const body = Buffer.concat(Array.from(pagePieces(content), (piece) => Buffer.from(piece)))
      console.log(
        JSON.stringify({
          findings: content.summary.findings,
          seconds: Math.round((performance.now() - from) / 100) / 10,
          pageMB: Math.round(body.length / 1e5) / 10,
          residentMB: Math.round(process.resourceUsage().maxRSS / 1024)
        })
      )
    }).pipe(Effect.provide(layerSqlite(file)))
  )

/** Prints the table. */
export const benchReport = async (sizes: ReadonlyArray<number> = [10_000, 100_000]): Promise<void> => {
  const rows = []
  for (const findings of sizes) {
    const folder = mkdtempSync(join(tmpdir(), "nightaudit-bench-"))
    const file = join(folder, "audit.db")
    await Effect.runPromise(fill(findings).pipe(Effect.provide(layerSqlite(file)), Effect.asVoid))
    const { stderr, stdout } = spawnSync(process.execPath, [import.meta.filename, "--measure", file], {
      encoding: "utf8"
    })
    rmSync(folder, { recursive: true })
    if (stdout === "") throw new Error(`${findings} findings: ${stderr}`)
    rows.push(JSON.parse(stdout))
  }
  console.log("The report as the function of the step makes it, from a store on this machine:")
  console.table(rows)
}

if (import.meta.main) {
  const [first, file] = process.argv.slice(2)
  if (first === "--measure" && file !== undefined) await measure(file)
  else await benchReport(first === undefined ? undefined : [Number(first)])
}
