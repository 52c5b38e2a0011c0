/** `npm run build`: bundles the command line for plain Node, with nothing left to install. Run by `prepack`. */
import { build } from "esbuild"
import { rmSync, writeFileSync } from "node:fs"

const root = new URL("../", import.meta.url)
const path = (relative: string) => new URL(relative, root).pathname

rmSync(path("dist"), { recursive: true, force: true })
await build({
  entryPoints: { nightaudit: path("cli/main.ts") },
  outdir: path("dist"),
  bundle: true,
  // One chunk per scan and client, so that a command loads only what it uses.
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.21",
  minifyWhitespace: true,
  minifySyntax: true,
  // Operations are named after the SDK's command classes.
  keepNames: true,
  legalComments: "linked",
  // Its CommonJS build hides its own files from the bundler.
  alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
  logLevel: "warning",
  banner: {
    // Packages in CommonJS that are bundled into a module call `require` for Node's own modules.
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);'
  }
})
writeFileSync(path("dist/package.json"), '{ "type": "module" }\n')
