/** The functions, bundled as the deployment bundles them, each once. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Plugin } from "esbuild"
import { type FunctionBundle, functionBundle, functionEntry } from "../../scripts/functions.ts"

/** Whether a planned handler has its file. */
export const hasEntry = (name: string): boolean => existsSync(functionEntry(name))

/** The sample estate in the place of AWS. */
const sample: Plugin = {
  name: "sample",
  setup: (bundler) => {
    for (const [filter, file] of [
      [/^\.\/layers\.ts$/, "sampleLayers.ts"],
      [/^\.\/storeLayer\.ts$/, "sampleStoreLayer.ts"],
      [/^\.\.\/mcp\/cloudServices\.ts$/, "sampleCloudServices.ts"]
    ] as const) {
      bundler.onResolve({ filter }, () => ({ path: join(import.meta.dirname, file) }))
    }
  }
}

const bundles = new Map<string, Promise<FunctionBundle>>()

/** A function's bundle. `onSample` puts the sample estate in the place of AWS, which no deployed bundle has. */
export const bundle = (name: string, { onSample = false } = {}): Promise<FunctionBundle> => {
  const key = `${name} ${onSample}`
  const known = bundles.get(key) ?? functionBundle(name, onSample ? [sample] : [])
  bundles.set(key, known)
  return known
}
