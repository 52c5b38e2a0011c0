/**
 * Asks the deployed MCP function side by side and prints how long answers took: `node scripts/loadTest.ts --function <name>[:alias]
 * [--calls 500] [--concurrency 20] [--p99 5000]`. Ends with 1 where one failed or the slowest hundredth took longer.
 */
import { parseArgs } from "node:util"
import { functionAsker, type ToolAnswer } from "./askFunction.ts"

export interface Load {
  readonly failed: number
  readonly p50Millis: number
  readonly p99Millis: number
}

/** Makes so many calls, so many at a time. */
export const load = async (
  ask: (tool: string, given?: object) => Promise<ToolAnswer>,
  { calls, concurrency, now }: { readonly calls: number; readonly concurrency: number; readonly now: () => number }
): Promise<Load> => {
  const questions: ReadonlyArray<readonly [tool: string, given: object]> = [
    ["summarize_savings", {}],
    ["summarize_savings", { by: "account" }],
    ["search_findings", { limit: 20 }],
    ["list_scans", {}]
  ]
  const millis: Array<number> = []
  let [begun, failed] = [0, 0]
  const worker = async () => {
    while (begun < calls) {
      const [tool, given] = questions[begun++ % questions.length] ?? ["list_scans", {}]
      const started = now()
      await ask(tool, given).catch(() => (failed += 1))
      millis.push(now() - started)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  millis.sort((a, b) => a - b)
  const at = (share: number) => Math.round(millis[Math.min(millis.length - 1, Math.floor(millis.length * share))] ?? 0)
  return { failed, p50Millis: at(0.5), p99Millis: at(0.99) }
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      function: { type: "string" },
      calls: { type: "string", default: "500" },
      concurrency: { type: "string", default: "20" },
      p99: { type: "string", default: "5000" }
    }
  })
  if (values.function === undefined) {
    console.error("--function names the MCP function, with its alias: name:live.")
    return 2
  }
  const { failed, p50Millis, p99Millis } = await load(functionAsker(values.function), {
    calls: Number(values.calls),
    concurrency: Number(values.concurrency),
    now: () => performance.now()
  })
  console.log(`${values.calls} calls, ${failed} failed, half within ${p50Millis} ms, 99 % within ${p99Millis} ms`)
  return failed > 0 || p99Millis > Number(values.p99) ? 1 : 0
}

if (import.meta.main) process.exitCode = await main()
