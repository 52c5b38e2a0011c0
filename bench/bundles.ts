/**
 * What each deployed function weighs and how long a cold start takes to import it, bundled as the deployment does: kB in all, as a zip
 * has them, and at a cold start. Imports are measured in processes of their own, with nothing but the bundle in reach.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"
import {
  bytesOf,
  clientsIn,
  filesIn,
  type FunctionBundle,
  functionBundle,
  functionNames,
  startOf,
  writeBundle
} from "../scripts/functions.ts"

/** What a function is told of its surroundings; without it, it ends at once. */
const surroundings = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  NIGHTAUDIT_TABLE: "bench",
  NIGHTAUDIT_MACHINE: "arn:aws:states:eu-west-1:111122223333:stateMachine:bench",
  NIGHTAUDIT_STEP_SCAN: "scan",
  NIGHTAUDIT_STEP_SETTLE: "settle",
  NIGHTAUDIT_STEP_SUM: "sum",
  NIGHTAUDIT_STEP_RECORDFAILURE: "recordFailure"
}

const imports = 5

/** Milliseconds of one import, in a process of its own. */
const importMillis = (file: string): number => {
  const program = `
    const started = performance.now()
    await import(${JSON.stringify(pathToFileURL(file).href)})
    console.log("imported", performance.now() - started)
    process.exit()`
  const { stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    env: { PATH: process.env["PATH"] ?? "", ...surroundings },
    encoding: "utf8"
  })
  const millis = /imported ([\d.]+)/.exec(stdout)?.[1]
  if (millis === undefined) throw new Error(`${file} was not imported: ${stderr || stdout}`)
  return Number(millis)
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const isScan = (file: string) => /^scans\/[\w-]+\/\w+\.ts$/.test(file) && !file.startsWith("scans/shared/")

const kB = (bytes: number) => Math.round(bytes / 1000)

const rowOf = (name: string, bundle: FunctionBundle, folder: string) => {
  const file = writeBundle(bundle, name, join(folder, name))
  const { outputs } = bundle.metafile
  const clients = clientsIn(bundle)
  return {
    function: name,
    kB: kB(bytesOf(bundle)),
    "kB gzipped": kB([...bundle.files.values()].reduce((bytes, contents) => bytes + gzipSync(contents).length, 0)),
    modules: filesIn(bundle).length,
    "kB at a cold start": kB(startOf(bundle).reduce((bytes, output) => bytes + (outputs[output]?.bytes ?? 0), 0)),
    "ms to import": Math.round(median(Array.from({ length: imports }, () => importMillis(file)))),
    clients: clients.length > 4 ? `${clients.length} clients` : clients.join(", "),
    scans: filesIn(bundle).filter(isScan).length
  }
}

/** Prints the table. */
export const benchBundles = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-bundles-"))
  const rows = []
  for (const name of functionNames) rows.push(rowOf(name, await functionBundle(name), folder))
  rmSync(folder, { recursive: true })
  console.log("The functions as they are deployed, minified with their names kept:")
  console.table(rows)
}

if (import.meta.main) await benchBundles()
