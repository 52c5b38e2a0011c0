/** What functions work with in the cloud. What differs from stage to stage is in the environment that the deployment sets. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { Aws } from "../core/aws/Aws.ts"
import { Credentials } from "../core/aws/Credentials.ts"
import { HttpHandler } from "../core/aws/HttpHandler.ts"
import { Transport } from "../core/aws/Transport.ts"
import { HomeRegion } from "../core/config/HomeRegion.ts"
import { EnterRole } from "../workflows/enterAccount.ts"

const optional = (name: string) => Effect.map(Config.option(Config.String(name)), Option.getOrUndefined)

/** The region in which the functions run, which answers for what belongs to none. */
const homeRegion = Layer.effect(HomeRegion, Config.String("AWS_REGION"))

/** The role that is assumed in every account, the functions' own included: a function itself may read nothing. */
const enterRole = Layer.effect(
  EnterRole,
  Effect.gen(function* () {
    const roleName = yield* Config.String("NIGHTAUDIT_ROLE")
    const externalId = yield* optional("NIGHTAUDIT_EXTERNAL_ID")
    return { roleName, externalId, everywhere: true }
  })
)

/** What calls AWS: with the function's own credentials, and with those of the role that it assumes. */
export const awsLayer = Aws.layer.pipe(
  Layer.provideMerge(
    Transport.layerSdk.pipe(
      Layer.provideMerge(
        Layer.unwrap(Effect.map(Config.String("AWS_REGION"), (region) => Credentials.layer({ homeRegion: region })))
      ),
      Layer.provide(HttpHandler.layer())
    )
  ),
  Layer.provideMerge(Layer.mergeAll(homeRegion, enterRole, catalogueLayer))
)
