/** Flags that several commands have. */
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { closest } from "../core/config/suggest.ts"
import { formats, type Format } from "./output/formats.ts"

/** A flag that may be left out. */
export const maybe = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  Flag.map(Flag.optional(flag), Option.getOrUndefined)

/** `--regions eu-west-1,us-east-1`, or the flag several times. */
export const listFlag = (name: string, description: string): Flag.Flag<ReadonlyArray<string>> =>
  Flag.String(name).pipe(
    Flag.withMetavar("<a,b,…>"),
    Flag.withDescription(description),
    Flag.atLeast(0),
    Flag.map((values) =>
      values
        .flatMap((value) => value.split(","))
        .map((value) => value.trim())
        .filter((value) => value !== "")
    )
  )

export const textFlag = (name: string, metavar: string, description: string): Flag.Flag<string | undefined> =>
  maybe(Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description)))

/** An amount of USD, zero or more. */
export const usdFlag = (name: string, description: string): Flag.Flag<number | undefined> =>
  maybe(
    Flag.Finite(name).pipe(
      Flag.withMetavar("<usd>"),
      Flag.withDescription(description),
      Flag.filter(
        (amount) => amount >= 0,
        () => "an amount of USD, zero or more"
      )
    )
  )

export const switchFlag = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(Flag.withoutNegation, Flag.withDescription(description), Flag.withDefault(false))

/** Of commands that check: the one question that costs. */
export const explorerFlag = switchFlag("ask-cost-explorer", "Ask Cost Explorer as well, once, which costs $0.01")

/** One of a few words. */
export const choiceFlag = <const Choice extends string>(
  name: string,
  choices: ReadonlyArray<Choice>,
  description: string
): Flag.Flag<Choice> =>
  Flag.String(name).pipe(
    Flag.withMetavar(`<${choices.join("|")}>`),
    Flag.withDescription(description),
    Flag.filterMap(
      (written) => Option.fromUndefinedOr(choices.find((choice) => choice === written)),
      (written) => {
        const suggestion = closest(written, choices)
        return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}${suggestion === undefined ? "" : `. Did you mean ${suggestion}?`}`
      }
    )
  )

export const formatFlag = (standard: Format = "table"): Flag.Flag<Format> =>
  Flag.withDefault(choiceFlag("format", formats, `How results are written to stdout (default: ${standard})`), standard)

/** Where results are, and what is configured. */
export const placeFlags = {
  sample: switchFlag("sample", "Use the sample estate and its own store; no credentials needed"),
  config: textFlag("config", "<file>", "Configuration file (default: nightaudit.config.json or .jsonc here)"),
  store: textFlag("store", "<file>", "Store file (default: .nightaudit/audit.db)")
}

/** What `placeFlags` are read as. */
export interface PlaceInput {
  readonly sample: boolean
  readonly config: string | undefined
  readonly store: string | undefined
}

/** Which scans of which accounts and regions. */
export const selectionFlags = {
  accounts: listFlag("accounts", "Account ids (default: what is configured, or the caller's own)"),
  regions: listFlag("regions", "Regions (default: every region that an account has enabled)"),
  categories: listFlag("categories", "Only scans of these categories"),
  scans: listFlag("scans", "Only these scans"),
  settings: Flag.String("settings").pipe(
    Flag.withMetavar("<scan.setting=value>"),
    Flag.withDescription("A setting of a scan; repeat for more"),
    Flag.atLeast(0)
  ),
  maxRunUsd: usdFlag("max-run-usd", "Make no paid call that would bring the run above this"),
  noPaidCalls: switchFlag(
    "no-paid-calls",
    "Make no paid call: neither Cost Explorer nor metrics of CloudWatch, but for answers that are kept from before"
  )
}

export interface SelectionInput {
  readonly accounts: ReadonlyArray<string>
  readonly regions: ReadonlyArray<string>
  readonly categories: ReadonlyArray<string>
  readonly scans: ReadonlyArray<string>
  readonly settings: ReadonlyArray<string>
  readonly maxRunUsd: number | undefined
  readonly noPaidCalls: boolean
}

/** A port to listen on; 0 for any that is free. */
export const portFlag = Flag.Int("port").pipe(
  Flag.withMetavar("<port>"),
  Flag.withDescription("The port of HTTP; 0 for any that is free (default: 8000)"),
  Flag.filter(
    (port) => port >= 0 && port <= 65_535,
    () => "a port from 0 to 65535"
  ),
  Flag.withDefault(8000)
)
