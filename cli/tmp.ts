import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
const scan = Command.make("scan", { region: Flag.String("region").pipe(Flag.atLeast(0)) }, () => Effect.void)
Command.make("nightaudit").pipe(Command.withSubcommands([scan]), Command.run({version: "1"}), Effect.provide(NodeServices.layer), Effect.runPromise).catch(() => {})
