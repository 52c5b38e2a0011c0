/**
 * Bundles the report page's script and style into `report/asset.json`, so that nothing needs esbuild or the page's libraries when a
 * report is written. What it was made of is kept beside it by hash, and an asset that is current is not bundled again: a change
 * elsewhere in the repository costs nothing.
 */
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"

const root = new URL("../", import.meta.url)
const folder = "report/page"

interface Asset {
  /** Of the sources, the versions of what is bundled with them, and the texts below. */
  readonly hash: string
  /** The sources outside of the page's own folder. */
  readonly shared: ReadonlyArray<string>
  readonly js: string
  readonly css: string
}

const read = (path: string): string => readFileSync(new URL(path, root), "utf8")

const bundled = ["esbuild", "preact", "@tanstack/virtual-core", "chart.js"]

/** A source that was deleted is a change like any other. */
const textOf = (path: string): string => {
  try {
    return read(path)
  } catch {
    return ""
  }
}

const hashOf = ({ css, js, shared }: Omit<Asset, "hash">): string => {
  const { devDependencies }: { readonly devDependencies: Readonly<Record<string, string>> } = JSON.parse(
    read("package.json")
  )
  const own = readdirSync(new URL(`${folder}/`, root))
    .filter((file) => file !== "tsconfig.json")
    .sort()
    .map((file) => `${folder}/${file}`)
  const hash = createHash("sha256")
  for (const name of bundled) hash.update(`${name}@${devDependencies[name]}\n`)
  for (const path of [...own, ...shared, "scripts/reportAsset.ts"]) hash.update(`${path}\n${textOf(path)}\n`)
  return hash.update(js).update(css).digest("hex")
}

// These two would end a script element, or change how the browser reads it.
const inScript = (text: string): string => text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")

const bundle = async (): Promise<Asset> => {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root.pathname,
    entryPoints: { page: `${folder}/main.tsx`, style: `${folder}/style.css` },
    outdir: "out",
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "error"
  })
  const outputOf = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))?.text.trim() ?? ""
  const css = outputOf(".css")
  if (css.includes("</style")) throw new Error("the style would end its own element")
  const asset = {
    shared: Object.keys(metafile.inputs)
      .filter((path) => !path.startsWith("node_modules/") && !path.startsWith(`${folder}/`))
      .sort(),
    js: inScript(outputOf(".js")),
    css
  }
  return { hash: hashOf(asset), ...asset }
}

/** The text of `report/asset.json`. */
export const reportAsset = async (): Promise<string> => {
  const known: Asset | undefined =
    textOf("report/asset.json") === "" ? undefined : JSON.parse(read("report/asset.json"))
  const asset = known !== undefined && known.hash === hashOf(known) ? known : await bundle()
  return `${JSON.stringify(asset, null, 2)}\n`
}
