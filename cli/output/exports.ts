/** Findings in the words of other tools, written as they are read. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Finding } from "../../core/finding/Finding.ts"
import { Store, type StoreError } from "../../core/store/Store.ts"
import { accountNames } from "../../query/accountNames.ts"
import packageJson from "../../package.json" with { type: "json" }
import { type FocusContext, focusColumns, focusRow } from "../../report/export/focus.ts"
import { type OcsfContext, ocsfEvent } from "../../report/export/ocsf.ts"
import { entryOf } from "../catalogue.ts"
import { csv } from "./csv.ts"
import type { ExportFormat } from "./formats.ts"
import { jsonText } from "./json.ts"

/** The one payer of the newest run; undefined where there are several, and each account pays for itself. */
const payerOf = Effect.fnUntraced(function* (): Effect.fn.Return<string | undefined, StoreError, Store> {
  const store = yield* Store
  const [run] = (yield* store.runs(1)).items
  const payers = run?.plan.payers ?? []
  return payers.length === 1 ? payers[0] : undefined
})

const focusCsv = <E, R>(findings: Stream.Stream<Finding, E, R>, context: FocusContext): Stream.Stream<string, E, R> =>
  csv(
    {
      columns: focusColumns.map((key) => ({ key, title: key, kind: "text" as const })),
      rows: findings.pipe(
        Stream.filter(({ kind }) => kind === "money"),
        Stream.map((finding) => focusRow(finding, context, finding.lastSeen))
      )
    },
    { reader: "program" }
  )

/** One event to a line, in a JSON array. */
const ocsfJson = <E, R>(findings: Stream.Stream<Finding, E, R>, context: OcsfContext): Stream.Stream<string, E, R> => {
  let before = "[\n"
  const events = findings.pipe(
    Stream.filter(({ kind }) => kind === "hygiene"),
    Stream.map((finding) => {
      const text = `${before}${jsonText(ocsfEvent(finding, context))}`
      before = ",\n"
      return text
    })
  )
  return Stream.concat(
    events,
    Stream.suspend(() => Stream.succeed(before === "[\n" ? "[]\n" : "\n]\n"))
  )
}

/** The findings of an export that are of its kind: hygiene in OCSF, money in FOCUS. */
export const exported = (
  format: ExportFormat,
  findings: Stream.Stream<Finding, StoreError, Store>
): Stream.Stream<string, StoreError, Store> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const names = yield* accountNames()
      const payer = yield* payerOf()
      return format === "focus"
        ? focusCsv(findings, { accountNames: names, payer, entryOf })
        : ocsfJson(findings, { accountNames: names, tenant: payer, entryOf, version: packageJson.version })
    })
  )
