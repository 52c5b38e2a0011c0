/** Finds, reads and decodes the configuration file, and puts over it what differs from machine to machine. */
import { lstatSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { createScanner, getNodeValue, type Node, parseTree, type ParseError, printParseErrorCode } from "jsonc-parser"
import * as Effect from "effect/Effect"
import { bytesOf } from "../file.ts"
import { variable } from "../variable.ts"
import { type Config, decodeConfig, type KnownScan } from "./Config.ts"
import { ConfigError, type ConfigProblem } from "./ConfigError.ts"

export const configFileNames = ["nightaudit.config.json", "nightaudit.config.jsonc"] as const

export interface ReadConfig {
  /** `store` is an absolute path. */
  readonly config: Config
  /** The file that was read; undefined when there is none and the defaults hold. */
  readonly file: string | undefined
}

const words = (code: string): string => code.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()

/** The text of a file in UTF-8, with or without a byte order mark. */
const textOf = (bytes: Uint8Array): Effect.Effect<string, string> => {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return Effect.fail("is in UTF-16; save it in UTF-8")
  }
  return Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => "is not text in UTF-8"
  })
}

const positionOf = (text: string, offset: number): string => {
  const lines = text.slice(0, offset).split("\n")
  return `line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}`
}

/** Keys that an object has twice: only the last would count, and nobody would notice. */
const repeatedKeys = (node: Node, text: string, path = ""): ReadonlyArray<ConfigProblem> => {
  const children = node.children ?? []
  if (node.type === "array") return children.flatMap((child, index) => repeatedKeys(child, text, `${path}[${index}]`))
  const seen = new Set<string>()
  return children.flatMap(({ children: [key, value] = [] }) => {
    if (key === undefined || value === undefined) return []
    const name = String(key.value)
    const own = path === "" ? name : `${path}.${name}`
    const repeated = seen.has(name) ? [{ path: own, message: `is given twice (${positionOf(text, key.offset)})` }] : []
    seen.add(name)
    return [...repeated, ...repeatedKeys(value, text, own)]
  })
}

/** Deeper than any configuration; a parser that goes down with its text has no stack for a hundred times as much. */
const maxDepth = 50

// Values of the scanner's tokens, which are a const enum that cannot be imported by itself.
const brackets = { 1: 1, 2: -1, 3: 1, 4: -1 } as const
const endOfFile = 17

/** Where the text is nested deeper than anything of ours; undefined where it is not. */
const tooDeep = (text: string): number | undefined => {
  const scanner = createScanner(text, true)
  let depth = 0
  for (let token: number = scanner.scan(); token !== endOfFile; token = scanner.scan()) {
    depth += token in brackets ? brackets[token as keyof typeof brackets] : 0
    if (depth > maxDepth) return scanner.getTokenOffset()
  }
  return undefined
}

/** The value of a text in JSON, in which comments and trailing commas are allowed. */
export const parseJsonc = (text: string): Effect.Effect<unknown, ReadonlyArray<ConfigProblem>> => {
  const deep = tooDeep(text)
  if (deep !== undefined) {
    const message = `is nested deeper than ${maxDepth} levels (${positionOf(text, deep)})`
    return Effect.fail([{ path: "", message }])
  }
  const errors: Array<ParseError> = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const [error] = errors
  if (error !== undefined) {
    // What follows a first mistake in the syntax is mostly its consequence.
    const message =
      root === undefined && errors.length === 1 && printParseErrorCode(error.error) === "ValueExpected"
        ? "is empty: write {} for the defaults"
        : `is not valid JSON: ${words(printParseErrorCode(error.error))} at ${positionOf(text, error.offset)}`
    return Effect.fail([{ path: "", message }])
  }
  if (root === undefined) return Effect.fail([{ path: "", message: "is empty: write {} for the defaults" }])
  const repeated = repeatedKeys(root, text)
  return repeated.length > 0 ? Effect.fail(repeated) : Effect.succeed(getNodeValue(root))
}

/** Whether there is something of that name, if only a link that leads nowhere: whoever made it meant something by it. */
const isThere = (file: string): boolean => {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    // A folder on the way that is no folder, or may not be entered, has no configuration for us.
    return false
  }
}

/** The file that is meant: the one given, the one in `NIGHTAUDIT_CONFIG`, or the one in the folder, if there is one. */
const findFile = Effect.fnUntraced(function* (path: string | undefined, folder: string) {
  const given = path ?? (yield* variable("NIGHTAUDIT_CONFIG"))
  if (given !== undefined) return resolve(folder, given)
  const found = configFileNames.map((name) => resolve(folder, name)).filter(isThere)
  if (found.length > 1) {
    const message = `${configFileNames.join(" and ")} are both in ${folder}; keep one`
    return yield* new ConfigError({ file: null, problems: [{ path: "", message }] })
  }
  return found[0]
})

/**
 * The configuration of a folder. `path` names a file, relative to the folder. `NIGHTAUDIT_STORE`, `AWS_PROFILE` and
 * `AWS_REGION` win over the file, because they are set for the machine and the moment.
 */
export const readConfig = Effect.fn("readConfig")(function* (options: {
  readonly catalogue: ReadonlyArray<KnownScan>
  /** Absolute. */
  readonly folder: string
  readonly path?: string | undefined
}): Effect.fn.Return<ReadConfig, ConfigError> {
  const { catalogue, folder } = options
  const file = yield* findFile(options.path, folder)
  const fail = (problems: ReadonlyArray<ConfigProblem>) => new ConfigError({ file: file ?? null, problems })
  const value =
    file === undefined
      ? {}
      : yield* bytesOf(file).pipe(
          Effect.flatMap(textOf),
          Effect.mapError((message) => [{ path: "", message }]),
          Effect.flatMap(parseJsonc),
          Effect.mapError(fail)
        )
  const config = yield* decodeConfig(value, catalogue, file ?? null)
  const store = yield* variable("NIGHTAUDIT_STORE")
  const profile = yield* variable("AWS_PROFILE")
  const homeRegion = (yield* variable("AWS_REGION")) ?? (yield* variable("AWS_DEFAULT_REGION"))
  return {
    file,
    config: {
      ...config,
      store:
        store === undefined
          ? resolve(file === undefined ? folder : dirname(file), config.store)
          : resolve(folder, store),
      ...(profile === undefined ? {} : { profile }),
      ...(homeRegion === undefined ? {} : { homeRegion })
    }
  }
})
