/**
 * One scope with 1, 10 and 100 thousand volumes and as many functions: calls, seconds and peak memory of the scan step, over
 * HTTP and the AWS SDK. Each size runs in a process of its own, against a server in another.
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { once } from "node:events"
import { catalogueLayer } from "../audit/catalogueLayer.ts"
import { ScanRegistry } from "../audit/ScanRegistry.ts"
import { Aws } from "../core/aws/Aws.ts"
import { Credentials, ownKey } from "../core/aws/Credentials.ts"
import { HttpHandler } from "../core/aws/HttpHandler.ts"
import { RateOf, unlimited } from "../core/aws/RateLimits.ts"
import { Transport } from "../core/aws/Transport.ts"
import { Notifier } from "../core/alerts/Notifier.ts"
import { Prices } from "../core/pricing/Prices.ts"
import { layerSqlite } from "../core/store/sqlite/sqlite.ts"
import { Store } from "../core/store/Store.ts"
import { runNightly } from "../workflows/engine.ts"

const account = "111111111111"

const provider = () => Promise.resolve({ accessKeyId: "AKIABENCH", secretAccessKey: "bench" })

const layerOf = (endpoint: string, store: string) => {
  const credentials = Layer.succeed(Credentials, {
    caller: Effect.succeed({ account, arn: `arn:aws:iam::${account}:user/bench` }),
    provider,
    takeRequests: Effect.succeed([]),
    session: () => Effect.succeed({ key: ownKey, account, provider })
  })
  return Layer.mergeAll(
    Aws.layer.pipe(
      Layer.provide(Transport.layerSdk),
      Layer.provide(HttpHandler.layer()),
      Layer.provideMerge(credentials)
    ),
    catalogueLayer,
    Prices.layerSnapshot,
    ScanRegistry.layer,
    Notifier.layerNone,
    Layer.succeed(RateOf, unlimited)
  ).pipe(
    Layer.provideMerge(layerSqlite(store)),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ AWS_ENDPOINT_URL: endpoint })))
  )
}

/** Runs one size in this process and prints a line of JSON. */
const measure = async (count: number, endpoint: string) => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-bench-"))
  const started = performance.now()
  const run = await Effect.runPromise(
    runNightly({
      trigger: "manual",
      accounts: "self",
      regions: ["eu-west-1"],
      excludeRegions: [],
      scans: ["find_unused_volumes", "find_unused_lambda_functions"],
      settings: {},
      minMonthlySavingsUsd: 0,
      suppressTagKeys: [],
      maxRunUsd: null,
      full: false,
      process: null
    }).pipe(
      Effect.flatMap((id) => Effect.flatMap(Store, (store) => store.run(id))),
      Effect.provide(layerOf(endpoint, join(folder, "audit.db")))
    )
  )
  const seconds = (performance.now() - started) / 1000
  const { cost, coverage, totals } = run?.summary ?? { cost: undefined, coverage: undefined, totals: undefined }
  if (coverage?.complete !== 2) throw new Error(`not complete: ${JSON.stringify(coverage?.gaps)}`)
  rmSync(folder, { recursive: true })
  console.log(
    JSON.stringify({
      resources: count,
      findings: (totals?.unconfirmed.findings ?? 0) + (totals?.confirmed.findings ?? 0),
      calls: cost?.totalCalls,
      metricsUsd: cost?.callsUsd,
      seconds: Number(seconds.toFixed(1)),
      peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024)
    })
  )
}

const serverFor = async (count: number) => {
  const server = spawn(process.execPath, [new URL("fakeAws.ts", import.meta.url).pathname, String(count)], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const [port] = (await once(server.stdout, "data")) as [Buffer]
  return { endpoint: `http://127.0.0.1:${port.toString().trim()}`, stop: () => server.kill() }
}

// As Node sets its heap in a Lambda function of 512 MB; with more memory V8 collects later and takes more.
const smallHeap = ["--max-old-space-size=256", "--max-semi-space-size=4"]

/** Prints the table. */
export const benchScale = async (sizes: ReadonlyArray<number> = [1_000, 10_000, 100_000]) => {
  const rows = []
  for (const count of sizes) {
    const { endpoint, stop } = await serverFor(count)
    const child = spawn(process.execPath, [...smallHeap, import.meta.filename, String(count), endpoint], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let output = ""
    child.stdout.on("data", (chunk) => (output += chunk))
    const [code] = await once(child, "exit")
    stop()
    if (code !== 0) throw new Error(`${count} resources: exit ${code}`)
    rows.push(JSON.parse(output))
  }
  console.log("One scope with so many volumes and as many functions, over HTTP, without rate limits, heap of 256 MB:")
  console.table(rows)
}

if (import.meta.main) {
  const [count, endpoint] = process.argv.slice(2)
  if (count === undefined || endpoint === undefined) await benchScale()
  else await measure(Number(count), endpoint)
}
