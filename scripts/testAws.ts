/** `npm run test:aws`: installs moto into `.venv`, starts it, and runs `test/aws` against it. Arguments go to vitest. */
import { startMoto } from "./moto.ts"
import { runVitest } from "./runVitest.ts"
import { withoutAws } from "./venv.ts"

const { endpoint, server } = await startMoto("test:aws")
process.on("exit", () => server.kill())

await runVitest("test/aws/vitest.config.ts", {
  ...withoutAws(),
  // Never a real account: these are the only credentials that the tests and the commands they start can find.
  AWS_ENDPOINT_URL: endpoint.replace("127.0.0.1", "localhost"),
  // For vitest, and for the commands that the tests start.
  NODE_OPTIONS: `--import=${new URL("../test/aws/localhost.mjs", import.meta.url).href}`,
  AWS_ACCESS_KEY_ID: "testing",
  AWS_SECRET_ACCESS_KEY: "testing",
  AWS_SESSION_TOKEN: "testing",
  AWS_REGION: "us-east-1"
})
