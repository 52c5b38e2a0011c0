/** `node scripts/functions.ts [folder]`: bundles the Lambda functions as they are deployed, each into one module. */
import { build, type Metafile } from "esbuild"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = new URL("../", import.meta.url).pathname

export const functionNames = ["mcp", "interceptor"] as const

export interface FunctionBundle {
  readonly code: Uint8Array
  readonly metafile: Metafile
}

/** The bundle of `functions/<name>.ts`, in memory. */
export const functionBundle = async (name: (typeof functionNames)[number]): Promise<FunctionBundle> => {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(root, "functions", `${name}.ts`)],
    outfile: `${name}.mjs`,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // As ES modules packages lose what nobody uses of them.
    mainFields: ["module", "main"],
    metafile: true,
    write: false,
    logLevel: "error",
    banner: {
      // Packages in CommonJS that are bundled into a module call `require` for Node's own modules.
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);'
    }
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${name}`)
  return { code: output.contents, metafile }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(root, "dist/functions")
  mkdirSync(folder, { recursive: true })
  for (const name of functionNames) {
    const { code } = await functionBundle(name)
    writeFileSync(join(folder, `${name}.mjs`), code)
    console.log(`${join(folder, `${name}.mjs`)}: ${Math.round(code.length / 1000)} kB`)
  }
}
