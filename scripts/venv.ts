/** Python tools that suites use, in virtual environments of their own, installed once for each content of their requirements. */
import { spawnSync, type SpawnSyncReturns } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
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
  /** The oldest Python 3 that it runs on; 10 where nothing is said. */
  readonly minor?: number
  /** Whether the requirements name all that is needed, so that pip adds nothing. */
  readonly isWhole?: boolean
}

/** The newest minor version of Python 3 that is looked for by name. */
const newestMinor = 14

/** Pythons by the names that they are installed under, `python3` first; last those of pyenv, which are on no path unless chosen. */
const pythons = (minor: number): ReadonlyArray<string> => {
  const versions = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions")
  const named = Array.from({ length: newestMinor - minor + 1 }, (_, index) => `python3.${minor + index}`)
  const ofPyenv = existsSync(versions) ? readdirSync(versions).toSorted() : []
  return ["python3", ...named, ...ofPyenv.map((version) => join(versions, version, "bin", "python3"))]
}

/** The first Python 3 that is new enough, and what was found besides: a shim of pyenv, for one, may run nothing. */
export const findPython = (
  minor: number,
  candidates = pythons(minor)
): { readonly python: string | undefined; readonly found: ReadonlyArray<string> } => {
  const found = new Set<string>()
  for (const python of candidates) {
    const { status, stdout } = run(python, ["-c", "import sys; print(*sys.version_info[:3], sep='.')"])
    const version = status === 0 ? stdout.trim() : ""
    const [major, own] = version.split(".").map(Number)
    if (major === 3 && own !== undefined && own >= minor) return { python, found: [...found, version] }
    if (version !== "") found.add(version)
  }
  return { python: undefined, found: [...found] }
}

/** Ends the process with one line. */
export const failAs =
  (label: string) =>
  (message: string): never => {
    console.error(`${label}: ${message}`)
    process.exit(1)
  }

/** Makes the folder hold what the requirements name, which takes a moment where it does already, and answers its programs' folder. */
export const installVenv = ({ folder, isWhole = false, label, minor = 10, requirements, what }: Venv): string => {
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
    const { found, python: maker } = findPython(minor)
    if (maker === undefined) {
      return fail(
        `Python 3.${minor} or newer is needed for ${what}, and there is ${found.length === 0 ? "no Python 3" : `only ${found.join(", ")}`} (on Debian: apt-get install python3 python3-venv; elsewhere, and for a newer one: pyenv install 3.${Math.max(minor, 12)}).`
      )
    }
    const made = run(maker, ["-m", "venv", "--clear", environment])
    if (made.status !== 0) {
      fail(`${maker} could not make ${environment} (on Debian: apt-get install python3-venv): ${lastLine(made)}`)
    }
  }
  console.error(`${label}: installing ${what} into ${relative(root, environment)}, once`)
  const installed = run(python, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    ...(isWhole ? ["--no-deps"] : []),
    "-r",
    file
  ])
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
