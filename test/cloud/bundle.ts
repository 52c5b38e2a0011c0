/** The functions, bundled as the deployment bundles them. */
import { build, type BuildResult, type Metafile, type PluginBuild } from "esbuild"
import { existsSync } from "node:fs"
import { basename, join } from "node:path"
import { bundling } from "../../stacks/bundling.ts"

const root = join(import.meta.dirname, "../..")

export interface Bundle {
  /** Code by file name; the entry is `<name>.mjs`. */
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly metafile: Metafile
}

const entryOf = (name: string) => join(root, `functions/${name}.ts`)

/** Whether a planned handler has its file. */
export const hasEntry = (name: string): boolean => existsSync(entryOf(name))

const bundles = new Map<string, Promise<Bundle>>()

/** A function's bundle. `onSample` puts the sample estate in the place of AWS, which no deployed bundle has. */
export const bundle = (name: string, { onSample = false } = {}): Promise<Bundle> => {
  const key = `${name} ${onSample}`
  const known = bundles.get(key) ?? bundled(name, onSample)
  bundles.set(key, known)
  return known
}

const bundled = async (name: string, onSample: boolean): Promise<Bundle> => {
  const { esbuild, minify, sourcemap, splitting } = bundling
  const { metafile, outputFiles }: BuildResult<{ write: false; metafile: true }> = await build({
    entryPoints: { [name]: entryOf(name) },
    outdir: join(root, "dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    splitting,
    minify,
    sourcemap,
    ...esbuild,
    logLevel: "error",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);'
    },
    plugins: onSample
      ? [
          {
            name: "sample",
            setup: (bundler: PluginBuild) =>
              bundler.onResolve({ filter: /^\.\/layers\.ts$/ }, () => ({
                path: join(import.meta.dirname, "sampleLayers.ts")
              }))
          }
        ]
      : []
  })
  const files = Object.fromEntries(outputFiles.map(({ contents, path }) => [basename(path), contents]))
  return { files, metafile }
}
