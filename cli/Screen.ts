/** Where a command writes: results to stdout, everything else to stderr, and a block of lines that shows progress. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { colours, type Paint, plain } from "./output/paint.ts"
import { whyNotWritten } from "../core/file.ts"
import { oneLine } from "../core/text.ts"
import { shorten } from "../core/width.ts"
import { exitCode, Problem, ReaderGone } from "./Problem.ts"

/** What is used of `process.stdout` and `process.stderr`. */
export interface Output {
  /** Calls back when the text was taken, or with why it was not. */
  readonly write: (text: string, taken?: (error?: NodeJS.ErrnoException | null) => void) => unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export class Screen extends Context.Service<
  Screen,
  {
    /** Writes text with its line ends to stdout. Fails when it was not taken whole. */
    readonly write: (text: string) => Effect.Effect<void, Problem | ReaderGone>
    /** Writes lines to stdout. */
    readonly print: (lines: ReadonlyArray<string>) => Effect.Effect<void, Problem | ReaderGone>
    /** Writes one line to stderr, above the progress. */
    readonly note: (line: string) => Effect.Effect<void>
    /** The width of a line on stdout. */
    readonly columns: number
    /** Colours for stdout. */
    readonly paint: Paint
    readonly progress: ProgressBlock | undefined
  }
>()("nightaudit/cli/Screen") {}

/** Lines on a terminal that are replaced by the next ones. */
export interface ProgressBlock {
  readonly columns: number
  readonly show: (lines: ReadonlyArray<string>) => void
  readonly clear: () => void
}

const notWritten = (error: NodeJS.ErrnoException): Problem | ReaderGone =>
  error.code === "EPIPE"
    ? new ReaderGone()
    : new Problem({
        exitCode: exitCode.output,
        lines: [
          `The result could not be written whole: ${error.code === "EBADF" ? "stdout is closed (EBADF)" : whyNotWritten(error)}. What is there is cut off.`
        ]
      })

/**
 * A screen over two streams. Escapes are written to terminals only, and not at all when `NO_COLOR` is set or the terminal is
 * a dumb one. A stream that is no terminal has 80 columns, or as many as `COLUMNS` says.
 */
export const makeScreen = (
  stdout: Output,
  stderr: Output,
  environment: Readonly<Record<string, string | undefined>>
): Screen["Service"] => {
  const escapes = (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb"
  const given = Number(environment["COLUMNS"])
  const columnsOf = (output: Output) =>
    output.isTTY === true ? (output.columns ?? 80) : Number.isInteger(given) && given >= 20 ? given : 80
  const progress = escapes && stderr.isTTY === true ? progressBlock(stderr, () => columnsOf(stderr)) : undefined
  const write = (text: string) =>
    Effect.callback<void, Problem | ReaderGone>((resume) => {
      stdout.write(text, (error) =>
        resume(error === undefined || error === null ? Effect.void : Effect.fail(notWritten(error)))
      )
    })
  return Screen.of({
    write,
    print: (lines) => write(lines.map((line) => `${line}\n`).join("")),
    note: (line) =>
      Effect.sync(() => {
        progress?.clear()
        stderr.write(`${oneLine(line)}\n`)
      }),
    columns: columnsOf(stdout),
    paint: escapes && stdout.isTTY === true ? colours : plain,
    progress
  })
}

const progressBlock = (stderr: Output, columns: () => number): ProgressBlock => {
  let height = 0
  const clear = () => {
    // Up to the first line of the block, and from there everything is erased.
    if (height > 0) stderr.write(`\u001b[${height}A\u001b[0J`)
    height = 0
  }
  return {
    get columns() {
      return columns()
    },
    show: (lines) => {
      const erase = height > 0 ? `\u001b[${height}A\u001b[0J` : ""
      // A line as wide as the terminal would wrap on some, and the block would no longer know its height.
      stderr.write(erase + lines.map((line) => `${shorten(oneLine(line), columns() - 1)}\n`).join(""))
      height = lines.length
    },
    clear
  }
}
