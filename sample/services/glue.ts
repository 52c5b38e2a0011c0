/** Glue: the estate has no connection. */
import type { GetConnectionsCommandOutput } from "@aws-sdk/client-glue"
import { type Answer, defineService } from "../Service.ts"

export default defineService({
  answers: {
    "glue:GetConnections": (): Answer<GetConnectionsCommandOutput> => ({ ConnectionList: [] })
  }
})
