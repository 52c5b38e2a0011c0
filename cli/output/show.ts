import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Problem, ReaderGone } from "../Problem.ts"
import { Screen } from "../Screen.ts"
import { csv } from "./csv.ts"
import { type Document, markdownLines, terminalLines } from "./document.ts"
import type { Format } from "./formats.ts"
import { json, type JsonAnswer } from "./json.ts"
import type { AnySheet } from "./table.ts"

/** What a command answers, in every form. Only the form that is asked for is read. */
export interface Answer<E = never, R = never> {
  readonly document: Document<E, R> | Effect.Effect<Document<E, R>, E, R>
  /** The table that a CSV file holds. */
  readonly sheet: AnySheet<E, R>
  readonly json: JsonAnswer<E, R>
}

/** Characters that are written at once. */
const writeAtOnce = 65_536

const pieces = <E, R>(
  format: Format,
  answer: Answer<E, R>,
  { columns, paint }: Screen["Service"]
): Stream.Stream<string, E, R> => {
  const document = () =>
    Effect.isEffect(answer.document)
      ? (answer.document as Effect.Effect<Document<E, R>, E, R>)
      : Effect.succeed(answer.document as Document<E, R>)
  const lines = (of: (document: Document<E, R>) => Stream.Stream<string, E, R>) =>
    Stream.map(Stream.unwrap(Effect.map(document(), of)), (line) => `${line}\n`)
  switch (format) {
    case "json":
      return json(answer.json)
    case "csv":
      return csv(answer.sheet)
    case "markdown":
      return lines(markdownLines)
    case "table":
      return lines((document) => terminalLines(document, columns, paint))
  }
}

/** Writes pieces of a text to stdout, as they are made. Ends early, and well, when whoever reads them has gone. */
export const writePieces = <E, R>(text: Stream.Stream<string, E, R>): Effect.Effect<void, E | Problem, R | Screen> =>
  Effect.gen(function* () {
    const screen = yield* Screen
    let waiting: Array<string> = []
    let size = 0
    let isGone = false
    const flush = Effect.suspend(() => {
      const text = waiting.join("")
      waiting = []
      size = 0
      return text === ""
        ? Effect.void
        : Effect.catchIf(
            screen.write(text),
            (error): error is ReaderGone => error instanceof ReaderGone,
            () => Effect.sync(() => void (isGone = true))
          )
    })
    yield* Stream.runForEachWhile(text, (piece) => {
      waiting.push(piece)
      size += piece.length
      return size < writeAtOnce ? Effect.succeed(true) : Effect.map(flush, () => !isGone)
    })
    yield* flush
  })

/** Writes an answer to stdout, as it is read. */
export const show = <E = never, R = never>(
  format: Format,
  answer: Answer<E, R>
): Effect.Effect<void, E | Problem, R | Screen> =>
  Effect.flatMap(Screen, (screen) => writePieces(pieces(format, answer, screen)))
