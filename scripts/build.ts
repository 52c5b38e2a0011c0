/** `npm run build`: bundles the command line for plain Node, with nothing left to install. Run by `prepack`. */
import { build } from "esbuild"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = new URL("../", import.meta.url).pathname

/** Writes the command line into a folder, which is emptied before. */
export const buildCommandLine = async (folder: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: { nightaudit: join(root, "cli/main.ts") },
    outdir: folder,
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
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n')
}

if (import.meta.main) await buildCommandLine(join(root, "dist"))
