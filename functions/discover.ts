import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import { togetherSeconds } from "../core/run/together.ts"
import { discover } from "../workflows/steps/discover.ts"
import { Together } from "../workflows/together.ts"
import { handlerOf } from "./handler.ts"
import { awsLayer } from "./layers.ts"
import { storeLayer } from "./storeLayer.ts"

const together = Layer.succeed(Together, Duration.seconds(togetherSeconds))

export const handler = handlerOf("discover", discover, Layer.mergeAll(awsLayer, storeLayer, together))
