/// <reference path="../.sst/platform/config.d.ts" />
/** Everything that exists in AWS, by topic, made of one configuration file. */
import { alerts } from "./alerts.ts"
import { configuration } from "./configuration.ts"
import { everyFunction } from "./functions.ts"
import { members } from "./members.ts"
import { microScans, startsBus } from "./microScans.ts"
import { network } from "./network.ts"
import { opening } from "./opening.ts"
import { observability } from "./observability.ts"
import { query } from "./query.ts"
import { runtime } from "./runtime.ts"
import { scanning } from "./scanning.ts"
import { settingsOf, stageDoubt, stageMistake } from "./stages.ts"
import { storage } from "./storage.ts"

export const deploy = async () => {
  // A mistake in the name or in the file stops the deployment before anything is created. Removing a stage does not come here.
  const mistake = stageMistake($app.stage)
  if (mistake !== undefined) throw new Error(mistake)
  const { config, copyFiles } = await configuration($cli.paths.root, $app.stage)
  const settings = settingsOf($app.stage)
  const doubt = stageDoubt($app.stage)
  if (doubt !== undefined) console.warn(doubt)
  everyFunction()
  const places = { ...network(config), copyFiles }
  const stored = storage(settings)
  const told = alerts(config)
  const starts = startsBus(config)
  // Regions without an endpoint are out of reach from within the network, so scanning stays outside of it.
  const opener = opening(config, settings, stored)
  const scanned = scanning(config, settings, { ...stored, opener }, told, starts, { copyFiles, vpc: undefined })
  const asked = query(config, settings, stored, scanned, places)
  members(config)
  microScans(config, settings, starts, stored, scanned, { copyFiles, vpc: undefined })
  const server = runtime(config, settings, stored, scanned)
  const { alarms } = observability(config, settings, told, scanned, asked, { opener, server })
  return {
    gateway: asked.gateway.gatewayUrl,
    url: asked.url.functionUrl,
    table: stored.table.name,
    machine: scanned.machine.arn,
    // What the pipeline and its scripts are told. AWS's names end in letters that only a deployment knows.
    mcpFunction: asked.mcp.name,
    mcpFunctionArn: asked.mcp.arn,
    alertsTopic: told.topic.arn,
    alertsKey: told.key.arn,
    schedule: scanned.schedule.name,
    alarms: alarms.map(({ name }) => name)
  }
}
