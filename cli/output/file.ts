/** Writes what a command makes into a file that somebody names: whole, or not at all. */
import { createHash, randomBytes } from "node:crypto"
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { specialKind, whyNotWritten } from "../../core/file.ts"
import { millisPerHour } from "../../core/time.ts"
import { exitCode, Problem, usageProblem } from "../Problem.ts"

/** What was asked for is at fault, and nothing that happened while it was written. */
const usageCodes = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"])

const notWritten =
  (file: string) =>
  (cause: unknown): Problem => {
    const error = cause as NodeJS.ErrnoException
    return new Problem({
      exitCode: usageCodes.has(error.code ?? "") ? exitCode.usage : exitCode.output,
      lines: [`${file} could not be written: ${whyNotWritten(error)}.`]
    })
  }

/** The first bytes of a file as text; undefined where there is none. */
const beginningOf = (file: string, length: number): string | undefined => {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const descriptor = openSync(file, "r")
  try {
    const bytes = Buffer.alloc(length)
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, length, 0))
  } finally {
    closeSync(descriptor)
  }
}

export interface WriteOptions {
  /** Replaces whatever is there. */
  readonly overwrite: boolean
  /** How a file begins that may be replaced, because an earlier run of the same command wrote it. */
  readonly ownBeginning: string | undefined
}

/** Refuses a name under which nothing can or may be written. */
const checkPlace = (file: string, { overwrite, ownBeginning }: WriteOptions): Effect.Effect<void, Problem> =>
  Effect.try({ try: () => statSync(file, { throwIfNoEntry: false }), catch: notWritten(file) }).pipe(
    Effect.flatMap((stats) => {
      if (stats === undefined) return Effect.void
      if (stats.isDirectory()) return Effect.fail(usageProblem(`${file} is a folder: name a file in it.`))
      const kind = specialKind(stats)
      if (kind !== undefined) return Effect.fail(usageProblem(`${file} is a ${kind}, not a file.`))
      if (overwrite) return Effect.void
      const refused = usageProblem(
        `${file} is there already and ${ownBeginning === undefined ? "would be replaced" : "is no report of Night Audit"}: --overwrite replaces it.`
      )
      if (ownBeginning === undefined) return Effect.fail(refused)
      return Effect.try({ try: () => beginningOf(file, ownBeginning.length), catch: notWritten(file) }).pipe(
        Effect.flatMap((beginning) => (beginning === ownBeginning ? Effect.void : Effect.fail(refused)))
      )
    })
  )

const writeAll = (descriptor: number, text: string): void => {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written)
}

/** How the parts of a file begin: short, however long its own name is. */
const partsOf = (file: string): string =>
  `.nightaudit-${createHash("sha256").update(basename(file)).digest("hex").slice(0, 16)}-`

/** Removes what writers of the same file left that were killed: no living one is silent for an hour. `begun` is a part of now. */
const removeOldParts = (file: string, begun: number): void => {
  const [folder, beginning] = [dirname(file), partsOf(file)]
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(beginning) || !name.endsWith(".part")) continue
      const part = join(folder, name)
      if (fstatSync(begun).mtimeMs - lstatSync(part).mtimeMs > millisPerHour) rmSync(part, { force: true })
    }
  } catch {
    // Somebody else's, or gone meanwhile: it is in nobody's way.
  }
}

/**
 * Begins a file beside the one that it becomes. Nobody can know its name and put a link there, no other process writes into it, and one
 * that is there already is not opened.
 */
const beginBeside = (file: string): { readonly part: string; readonly descriptor: number } => {
  const part = join(dirname(file), `${partsOf(file)}${randomBytes(8).toString("hex")}.part`)
  const descriptor = openSync(part, "wx", 0o600)
  removeOldParts(file, descriptor)
  return { part, descriptor }
}

/** Gives a file the name that it was written for, and who may read it where it takes another one's place. */
const takePlace = ({ descriptor, part }: ReturnType<typeof beginBeside>, file: string): void => {
  const before = lstatSync(file, { throwIfNoEntry: false })
  if (before?.isFile() === true) {
    const own = fstatSync(descriptor)
    let mode = before.mode & 0o777
    try {
      if (own.uid !== before.uid || own.gid !== before.gid) fchownSync(descriptor, before.uid, before.gid)
    } catch {
      // What another group may do is not for this one.
      mode &= 0o707
    }
    fchmodSync(descriptor, mode)
  }
  renameSync(part, file)
}

/** Writes a short text under a name, whole or not at all. Throws what the system says. */
export const replaceFile = (file: string, text: string): void => {
  const begun = beginBeside(file)
  const { descriptor, part } = begun
  try {
    writeAll(descriptor, text)
    takePlace(begun, file)
  } finally {
    closeSync(descriptor)
    rmSync(part, { force: true })
  }
}

/** Characters that are written at once. */
const writeAtOnce = 65_536

/**
 * Writes the pieces of a text into a file beside it, and gives it the name at its end: whoever reads the file never sees half of it,
 * and what fails leaves what was there before.
 */
export const writeFile = <E, R>(
  file: string,
  pieces: Stream.Stream<string, E, R>,
  options: WriteOptions
): Effect.Effect<void, E | Problem, R> =>
  Effect.gen(function* () {
    yield* checkPlace(file, options)
    const failed = notWritten(file)
    yield* Effect.acquireUseRelease(
      Effect.try({ try: () => beginBeside(file), catch: failed }),
      (begun) =>
        Effect.gen(function* () {
          let waiting: Array<string> = []
          let size = 0
          const flush = Effect.try({
            try: () => {
              writeAll(begun.descriptor, waiting.join(""))
              waiting = []
              size = 0
            },
            catch: failed
          })
          yield* Stream.runForEach(pieces, (piece) => {
            waiting.push(piece)
            size += piece.length
            return size < writeAtOnce ? Effect.void : flush
          })
          yield* flush
          yield* Effect.try({ try: () => takePlace(begun, file), catch: failed })
        }),
      ({ descriptor, part }) =>
        Effect.sync(() => {
          closeSync(descriptor)
          rmSync(part, { force: true })
        })
    )
  })
