/**
 * Asks the deployed MCP function a few questions, as its gateway does: `node scripts/smoke.ts --function <name>[:alias]`. Lambda's own
 * client signs the calls. Before the first night there are no totals, which the function has to say and not to fail of.
 */
import { type Ask, functionAsker, isBeforeFirstNight, textOf } from "./askFunction.ts"
import { lineOf, optionsOf } from "./options.ts"

/** What is wrong with the answers of a deployment; nothing when it is well. */
export const smoke = async (ask: Ask): Promise<ReadonlyArray<string>> => {
  const problems: Array<string> = []
  const asked = (tool: string) => ask(tool).catch((error: unknown) => void problems.push(`${tool}: ${lineOf(error)}`))

  const scans = await asked("list_scans")
  if (scans?.isError === true) problems.push(`list_scans: ${textOf(scans)}`)

  const totals = await asked("summarize_savings")
  if (totals?.isError === true && !isBeforeFirstNight(totals)) problems.push(`summarize_savings: ${textOf(totals)}`)
  if (totals !== undefined && totals.isError !== true && totals.structuredContent?.["totals"] === undefined)
    problems.push("summarize_savings answers without totals")

  const unknown = await asked("no_such_tool")
  if (unknown !== undefined && unknown.isError !== true) problems.push("a tool that there is not was answered")
  return problems
}

const main = async (): Promise<number> => {
  const options = optionsOf({ function: { type: "string" } })
  if (options.function === undefined) {
    console.error("--function names the MCP function, with its alias: name:live.")
    return 2
  }
  const problems = await smoke(functionAsker(options.function))
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log(`${options.function} answers.`)
  return problems.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
