/** The sample's time, in functions that an emulator runs. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { sampleClock } from "../../sample/sampleClock.ts"

export const sampleTime = Layer.unwrap(Effect.map(Config.Number("SAMPLE_BEGAN"), sampleClock))
