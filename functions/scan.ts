import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ScanRegistry } from "../audit/ScanRegistry.ts"
import { Prices } from "../core/pricing/Prices.ts"
import { scan } from "../workflows/steps/scan.ts"
import { configuration } from "./configuration.ts"
import { handlerOf } from "./handler.ts"
import { awsLayer } from "./layers.ts"
import { storeLayer } from "./storeLayer.ts"

const prices = Layer.unwrap(
  Effect.map(configuration, ({ prices }) => (prices === "price-list" ? Prices.layerPriceList : Prices.layerSnapshot))
)

export const handler = handlerOf(
  "scan",
  scan,
  Layer.mergeAll(ScanRegistry.layer, prices).pipe(Layer.provideMerge(awsLayer), Layer.provideMerge(storeLayer))
)
