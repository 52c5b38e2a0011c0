/** The generated catalogue as a service. It loads no scan and no AWS client. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Catalogue } from "../core/catalogue/Catalogue.ts"

const load = Effect.promise(() => import("./catalogue.ts"))

export const catalogueLayer: Layer.Layer<Catalogue> = Layer.effect(
  Catalogue,
  Effect.map(load, ({ catalogue }) => Catalogue.make(catalogue))
)
