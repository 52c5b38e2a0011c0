/** What stops a command: lines for stderr and an exit code. Every expected error becomes one here, and nowhere else. */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { AwsError } from "../core/aws/AwsError.ts"
import type { ConfigError } from "../core/config/ConfigError.ts"
import { unknownName as unknown } from "../core/config/suggest.ts"
import type { StoreError } from "../core/store/Store.ts"
import type { AnotherRun } from "../workflows/nightLease.ts"
import type { WrongDate } from "../workflows/runDate.ts"

/** What a command's exit code means. 0 is done. */
export const exitCode = {
  /** Findings cost more than `--fail-above` or `--fail-above-unconfirmed`. */
  findings: 1,
  /** Usage or configuration. */
  usage: 2,
  credentials: 3,
  accessDenied: 4,
  /** Coverage is incomplete under `--strict`. */
  incomplete: 5,
  /** What was to be written to stdout could not be written whole. */
  output: 6,
  /** The audit is complete, and it is not known whether people and the bus were told of it. */
  untold: 7,
  /** A bug. */
  crash: 70,
  /** Ctrl-C. */
  interrupted: 130
} as const

export class Problem extends Schema.TaggedError<Problem>()("Problem", {
  exitCode: Schema.Int,
  lines: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.lines.join("\n")
  }
}

/** Whoever reads the results has closed the pipe: an end, and no problem. */
export class ReaderGone extends Schema.TaggedError<ReaderGone>()("ReaderGone", {}) {}

/** A mistake in what was asked for, one line each. */
export const usageProblem = (...lines: ReadonlyArray<string>): Problem =>
  new Problem({ exitCode: exitCode.usage, lines })

/** `There is no scan "x". Did you mean y?` */
export const unknownName = (kind: string, written: string, names: ReadonlyArray<string>): string =>
  sentence(unknown(kind, written, names))

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

const logIn =
  "Log in with `aws sso login`, name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."

/** An AWS call that failed before any account was audited. */
export const awsProblem = (error: AwsError): Problem => {
  const { message, operation, reason } = error
  switch (reason._tag) {
    case "NoCredentials": {
      const what = reason.expired ? "The AWS credentials have expired" : "There are no usable AWS credentials"
      return new Problem({
        exitCode: exitCode.credentials,
        lines: [reason.howTo === undefined ? `${what}. ${logIn}` : `${what}: ${reason.message}. ${reason.howTo}`]
      })
    }
    case "ClockOff":
      return new Problem({ exitCode: exitCode.credentials, lines: [`${sentence(reason.message)}.`] })
    case "AccessDenied":
      // The message says who, what and what it takes.
      if (operation === "sts:AssumeRole")
        return new Problem({ exitCode: exitCode.accessDenied, lines: [`${message}.`] })
      return new Problem({
        exitCode: exitCode.accessDenied,
        lines: [`${message}. The scanner's own credentials need ${operation}: see \`nightaudit policy --scanner\`.`]
      })
    case "Unavailable":
    case "Malformed":
      return usageProblem(`${message}. Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL.`)
    default:
      return usageProblem(message)
  }
}

/** `settings.find_x.idleDays` → `--settings find_x.idleDays`, `maxRunUsd` → `--max-run-usd` */
const flagOf = (path: string): string => {
  const [, name = "", rest = ""] = /^(\w+)\.?(.*)$/.exec(path) ?? []
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}${rest.startsWith("[") || rest === "" ? rest : ` ${rest}`}`
}

/** Mistakes in a file are told with the file and the path, those on the command line with the flag. */
const configProblem = ({ file, problems }: ConfigError): Problem =>
  usageProblem(
    ...problems.map(({ message, path }) =>
      file === null
        ? path === ""
          ? sentence(message)
          : `${flagOf(path)}: ${message}`
        : [file, path, message].filter((part) => part !== "").join(": ")
    )
  )

/** Any expected error; undefined for what nobody expected. */
export const problemOf = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error
  if (Predicate.isTagged(error, "AwsError")) return awsProblem(error as AwsError)
  if (Predicate.isTagged(error, "ConfigError")) return configProblem(error as ConfigError)
  if (Predicate.isTagged(error, "StoreError")) return usageProblem((error as StoreError).message)
  if (Predicate.isTagged(error, "AnotherRun")) return usageProblem((error as AnotherRun).message)
  if (Predicate.isTagged(error, "WrongDate")) return usageProblem((error as WrongDate).message)
  return undefined
}
