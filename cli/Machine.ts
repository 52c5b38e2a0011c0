/** The machine and process that a command runs in, as far as commands need to know it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class Machine extends Context.Service<
  Machine,
  {
    readonly host: string
    readonly pid: number
    /** Whether another process of this machine has that id. */
    readonly isAlive: (pid: number) => boolean
    /** How long the machine is up. */
    readonly uptimeMillis: Effect.Effect<number>
    readonly nodeVersion: string
    /** How the command line is called here: `nightaudit`, or its npm script in a clone. */
    readonly command: string
    /** What it was called with. */
    readonly args: ReadonlyArray<string>
    /** The current folder, absolute. */
    readonly folder: string
  }
>()("nightaudit/cli/Machine") {}
