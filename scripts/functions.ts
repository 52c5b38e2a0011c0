/** `node scripts/functions.ts [folder]`: bundles the Lambda functions as they are deployed, each into a folder. */
import { build, type Metafile, type Plugin } from "esbuild"
import { mkdirSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { bundling } from "../stacks/bundling.ts"
import { stepNames } from "../workflows/nightly.ts"

const root = new URL("../", import.meta.url).pathname

/** Every function that is deployed. */
export const functionNames = [...stepNames, "microScan", "mcp", "interceptor", "openReport"] as const

export interface FunctionBundle {
  /** Its modules by their names; `<name>.mjs` has the handler, and what it loads on demand is beside it. */
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly metafile: Metafile
}

/** The source of a function. */
export const functionEntry = (name: string): string => join(root, "functions", `${name}.ts`)

// What SST puts in front of every module: packages in CommonJS that are bundled into one ask for these.
const banner = `import { createRequire as topLevelCreateRequire } from 'module';
const require = topLevelCreateRequire(import.meta.url);
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"
const __filename = topLevelFileUrlToPath(import.meta.url)
const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))
`

/**
 * The bundle of `functions/<name>.ts`, in memory, byte for byte as SST 4.17.1 makes it of the same options, but for the names of its files: its binary was
 * asked for that of the MCP function. `plugins` put something in the place of a part of it.
 */
export const functionBundle = async (name: string, plugins: ReadonlyArray<Plugin> = []): Promise<FunctionBundle> => {
  const { esbuild, minify, splitting } = bundling
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [functionEntry(name)],
    outdir: "out",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting,
    minify,
    ...esbuild,
    format: "esm",
    platform: "node",
    // Of Node 24.
    target: "es2024",
    // As ES modules packages lose what nobody uses of them.
    mainFields: ["module", "main"],
    metafile: true,
    write: false,
    logLevel: "error",
    plugins: [...plugins],
    banner: { js: banner }
  })
  return { files: new Map(outputFiles.map(({ contents, path }) => [basename(path), contents])), metafile }
}

/** Writes a bundle into a folder and gives the path of the module with the handler. */
export const writeBundle = ({ files }: FunctionBundle, name: string, folder: string): string => {
  mkdirSync(folder, { recursive: true })
  for (const [file, contents] of files) writeFileSync(join(folder, file), contents)
  return join(folder, `${name}.mjs`)
}

export const bytesOf = ({ files }: FunctionBundle): number =>
  [...files.values()].reduce((bytes, { length }) => bytes + length, 0)

/** The source files of a bundle, from the root of the project. */
export const filesIn = ({ metafile }: FunctionBundle): ReadonlyArray<string> => Object.keys(metafile.inputs)

/** The clients of the AWS SDK in a bundle, `client-ec2`. */
export const clientsIn = (bundle: FunctionBundle): ReadonlyArray<string> => [
  ...new Set(
    filesIn(bundle).flatMap((file) => /node_modules\/@aws-sdk\/((?:client|lib)-[\w-]+)\//.exec(file)?.[1] ?? [])
  )
]

/** The modules that a cold start reads: the entry and what it imports, without what is imported on demand. */
export const startOf = ({ metafile: { outputs } }: FunctionBundle): ReadonlyArray<string> => {
  const [entry = ""] = Object.keys(outputs)
    .filter((file) => functionNames.some((name) => basename(file) === `${name}.mjs`))
    .slice(0, 1)
  const seen = new Set([entry])
  for (const file of seen) {
    for (const { kind, path } of outputs[file]?.imports ?? []) if (kind === "import-statement") seen.add(path)
  }
  return [...seen].filter((file) => outputs[file] !== undefined)
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(root, "dist/functions")
  for (const name of functionNames) {
    const bundle = await functionBundle(name)
    console.log(`${writeBundle(bundle, name, join(folder, name))}: ${Math.round(bytesOf(bundle) / 1000)} kB`)
  }
}
