import { settle } from "../workflows/steps/settle.ts"
import { handlerOf } from "./handler.ts"
import { storeLayer } from "./storeLayer.ts"

export const handler = handlerOf("settle", settle, storeLayer)
