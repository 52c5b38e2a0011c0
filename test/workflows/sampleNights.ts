/** Nights over the sample organisation of an AWS that does not always answer as the sample does. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { catalogueLayer } from "../../audit/catalogueLayer.ts"
import { ScanRegistry } from "../../audit/ScanRegistry.ts"
import { Notifier } from "../../core/alerts/Notifier.ts"
import { Aws } from "../../core/aws/Aws.ts"
import { RateOf, unlimited } from "../../core/aws/RateLimits.ts"
import { Transport } from "../../core/aws/Transport.ts"
import { Prices } from "../../core/pricing/Prices.ts"
import { layerSample } from "../../sample/layer.ts"

type Send = Transport["Service"]["send"]

/** All that a night needs but its store. `answer` is given every call, and how the sample answers it. */
export const sampleNights = (answer: (call: Parameters<Send>, sample: () => Promise<unknown>) => Promise<unknown>) => {
  const transport = Layer.effect(
    Transport,
    Effect.map(Transport, (sample) => ({
      send: (...call: Parameters<Send>) =>
        answer(call, () =>
          sample.send(...call).catch((error: unknown) => {
            // What is throttled once is asked again at once: while a night waits, nobody sets the clock.
            if ((error as { readonly name?: string }).name === "ThrottlingException") return sample.send(...call)
            throw error
          })
        )
    }))
  ).pipe(Layer.provideMerge(layerSample))
  return Layer.mergeAll(
    Aws.layer.pipe(Layer.provideMerge(transport)),
    ScanRegistry.layer,
    catalogueLayer,
    Prices.layerSnapshot,
    Notifier.layerNone,
    Layer.succeed(RateOf, unlimited)
  )
}
