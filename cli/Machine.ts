/** The machine and process that a command runs in, as far as commands need to know it. */
import * as Context from "effect/Context"
import type { RunProcess } from "../core/run/RunProcess.ts"
import type { ProcessState } from "./processState.ts"

export class Machine extends Context.Service<
  Machine,
  {
    /** This process. */
    readonly process: RunProcess
    /** What is known of the process of a run. */
    readonly stateOf: (process: RunProcess) => ProcessState
    readonly nodeVersion: string
    /** How the command line is called here: `nightaudit`, or its npm script in a clone. */
    readonly command: string
    /** What it was called with. */
    readonly args: ReadonlyArray<string>
    /** The current folder, absolute. */
    readonly folder: string
  }
>()("nightaudit/cli/Machine") {}
