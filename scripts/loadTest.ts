/**
 * Asks the deployed MCP function side by side and prints how long answers took: `node scripts/loadTest.ts --function <name>[:alias]
 * [--calls 500] [--concurrency 20] [--p99 5000]`. Ends with 1 where one failed or was refused, or the slowest hundredth took longer.
 */
import { type Ask, functionAsker, isBeforeFirstNight, textOf } from "./askFunction.ts"
import { lineOf, numberOf, optionsOf } from "./options.ts"

interface Calls {
  readonly calls: number
  readonly concurrency: number
  readonly now: () => number
}

export interface Load {
  readonly failed: number
  /** What the first of those said. */
  readonly firstFailure?: string
  readonly p50Millis: number
  readonly p99Millis: number
}

/** Makes so many calls, so many at a time. A question that is refused has failed: all of them can be answered. */
export const load = async (ask: Ask, { calls, concurrency, now }: Calls): Promise<Load> => {
  const questions: ReadonlyArray<readonly [tool: string, given: object]> = [
    ["summarize_savings", {}],
    ["summarize_savings", { by: "account" }],
    ["search_findings", { limit: 20 }],
    ["list_scans", {}]
  ]
  const millis: Array<number> = []
  const failures: Array<string> = []
  let begun = 0
  const worker = async () => {
    while (begun < calls) {
      const [tool, given] = questions[begun++ % questions.length] ?? ["list_scans", {}]
      const started = now()
      const failure = await ask(tool, given).then(
        (answer) => (answer.isError === true ? textOf(answer) : undefined),
        lineOf
      )
      millis.push(now() - started)
      if (failure !== undefined) failures.push(`${tool}: ${failure}`)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  millis.sort((a, b) => a - b)
  const at = (share: number) => Math.round(millis[Math.min(millis.length - 1, Math.floor(millis.length * share))] ?? 0)
  const [firstFailure] = failures
  return {
    failed: failures.length,
    ...(firstFailure === undefined ? {} : { firstFailure }),
    p50Millis: at(0.5),
    p99Millis: at(0.99)
  }
}

/** Whether the function bears the load, and what is said of it. */
export const loadTest = async (
  ask: Ask,
  { p99, ...calls }: Calls & { readonly p99: number }
): Promise<{ readonly passed: boolean; readonly said: ReadonlyArray<string> }> => {
  const first = await ask("summarize_savings").catch(() => undefined)
  if (first !== undefined && isBeforeFirstNight(first)) {
    const said =
      "No night has run on this stage, so that there is nothing to read and the time that answers take says nothing. Start one (docs/operations.md, First run), and this test again when it is over."
    return { passed: false, said: [said] }
  }
  const { failed, firstFailure, p50Millis, p99Millis } = await load(ask, calls)
  return {
    passed: failed === 0 && p99Millis <= p99,
    said: [
      `${calls.calls} calls, ${failed} failed, half within ${p50Millis} ms, 99 % within ${p99Millis} ms`,
      ...(firstFailure === undefined ? [] : [`The first that failed: ${firstFailure}`]),
      ...(p99Millis <= p99 ? [] : [`99 % should be answered within ${p99} ms.`])
    ]
  }
}

const main = async (): Promise<number> => {
  const options = optionsOf({
    function: { type: "string" },
    calls: { type: "string", default: "500" },
    concurrency: { type: "string", default: "20" },
    p99: { type: "string", default: "5000" }
  })
  const calls = numberOf("--calls", options.calls, { least: 1, most: 1_000_000, isWhole: true })
  const concurrency = numberOf("--concurrency", options.concurrency, { least: 1, most: 1_000, isWhole: true })
  const p99 = numberOf("--p99", options.p99, { least: 1, most: 60_000 })
  if (options.function === undefined) {
    console.error("--function names the MCP function, with its alias: name:live.")
    return 2
  }
  const ask = functionAsker(options.function)
  const { passed, said } = await loadTest(ask, { calls, concurrency, p99, now: () => performance.now() })
  for (const line of said) console.log(line)
  return passed ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
