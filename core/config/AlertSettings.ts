import * as Context from "effect/Context"
import { type AlertsConfig, defaultAlerts } from "./alerts.ts"

/** What people are told of. */
export const AlertSettings = Context.Reference<AlertsConfig>("nightaudit/core/config/AlertSettings", {
  defaultValue: () => defaultAlerts
})
