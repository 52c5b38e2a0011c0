import * as Effect from "effect/Effect"
import { Screen } from "../Screen.ts"
import { csv } from "./csv.ts"
import { type Document, markdownLines, terminalLines } from "./document.ts"
import { json } from "./json.ts"
import type { Format } from "./formats.ts"
import type { Sheet } from "./table.ts"

/** What a command answers, in every form. */
export interface Answer {
  readonly document: Document
  /** The table that a CSV file holds. */
  readonly sheet: Sheet
  readonly json: unknown
}

/** Writes an answer to stdout. */
export const show = (format: Format, answer: Answer): Effect.Effect<void, never, Screen> =>
  Effect.flatMap(Screen, ({ columns, paint, print, write }) => {
    switch (format) {
      case "json":
        return write(json(answer.json))
      case "csv":
        return write(csv(answer.sheet))
      case "markdown":
        return print(markdownLines(answer.document))
      case "table":
        return print(terminalLines(answer.document, columns, paint))
    }
  })
