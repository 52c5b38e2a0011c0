/**
 * `npm run test:exports`: installs the public validators of FOCUS and OCSF into `.venv-exports`, and runs `test/exports`, which holds the
 * exports of the sample against them. Arguments go to vitest.
 */
import { runVitest } from "./runVitest.ts"
import { installVenv } from "./venv.ts"

const programs = installVenv({
  label: "test:exports",
  what: "focus-validator and ocsf-json-schema",
  folder: ".venv-exports",
  requirements: "test/exports/requirements.txt",
  minor: 12,
  isWhole: true
})

await runVitest("test/exports/vitest.config.ts", { ...process.env, VALIDATORS: programs })
