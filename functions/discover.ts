import * as Layer from "effect/Layer"
import { discover } from "../workflows/steps/discover.ts"
import { handlerOf } from "./handler.ts"
import { awsLayer } from "./layers.ts"
import { storeLayer } from "./storeLayer.ts"

export const handler = handlerOf("discover", discover, Layer.merge(awsLayer, storeLayer))
