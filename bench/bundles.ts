/** What each step of the machine weighs as a Lambda function: its program with the layers that it needs in the cloud. */
import { build, type Metafile } from "esbuild"
import { basename } from "node:path"
import { gzipSync } from "node:zlib"

const root = new URL("..", import.meta.url).pathname

const kept = ["core/catalogue/Catalogue.ts", "audit/catalogueLayer.ts", "core/store/dynamo/dynamo.ts"]
const calling = [
  ...kept,
  "core/aws/Aws.ts",
  "core/aws/Credentials.ts",
  "core/aws/HttpHandler.ts",
  "core/aws/Transport.ts"
]

/** The modules of each step's function. */
export const functions: Readonly<Record<string, ReadonlyArray<string>>> = {
  plan: calling,
  discover: calling,
  scan: [...calling, "audit/ScanRegistry.ts", "core/pricing/Prices.ts"],
  settle: kept,
  sum: kept,
  notify: [...kept, "core/alerts/Notifier.ts"],
  recordFailure: kept
}

/** Builds one step's function as it would be deployed, in memory. */
export const bundleOf = async (step: string, modules: ReadonlyArray<string>) => {
  const entries = [`workflows/steps/${step}.ts`, ...modules]
  const { metafile, outputFiles } = await build({
    stdin: {
      // What is exported is kept, as the handler would use it.
      contents: entries.map((file, index) => `export * as m${index} from "./${file}"`).join("\n"),
      resolveDir: root,
      loader: "ts"
    },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    outdir: "out",
    metafile: true,
    write: false,
    logLevel: "error"
  })
  const whole = outputFiles.reduce((bytes, { contents }) => bytes + contents.length, 0)
  const zipped = outputFiles.reduce((bytes, { contents }) => bytes + gzipSync(contents).length, 0)
  return { ...contentsOf(metafile), bytes: whole, gzipBytes: zipped, startBytes: startBytesOf(metafile) }
}

/** The clients of AWS in a bundle, and the product's own files. */
const contentsOf = ({ inputs }: Metafile) => ({
  clients: [
    ...new Set(Object.keys(inputs).flatMap((file) => /node_modules\/@aws-sdk\/client-([\w-]+)\//.exec(file)?.[1] ?? []))
  ].sort(),
  files: Object.keys(inputs).filter((file) => !file.startsWith("node_modules/"))
})

/** Bytes that a cold start reads: the entry and what it imports, without what is imported on demand. */
const startBytesOf = ({ outputs }: Metafile) => {
  const seen = new Set<string>()
  const visit = (file: string): number => {
    const output = outputs[file]
    if (output === undefined || seen.has(file)) return 0
    seen.add(file)
    return output.imports.reduce(
      (bytes, { kind, path }) => bytes + (kind === "import-statement" ? visit(path) : 0),
      output.bytes
    )
  }
  return visit(Object.keys(outputs).find((file) => basename(file) === "stdin.js") ?? "")
}

const isScan = (file: string) => file.startsWith("scans/") && !/^scans\/(shared\/|Scan\.ts)/.test(file)

/** Prints the table. */
export const benchBundles = async (): Promise<void> => {
  const rows = []
  for (const [step, modules] of Object.entries(functions)) {
    const { bytes, clients, files, gzipBytes, startBytes } = await bundleOf(step, modules)
    const kB = (count: number) => Math.round(count / 1000)
    rows.push({
      step,
      kB: kB(bytes),
      "kB gzipped": kB(gzipBytes),
      "kB at a cold start": kB(startBytes),
      clients: clients.length > 6 ? `${clients.length} clients` : clients.join(", "),
      scans: files.filter((file) => isScan(file)).length
    })
  }
  console.log("What each step of the machine weighs as a Lambda function, minified:")
  console.table(rows)
}

if (import.meta.main) await benchBundles()
