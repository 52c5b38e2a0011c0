import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"
import { stepNames } from "../../workflows/nightly.ts"

const root = new URL("../..", import.meta.url).pathname

/** The product's files that a file loads, and the clients of AWS. */
const loadedBy = async (entry: string) => {
  const { metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    packages: "external",
    format: "esm",
    outdir: "out",
    write: false,
    metafile: true
  })
  const packages = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  return {
    files: Object.keys(metafile.inputs),
    clients: packages.filter((path) => path.startsWith("@aws-sdk/client-")).sort()
  }
}

describe("a step of the machine", () => {
  it("loads no scan, no runner and no client but what it calls itself", async () => {
    const clients: Record<string, ReadonlyArray<string>> = {}
    for (const step of stepNames) {
      if (step === "scan") continue
      const loaded = await loadedBy(`workflows/steps/${step}.ts`)
      assert.deepStrictEqual(
        // What types of resources are called and billed as is plain data, which notices of what was started need.
        loaded.files.filter((file) =>
          /^(scans|audit|datasets\/engine(?!\/ResourceKind)|datasets\/metrics)\//.test(file)
        ),
        [],
        step
      )
      clients[step] = loaded.clients
    }
    assert.deepStrictEqual(clients, {
      plan: ["@aws-sdk/client-organizations", "@aws-sdk/client-sts"],
      discover: ["@aws-sdk/client-ec2", "@aws-sdk/client-sts"],
      settle: [],
      sum: [],
      report: [],
      notify: [],
      recordFailure: []
    })
  })
})

describe("what starts live scans", () => {
  it("loads no scan, no dataset, no machine and no client", async () => {
    const { clients, files } = await loadedBy("mcp/liveScansOnSteps.ts")
    assert.deepStrictEqual(clients, [])
    assert.include(files, "workflows/liveScan.ts")
    assert.deepStrictEqual(
      files.filter((file) =>
        /^(scans|audit|datasets|sample|workflows\/engine|core\/store\/(sqlite|dynamo))/.test(file)
      ),
      []
    )
  })
})
