/** The command tree, and what becomes of it: an exit code. */
import * as Cause from "effect/Cause"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Path from "effect/Path"
import { ChildProcessSpawner, make as makeSpawner } from "effect/process/ChildProcessSpawner"
import * as References from "effect/References"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { version } from "../core/version.ts"
import { compare } from "./commands/compare.ts"
import { coverage } from "./commands/coverage.ts"
import { demo } from "./commands/demo.ts"
import { deployCheck } from "./commands/deployCheck.ts"
import { dev } from "./commands/dev.ts"
import { doctor } from "./commands/doctor.ts"
import { finding } from "./commands/finding.ts"
import { findings } from "./commands/findings.ts"
import { mcp } from "./commands/mcp.ts"
import { policy } from "./commands/policy.ts"
import { report } from "./commands/report.ts"
import { runs } from "./commands/runs.ts"
import { scan } from "./commands/scan.ts"
import { scans } from "./commands/scans.ts"
import { reopen, snooze, suppress } from "./commands/setAside.ts"
import { totals } from "./commands/totals.ts"
import { Machine } from "./Machine.ts"
import { helpDocument } from "./output/help.ts"
import { jsonValue } from "./output/json.ts"
import { show } from "./output/show.ts"
import { exitCode, problemOf, ReaderGone } from "./Problem.ts"
import { Screen } from "./Screen.ts"

const nightaudit = Command.make("nightaudit").pipe(
  Command.withDescription("Finds what an AWS organisation wastes, with a price and a reason for each finding."),
  Command.withSubcommands([
    demo,
    scan,
    findings,
    finding,
    snooze,
    suppress,
    reopen,
    totals,
    compare,
    runs,
    coverage,
    report,
    scans,
    mcp,
    dev,
    policy,
    doctor,
    deployCheck
  ]),
  Command.withExamples([
    { command: "nightaudit demo", description: "a whole audit of the sample estate, without credentials" },
    { command: "nightaudit scan --dry-run", description: "what a scan would call, need and cost" },
    { command: "nightaudit scan", description: "scan the accounts of your credentials or configuration" }
  ])
)

// No command reads files, asks questions or starts processes through effect/cli, and loading what could takes 60 ms.
const environment = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Stdio.layerTest({}),
  Layer.succeed(
    ChildProcessSpawner,
    makeSpawner(() => Effect.die("no process is started"))
  ),
  Layer.succeed(
    Terminal.Terminal,
    Terminal.make({
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      size: Effect.die("nothing is drawn"),
      readInput: Effect.die("nothing is asked"),
      readLine: Effect.die("nothing is asked"),
      display: () => Effect.void
    })
  )
)

const errorLine = (error: CliError.NonShowHelpErrors): string => {
  switch (error._tag) {
    case "UnrecognizedOption":
    case "UnknownSubcommand": {
      const [suggestion] = error.suggestions
      const written =
        error._tag === "UnrecognizedOption" ? `flag ${error.option}` : `command ${JSON.stringify(error.subcommand)}`
      return `There is no ${written}.${suggestion === undefined ? "" : ` Did you mean ${suggestion}?`}`
    }
    default:
      return error.message
  }
}

// Help that was asked for is a result; a mistake is answered with its line and not with a page.
const presenterOf = (screen: Screen["Service"]): CliOutput.Presenter => ({
  present: (event) => {
    switch (event._tag) {
      case "Help":
        // What could not be written is told where every other problem is.
        return Effect.orDie(
          Effect.provideService(
            show("table", { document: helpDocument(event.helpDoc), sheet: noSheet, json: jsonValue(null) }),
            Screen,
            screen
          )
        )
      case "Version":
        return Effect.orDie(screen.print([event.version]))
      case "InvalidInvocation":
        return Effect.forEach(
          [...event.errors.map(errorLine), `\`${event.commandPath.join(" ")} --help\` says what there is.`],
          screen.note,
          { discard: true }
        )
    }
  }
})

const noSheet = { columns: [], rows: [] }

// Logs are for whoever looks for a mistake; they go where progress goes and never between results.
const loggerOf = (screen: Screen["Service"]) =>
  Logger.make(({ logLevel, message }) => {
    const parts = (Array.isArray(message) ? message : [message]).map((part) =>
      part instanceof Error ? part.message : typeof part === "string" ? part : JSON.stringify(part)
    )
    Effect.runSync(screen.note(`${logLevel.toLowerCase()}: ${parts.join(" ")}`))
  })

// effect/cli writes completions to the console, which does not say what became of them.
const printing = <E, R>(command: Effect.Effect<void, E, R>) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const lines: Array<string> = []
    yield* Effect.provideService(command, Console.Console, {
      ...globalThis.console,
      log: (text: string) => void lines.push(text)
    })
    if (lines.length > 0) yield* screen.print(lines)
  })

/** Runs a command and answers its exit code. Interruption ends it in good order. */
export const run = (
  args: ReadonlyArray<string>,
  screen: Screen["Service"],
  machine: Machine["Service"]
): Effect.Effect<number> =>
  printing(Command.runWith(nightaudit, { version })(args)).pipe(
    Effect.provideService(References.MinimumLogLevel, "Error"),
    Effect.provideService(CliConfig.CliConfig, {
      builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel]
    }),
    Effect.provideService(CliOutput.Presenter, presenterOf(screen)),
    Effect.provideService(Screen, screen),
    Effect.provideService(Machine, machine),
    Effect.provide(Layer.mergeAll(environment, Logger.layer([loggerOf(screen)]))),
    Effect.exit,
    Effect.flatMap((exit) => codeOf(exit, screen))
  )

const codeOf = Effect.fnUntraced(function* (exit: Exit.Exit<void, unknown>, screen: Screen["Service"]) {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return exitCode.interrupted
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error)) return error._tag === "ShowHelp" && error.errors.length === 0 ? 0 : exitCode.usage
  if (error instanceof ReaderGone) return 0
  const problem = problemOf(error)
  if (problem === undefined) {
    yield* Effect.forEach(
      ["This is a bug in nightaudit; please report it.", ...Cause.pretty(exit.cause).split("\n")],
      screen.note
    )
    return exitCode.crash
  }
  yield* Effect.forEach(problem.lines, screen.note)
  return problem.exitCode
})
