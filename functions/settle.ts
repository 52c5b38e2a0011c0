import * as Layer from "effect/Layer"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { settle } from "../workflows/steps/settle.ts"
import { handlerOf } from "./handler.ts"
import { storeLayer } from "./storeLayer.ts"

export const handler = handlerOf("settle", settle, Layer.merge(catalogueLayer, storeLayer))
