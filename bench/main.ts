/** `npm run bench [help|machine|units|bundles|mcp|store|scale|report|night|sweep]`: prints the tables of the benchmarks named, or of all. */
import { benchBundles } from "./bundles.ts"
import { benchHelp } from "./help.ts"
import { benchMachine } from "./machine.ts"
import { benchMcp } from "./mcp.ts"
import { benchNight } from "./night.ts"
import { benchReport } from "./report.ts"
import { benchScale } from "./scale.ts"
import { benchStore } from "./store.ts"
import { benchSweep } from "./sweep.ts"
import { benchUnits } from "./units.ts"

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  help: () => benchHelp(),
  machine: () => benchMachine(),
  units: () => benchUnits(),
  bundles: () => benchBundles(),
  mcp: () => benchMcp(),
  store: () => benchStore(),
  scale: () => benchScale(),
  report: () => benchReport(),
  night: () => benchNight(),
  sweep: () => benchSweep()
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => benchmarks[name] === undefined)
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`)
  process.exitCode = 2
} else for (const name of named.length === 0 ? Object.keys(benchmarks) : named) await benchmarks[name]?.()
