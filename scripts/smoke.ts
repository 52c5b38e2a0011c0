/**
 * Asks the deployed MCP function a few questions, as its gateway does: `node scripts/smoke.ts --function <name>[:alias]`. Lambda's own
 * client signs the calls. Before the first night there are no totals, which the function has to say and not to fail of.
 */
import { parseArgs } from "node:util"
import { functionAsker, type ToolAnswer } from "./askFunction.ts"

/** What is wrong with the answers of a deployment; nothing when it is well. */
export const smoke = async (
  ask: (tool: string, given?: object, accounts?: string) => Promise<ToolAnswer>
): Promise<ReadonlyArray<string>> => {
  const problems: Array<string> = []
  const textOf = ({ content }: ToolAnswer) => content.map(({ text = "" }) => text).join("\n")

  const scans = await ask("list_scans")
  if (scans.isError === true) problems.push(`list_scans: ${textOf(scans)}`)

  const totals = await ask("summarize_savings")
  if (totals.isError === true && !/no totals yet|No audit has run/i.test(textOf(totals)))
    problems.push(`summarize_savings: ${textOf(totals)}`)
  if (totals.isError !== true && totals.structuredContent?.["totals"] === undefined)
    problems.push("summarize_savings answers without totals")

  const unknown = await ask("no_such_tool")
  if (unknown.isError !== true) problems.push("a tool that there is not was answered")
  return problems
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { function: { type: "string" } } })
  if (values.function === undefined) {
    console.error("--function names the MCP function, with its alias: name:live.")
    return 2
  }
  const problems = await smoke(functionAsker(values.function))
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log(`${values.function} answers.`)
  return problems.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
