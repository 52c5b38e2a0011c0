import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Layer from "effect/Layer"
import * as Terminal from "effect/Terminal"
import * as Stdio from "effect/Stdio"
import { ChildProcessSpawner, make } from "effect/process/ChildProcessSpawner"
const unused = Effect.die("unused")
const env = Layer.mergeAll(FileSystem.layerNoop({}), Path.layer, Stdio.layerTest({}), Layer.succeed(Terminal.Terminal, Terminal.make({columns: unused, rows: unused, readInput: unused, readLine: unused, display: () => Effect.void} as any)), Layer.succeed(ChildProcessSpawner, make(() => unused)))
const scan = Command.make("scan", { region: Flag.String("region").pipe(Flag.atLeast(0)) }, () => Effect.void)
Command.make("nightaudit").pipe(Command.withSubcommands([scan]), (c) => Command.runWith(c, {version: "1"})(process.argv.slice(2)), Effect.provide(env), Effect.runPromise).catch(() => {})
