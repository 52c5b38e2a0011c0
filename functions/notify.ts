import * as Layer from "effect/Layer"
import { Notifier } from "../core/alerts/Notifier.ts"
import { notify } from "../workflows/steps/notify.ts"
import { handlerOf } from "./handler.ts"
import { storeLayer } from "./storeLayer.ts"

export const handler = handlerOf("notify", notify, Layer.merge(Notifier.layerLog, storeLayer))
