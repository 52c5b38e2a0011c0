/** The generated catalogue as a service. It loads no scan and no AWS client. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Catalogue, type CatalogueEntry } from "../core/catalogue/Catalogue.ts"

const load = Effect.promise(() => import("./catalogue.json", { with: { type: "json" } })).pipe(
  // JSON has no literal types.
  Effect.map((file) => file.default as unknown as ReadonlyArray<CatalogueEntry>)
)

export const catalogueLayer: Layer.Layer<Catalogue> = Layer.effect(Catalogue, Effect.map(load, Catalogue.make))
