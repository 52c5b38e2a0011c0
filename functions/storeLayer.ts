import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerDynamo } from "../core/store/dynamo/dynamo.ts"

/** The table of the stage. */
export const storeLayer = Layer.unwrap(
  Effect.map(Config.String("NIGHTAUDIT_TABLE"), (tableName) => layerDynamo({ tableName }))
)
