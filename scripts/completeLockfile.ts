/**
 * Adds to package-lock.json the binaries for other platforms that npm left out. npm leaves out an optional package that the
 * registry does not have at the moment of `npm install`, and then `npm ci` refuses the whole file. Run it after `npm install`.
 */
import { readFileSync, writeFileSync } from "node:fs"

interface LockedPackage {
  readonly version: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const file = new URL("../package-lock.json", import.meta.url)
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(readFileSync(file, "utf8"))

const systems: Readonly<Record<string, string>> = { windows: "win32", win32: "win32", darwin: "darwin", linux: "linux" }
const otherSystems = ["android", "freebsd", "openharmony", "openbsd", "netbsd", "sunos", "aix"]
const processors = ["x64", "arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "wasm32"]

/** The platform that a package of binaries is for, by its name: `@oxlint/binding-linux-x64-musl`. */
const platformOf = (name: string) => {
  const words = name.slice(name.indexOf("/") + 1).split("-")
  const os = words.flatMap((word) => systems[word] ?? (otherSystems.includes(word) ? word : []))[0]
  const cpu = words.find((word) => processors.includes(word))
  const libc = name.includes("musl") ? "musl" : name.includes("gnu") ? "glibc" : undefined
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === "linux" && libc !== undefined ? { libc: [libc] } : {})
  }
}

const added: Array<string> = []
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    const platform = platformOf(name)
    // Without a platform it is not one of the binaries, and leaving it out is npm's own decision.
    if (lock.packages[key] !== undefined || platform.os === undefined) continue
    lock.packages[key] = {
      version,
      ...platform,
      optional: true,
      ...(parent.dev === true ? { dev: true } : {})
    } as LockedPackage
    added.push(name)
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(
  added.length === 0 ? "package-lock.json is complete" : `added ${added.length} packages: ${added.join(", ")}`
)
