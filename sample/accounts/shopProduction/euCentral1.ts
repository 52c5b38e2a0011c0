/** Frankfurt, where the shop runs. */
import type { Region } from "../../estate.ts"
import { alarms } from "./euCentral1/alarms.ts"
import { apis } from "./euCentral1/apis.ts"
import { balancers } from "./euCentral1/balancers.ts"
import { code } from "./euCentral1/code.ts"
import { containers } from "./euCentral1/containers.ts"
import { databases } from "./euCentral1/databases.ts"
import { images } from "./euCentral1/images.ts"
import { instances } from "./euCentral1/instances.ts"
import { keys } from "./euCentral1/keys.ts"
import { messages } from "./euCentral1/messages.ts"
import { network } from "./euCentral1/network.ts"

export const euCentral1: Partial<Region> = {
  ...network,
  ...instances,
  ...images,
  ...apis,
  ...balancers,
  ...code,
  ...databases,
  ...keys,
  ...messages,
  ...containers,
  ...alarms
}
