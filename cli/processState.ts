/** This process, and whether another one is still there: told so that a number that was given out again is not taken for it. */
import { execFileSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import { kill, pid, platform } from "node:process"
import type { RunProcess } from "../core/run/RunProcess.ts"

/** `unknown`: a process of another machine, or of another container with this one's name. */
export type ProcessState = "own" | "alive" | "gone" | "unknown"

const read = (text: () => string): string | undefined => {
  try {
    return text().trim()
  } catch {
    return undefined
  }
}

/** When the process with a number began, in the system's own words: they differ between two processes that had one number. */
const startOf = (of: number): string | undefined =>
  platform === "linux"
    ? read(() => {
        const stat = readFileSync(`/proc/${of}/stat`, "utf8")
        // The name of the program, in parentheses, may hold spaces. Field 22 of proc_pid_stat(5): ticks since boot.
        return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""
      })
    : platform === "darwin"
      ? read(() =>
          execFileSync("ps", ["-o", "lstart=", "-p", String(of)], {
            encoding: "utf8",
            env: { LC_ALL: "C", TZ: "UTC" },
            stdio: ["ignore", "pipe", "ignore"]
          })
        )
      : undefined

/** This process. */
export const ownProcess = (): RunProcess => {
  const start = startOf(pid)
  const boot = read(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"))
  const namespace = read(() => readlinkSync("/proc/self/ns/pid"))
  return {
    host: hostname(),
    pid,
    ...(start === undefined ? {} : { start }),
    ...(boot === undefined ? {} : { boot }),
    ...(namespace === undefined ? {} : { namespace })
  }
}

const isThere = (of: number): boolean => {
  try {
    kill(of, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** What `own` can tell of the process of a run. What either of them does not say is not compared. */
export const processState = (own: RunProcess, other: RunProcess): ProcessState => {
  const differs = (key: "start" | "boot" | "namespace", mine = own[key]): boolean =>
    other[key] !== undefined && mine !== undefined && other[key] !== mine
  if (other.host !== own.host) return "unknown"
  if (differs("boot")) return "gone"
  if (differs("namespace")) return "unknown"
  if (other.pid === own.pid) return differs("start") ? "gone" : "own"
  return isThere(other.pid) && !differs("start", startOf(other.pid)) ? "alive" : "gone"
}
