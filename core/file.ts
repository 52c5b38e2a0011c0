/** Files that somebody names: what cannot be read is said in words, and what would never end is not read. */
import { readFileSync, statSync, type Stats } from "node:fs"
import * as Effect from "effect/Effect"

const whyNotRead = (cause: unknown): string => {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown error"
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file"
    case "EISDIR":
      return "is a directory, not a file"
    case "ELOOP":
      return "is a link that leads to itself"
    case "EACCES":
    case "EPERM":
      return "cannot be read: permission denied"
    default:
      return `cannot be read (${code})`
  }
}

const notWritten: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota of the disk is used up",
  EFBIG: "the file would be too large",
  EIO: "the device failed",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk cannot be written to",
  ENOENT: "there is no such folder",
  ENOTDIR: "what should be its folder is a file",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "a link leads to itself"
}

/** Why something could not be written, in words and with the system's code. */
export const whyNotWritten = ({ code = "unknown error", message }: NodeJS.ErrnoException): string =>
  `${notWritten[code] ?? message} (${code})`

/** What something is that is neither file nor folder: it may never end, or wait for somebody to write. */
export const specialKind = (stats: Stats): string | undefined =>
  stats.isFile() || stats.isDirectory() ? undefined : stats.isFIFO() ? "pipe" : stats.isSocket() ? "socket" : "device"

/** The bytes of a file. Fails with what is said of the file: `is a pipe, not a file`. */
export const bytesOf = (file: string): Effect.Effect<Uint8Array, string> =>
  Effect.try({ try: () => specialKind(statSync(file)), catch: whyNotRead }).pipe(
    Effect.flatMap((kind) =>
      kind === undefined
        ? Effect.try({ try: () => readFileSync(file), catch: whyNotRead })
        : Effect.fail(`is a ${kind}, not a file`)
    )
  )
