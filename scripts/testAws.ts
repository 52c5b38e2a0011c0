/** `npm run test:aws`: installs moto into `.venv`, starts it, and runs `test/aws` against it. Arguments go to vitest. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { startMoto } from "./moto.ts"
import { withoutAws } from "./venv.ts"

const root = join(import.meta.dirname, "..")

const { endpoint, server } = await startMoto("test:aws")
process.on("exit", () => server.kill())
// The terminal sends Ctrl-C to vitest as well, whose exit code ends this script.
process.on("SIGINT", () => undefined)

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")
const tests = spawn(
  process.execPath,
  [vitest, "run", "--config", "test/aws/vitest.config.ts", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...withoutAws(),
      // Never a real account: these are the only credentials that the tests and the commands they start can find.
      AWS_ENDPOINT_URL: endpoint.replace("127.0.0.1", "localhost"),
      // For vitest, and for the commands that the tests start.
      NODE_OPTIONS: `--import=${new URL("../test/aws/localhost.mjs", import.meta.url).href}`,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_SESSION_TOKEN: "testing",
      AWS_REGION: "us-east-1"
    }
  }
)
process.on("SIGTERM", () => tests.kill())
const [code, signal] = (await once(tests, "exit")) as [number | null, string | null]
process.exit(code ?? (signal === "SIGINT" ? 130 : 1))
