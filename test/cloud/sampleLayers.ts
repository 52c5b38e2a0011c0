/** What functions work with in an emulator: the sample estate in the place of AWS, at its own time. Stands for `functions/layers.ts`. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { Aws } from "../../core/aws/Aws.ts"
import { Transport } from "../../core/aws/Transport.ts"
import { HomeRegion } from "../../core/config/HomeRegion.ts"
import { layerSample } from "../../sample/layer.ts"
import { sampleTime } from "./sampleTime.ts"

/** What goes wrong, and the file that tells it: `hang` never answers, `exit` ends the process. */
export interface Trouble {
  readonly what: "hang" | "exit"
  readonly region: string
  /** How often. */
  readonly times: number
}

/** Counts how often an answer went wrong in a file: each try is another process. */
const troubled = Layer.effect(
  Transport,
  Effect.gen(function* () {
    const { send } = yield* Transport
    const file = yield* Config.String("SAMPLE_TROUBLE").pipe(Config.withDefault(""))
    return Transport.of({
      send: (operation, input, destination, signal) => {
        if (file !== "" && existsSync(file)) {
          const [first = "", ...already] = readFileSync(file, "utf8").trim().split("\n")
          const { region, times, what }: Trouble = JSON.parse(first)
          if (destination.region === region && already.length < times) {
            appendFileSync(file, `${what}\n`)
            if (what === "exit") process.exit(1)
            return new Promise(() => undefined)
          }
        }
        return send(operation, input, destination, signal)
      }
    })
  })
)

export const awsLayer = Aws.layer.pipe(
  Layer.provideMerge(troubled),
  Layer.provideMerge(layerSample),
  Layer.provideMerge(Layer.mergeAll(Layer.succeed(HomeRegion, "us-east-1"), catalogueLayer, sampleTime))
)
