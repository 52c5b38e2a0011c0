/** What scripts that are called with options share. Whatever is wrong with an option is one line, and the exit code for wrong usage. */
import { parseArgs, type ParseArgsConfig } from "node:util"
import { fail } from "./scaffold.ts"

/** The values of a script's options. */
export const optionsOf = <const Options extends NonNullable<ParseArgsConfig["options"]>>(options: Options) => {
  try {
    return parseArgs<{ options: Options }>({ options }).values
  } catch (error) {
    // Node's hint is about arguments that begin with a dash, on the same line.
    return fail((error as Error).message.split(". ")[0] ?? "")
  }
}

export interface Bounds {
  readonly least: number
  readonly most: number
  readonly isWhole?: boolean
}

/** The number that a person wrote for an option. */
export const numberOf = (option: string, written: string, { isWhole = false, least, most }: Bounds): number => {
  const value = /^\d+(\.\d+)?$/.test(written) ? Number(written) : Number.NaN
  return value >= least && value <= most && (!isWhole || Number.isInteger(value))
    ? value
    : fail(
        `${option}: expected a ${isWhole ? "whole " : ""}number from ${least} to ${most}, not ${JSON.stringify(written)}`
      )
}

/** What went wrong, in one line. */
export const lineOf = (error: unknown): string =>
  error instanceof Error
    ? [error.name === "Error" ? "" : error.name, error.message].filter((part) => part !== "").join(": ")
    : String(error)
