import * as Layer from "effect/Layer"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { recordFailure } from "../workflows/steps/recordFailure.ts"
import { handlerOf } from "./handler.ts"
import { storeLayer } from "./storeLayer.ts"

export const handler = handlerOf("recordFailure", recordFailure, Layer.merge(catalogueLayer, storeLayer))
