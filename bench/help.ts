/** How long the command line takes to start and answer: `node bench/help.ts`. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url))

const commands = [["--help"], ["scan", "--help"], ["scans"], ["findings", "--sample"]]

/** A start in milliseconds, with or without the compiled code that an earlier one left. */
const start = (args: ReadonlyArray<string>, cached: boolean): number => {
  const started = performance.now()
  spawnSync(process.execPath, [main, ...args], {
    stdio: "ignore",
    env: { ...process.env, ...(cached ? {} : { NODE_DISABLE_COMPILE_CACHE: "1" }) }
  })
  return performance.now() - started
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Prints a table of commands and their median start times in milliseconds. `--help` must stay below 400. */
export const benchHelp = async (times = 9): Promise<void> => {
  console.table(
    commands.map((args) => {
      const of = (cached: boolean) => Array.from({ length: times }, () => start(args, cached))
      start(args, true)
      const [again, first] = [of(true), of(false)]
      return {
        command: `nightaudit ${args.join(" ")}`,
        "first start, ms": Math.round(median(first)),
        "later starts, ms": Math.round(median(again)),
        "slowest, ms": Math.round(Math.max(...first, ...again))
      }
    })
  )
}

if (import.meta.main) await benchHelp()
