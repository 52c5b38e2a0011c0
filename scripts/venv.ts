/** Python tools that suites use, in virtual environments of their own, installed once for each content of their requirements. */
import { spawnSync, type SpawnSyncReturns } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"

const root = join(import.meta.dirname, "..")

const lastLine = ({ error, stderr, stdout }: SpawnSyncReturns<string>): string =>
  error?.message ?? `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? ""

const run = (command: string, args: ReadonlyArray<string>) => spawnSync(command, args, { encoding: "utf8" })

export interface Venv {
  /** The command of npm that messages begin with: `test:aws`. */
  readonly label: string
  /** What is installed, in words. */
  readonly what: string
  /** Its folder and the file of its requirements, from the root of the repository. */
  readonly folder: string
  readonly requirements: string
}

/** Ends the process with one line. */
export const failAs =
  (label: string) =>
  (message: string): never => {
    console.error(`${label}: ${message}`)
    process.exit(1)
  }

/** Makes the folder hold what the requirements name, which takes a moment where it does already, and answers its programs' folder. */
export const installVenv = ({ folder, label, requirements, what }: Venv): string => {
  const fail = failAs(label)
  const environment = join(root, folder)
  const programs = join(environment, process.platform === "win32" ? "Scripts" : "bin")
  const python = join(programs, "python")
  const marker = join(environment, "nightaudit-requirements.sha256")
  const file = join(root, requirements)
  const wanted = createHash("sha256").update(readFileSync(file)).digest("hex")
  const works = existsSync(python) && run(python, ["-c", ""]).status === 0
  if (works && existsSync(marker) && readFileSync(marker, "utf8") === wanted) return programs

  if (!works) {
    const version = run("python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"])
    if (version.error !== undefined) {
      fail(`Python 3 is needed for ${what}, and there is no python3 (on Debian: apt-get install python3 python3-venv).`)
    }
    if (version.stdout.trim() !== "True") fail(`python3 is too old for ${what}: it needs Python 3.10 or newer.`)
    const made = run("python3", ["-m", "venv", "--clear", environment])
    if (made.status !== 0) {
      fail(`python3 could not make ${environment} (on Debian: apt-get install python3-venv): ${lastLine(made)}`)
    }
  }
  console.error(`${label}: installing ${what} into ${relative(root, environment)}, once`)
  const installed = run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", file])
  if (installed.status !== 0) fail(`pip could not install ${requirements}: ${lastLine(installed)}`)
  writeFileSync(marker, wanted)
  return programs
}

/** The environment of this process without what leads to a real account. */
export const withoutAws = (): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"))),
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true"
})
