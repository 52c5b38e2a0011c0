/**
 * Bundles the script and the style of a page, the report's or that of an answer in an assistant, into a JSON file, so that nothing
 * needs esbuild or a page's libraries when the page is written. What it was made of is kept beside it by hash, and an asset that is
 * current is not bundled again: a change elsewhere in the repository costs nothing.
 */
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"

const root = new URL("../", import.meta.url)

export interface Page {
  /** Of its sources, from the root of the project; the style is its `style.css`. */
  readonly folder: string
  /** The file in it that the script begins with. */
  readonly script: string
  /** The packages that are bundled with it. */
  readonly packages: ReadonlyArray<string>
  /** Where its asset is kept. */
  readonly file: string
}

export const reportPage: Page = {
  folder: "report/page",
  script: "main.tsx",
  packages: ["preact", "@tanstack/virtual-core", "chart.js"],
  file: "report/asset.json"
}

export const answerPage: Page = { folder: "mcp/view", script: "main.ts", packages: [], file: "mcp/viewAsset.json" }

/**
 * The oldest browsers that draw the pages; the README says them. What decides is unpacking the data (DecompressionStream: Firefox 113,
 * Safari 16.4) and Array.findLastIndex (Chrome 97). Source: MDN's tables of compatibility. A test holds the bundles to it.
 */
const oldestBrowsers = ["chrome97", "firefox113", "safari16.4"]

interface Asset {
  /** Of the sources, the versions of what is bundled with them, and the texts below. */
  readonly hash: string
  /** The sources outside of the page's own folder. */
  readonly shared: ReadonlyArray<string>
  readonly js: string
  readonly css: string
}

const read = (path: string): string => readFileSync(new URL(path, root), "utf8")

/** A source that was deleted is a change like any other. */
const textOf = (path: string): string => {
  try {
    return read(path)
  } catch {
    return ""
  }
}

const hashOf = ({ folder, packages }: Page, { css, js, shared }: Omit<Asset, "hash">): string => {
  const { devDependencies }: { readonly devDependencies: Readonly<Record<string, string>> } = JSON.parse(
    read("package.json")
  )
  const own = readdirSync(new URL(`${folder}/`, root))
    .filter((file) => file !== "tsconfig.json")
    .sort()
    .map((file) => `${folder}/${file}`)
  const hash = createHash("sha256")
  for (const name of ["esbuild", ...packages]) hash.update(`${name}@${devDependencies[name]}\n`)
  for (const path of [...own, ...shared, "scripts/pageAsset.ts"]) hash.update(`${path}\n${textOf(path)}\n`)
  return hash.update(js).update(css).digest("hex")
}

// These two would end a script element, or change how the browser reads it.
const inScript = (text: string): string => text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")

/** Without the custom properties that nothing mentions: the palette is that of several pages. */
const usedOnly = (css: string, js: string): string =>
  css.replace(/(--[\w-]+):[^;}]*;?/g, (declared, name: string) =>
    css.includes(`var(${name})`) || css.includes(`var(${name},`) || js.includes(name) ? declared : ""
  )

const bundle = async (page: Page): Promise<Asset> => {
  const { folder, script } = page
  const { metafile, outputFiles } = await build({
    absWorkingDir: root.pathname,
    entryPoints: { page: `${folder}/${script}`, style: `${folder}/style.css` },
    outdir: "out",
    bundle: true,
    minify: true,
    format: "iife",
    target: oldestBrowsers,
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
    css: usedOnly(css, outputOf(".js"))
  }
  return { hash: hashOf(page, asset), ...asset }
}

/** The text of a page's asset. */
export const pageAsset = async (page: Page): Promise<string> => {
  const kept = textOf(page.file)
  const known: Asset | undefined = kept === "" ? undefined : JSON.parse(kept)
  const asset = known !== undefined && known.hash === hashOf(page, known) ? known : await bundle(page)
  return `${JSON.stringify(asset, null, 2)}\n`
}
