import * as Effect from "effect/Effect"
import { explain } from "../../query/explain.ts"
import { findFinding, type Found } from "../../query/findFinding.ts"
import type { PlaceInput } from "../flags.ts"
import { withStore } from "../layers.ts"
import { heading, tableOf, text } from "../output/document.ts"
import type { Format } from "../output/formats.ts"
import { count, plural } from "../../core/format.ts"
import { jsonValue } from "../output/json.ts"
import { findingSheet, type Showing } from "../output/sheets.ts"
import { type Answer, show } from "../output/show.ts"
import { usageProblem } from "../Problem.ts"
import { explanationAnswer } from "./explain.ts"
import { showingOf } from "./runResult.ts"

const listAnswer = (named: string, { findings, more }: Found, showing: Showing): Answer => ({
  document: [
    heading(
      more
        ? `More than ${plural(findings.length, "finding")} are named by ${named}; the first of them`
        : `${count(findings.length)} findings are named by ${named}`
    ),
    tableOf(findingSheet(findings, showing)),
    text("`nightaudit finding <id>` explains one of them.", "dim")
  ],
  sheet: findingSheet(findings, showing),
  json: jsonValue({ findings, more })
})

/** Explains the finding that is named by its id, the beginning of one, or its resource; lists them where there are several. */
export const finding = Effect.fn("cli.finding")(function* (
  input: PlaceInput & { readonly named: string; readonly format: Format }
) {
  yield* withStore(
    input,
    Effect.gen(function* () {
      const { named } = input
      const found = yield* findFinding(named)
      const [first] = found.findings
      if (first === undefined) {
        return yield* usageProblem(
          `There is no finding ${JSON.stringify(named)} in the store: give an id or at least 4 of its first characters, an ARN or a resource's id. \`nightaudit findings\` lists them.`
        )
      }
      const showing = yield* showingOf
      yield* show(
        input.format,
        found.findings.length === 1
          ? explanationAnswer(yield* explain(first), showing)
          : listAnswer(named, found, showing)
      )
    })
  )
})
