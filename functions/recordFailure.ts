import { recordFailure } from "../workflows/steps/recordFailure.ts"
import { handlerOf } from "./handler.ts"
import { storeLayer } from "./storeLayer.ts"

export const handler = handlerOf("recordFailure", recordFailure, storeLayer)
