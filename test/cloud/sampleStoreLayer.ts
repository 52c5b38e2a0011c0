/** The table of the stage at the sample's time, at which what a run has stored has not expired. Stands for `functions/storeLayer.ts`. */
import * as Layer from "effect/Layer"
import { storeLayer as table } from "../../functions/storeLayer.ts"
import { sampleTime } from "./sampleTime.ts"

export const storeLayer = Layer.provideMerge(table, sampleTime)
