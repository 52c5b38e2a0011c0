/**
 * What a client may attach without calling a tool: the catalogue and each scan's documentation, findings, runs, reports and what was
 * not seen. What a tool says already is said by that tool.
 */
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from "@modelcontextprotocol/server"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Catalogue } from "../core/catalogue/Catalogue.ts"
import type { Run } from "../core/run/Run.ts"
import { moneyOf } from "../core/run/totals.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { runs } from "../query/runs.ts"
import { standing } from "../query/standing.ts"
import { type Answer, AnswerBytes, Refusal, render, type Rendering, type Row } from "./answer/Answer.ts"
import { newFence } from "./answer/Fence.ts"
import { reportLines } from "./answer/reports.ts"
import { scanDocument } from "./answer/scanDocument.ts"
import type { Caller } from "./Caller.ts"
import type { LiveScans } from "./LiveScans.ts"
import { seenBy } from "./seenBy.ts"
import { readView } from "./view.ts"
import { generalTools } from "./tools/generalTools.ts"
import type { Call } from "./tools/Tool.ts"

type ResourceServices = Store | Catalogue | LiveScans

const markdown = "text/markdown"

/** The resources that there are always; the others are named by templates. */
export const resources = [
  {
    uri: "nightaudit://catalogue",
    name: "catalogue",
    title: "Catalogue of scans",
    description: "Every scan: what it looks for, its category, what it makes and where it runs",
    mimeType: "application/json"
  },
  {
    uri: "nightaudit://coverage",
    name: "coverage",
    title: "What was not looked at",
    description: "What the last night could not see, and why",
    mimeType: markdown
  },
  {
    uri: "nightaudit://runs",
    name: "runs",
    title: "Audit runs",
    description: "The newest 20 runs with what they found and saw",
    mimeType: markdown
  }
]

export const resourceTemplates = [
  {
    uriTemplate: "nightaudit://scans/{scan}",
    name: "scan",
    title: "A scan's documentation",
    description: "Why what it finds costs money, what to do about it, its reasons, settings and permissions",
    mimeType: markdown
  },
  {
    uriTemplate: "nightaudit://findings/{id}",
    name: "finding",
    title: "A finding",
    description: "One finding with its saving, evidence and history",
    mimeType: markdown
  },
  {
    uriTemplate: "nightaudit://runs/{id}",
    name: "run",
    title: "An audit run",
    description: "How far a run is, what it found and what it saw",
    mimeType: markdown
  },
  {
    uriTemplate: "nightaudit://reports/{scan}",
    name: "report",
    title: "A scan's report",
    description: "The newest report of a scan that makes one, such as spend by service",
    mimeType: markdown
  }
]

const runsAtMost = 20

const runFields = ["id", "status", "startedAt", "findings", "monthlyUsd", "complete", "expected", "trigger"]

/** Null for what a run that has no end yet, or whose parts are gone, does not know. */
const runRow = ({ id, startedAt, status, summary, trigger }: Run): Row => ({
  id,
  status,
  startedAt,
  findings: summary === null ? null : summary.totals.confirmed.findings + summary.totals.unconfirmed.findings,
  monthlyUsd: summary === null ? null : moneyOf(summary.totals),
  complete: summary?.coverage.complete ?? null,
  expected: summary === null ? null : summary.coverage.expected - summary.coverage.notApplicable,
  trigger
})

type Reader = (call: Call) => Effect.Effect<Answer | undefined, Refusal | StoreError, ResourceServices>

/** What a general tool answers. */
const saidBy =
  (name: string, given: Readonly<Record<string, string>>): Reader =>
  (call) => {
    const tool = generalTools.find((one) => one.name === name)
    return tool === undefined ? Effect.undefined : tool.answer(given as Parameters<typeof tool.answer>[0], call)
  }

const catalogue: Reader = Effect.fnUntraced(function* () {
  const { all } = yield* Catalogue
  return {
    standing: null,
    content: {
      scans: all.map(({ category, kind, name, scope, title, words }) => ({ name, category, title, words, kind, scope }))
    },
    lines: []
  }
})

const scanNamed =
  (name: string): Reader =>
  ({ caller }) =>
    Effect.map(Catalogue, ({ all }) => {
      const entry = all.find((one) => one.name === name)
      return entry === undefined ? undefined : { standing: null, content: {}, lines: scanDocument(entry, caller.tools) }
    })

const newestRuns: Reader = Effect.fnUntraced(function* () {
  const { cursor, items } = yield* runs(runsAtMost)
  return {
    standing: yield* standing({}),
    content: {},
    lines: [
      items.length === 0
        ? "No run is kept: nothing was audited yet."
        : "The newest runs. `findings` and `monthlyUsd` are money that counts, at list price less commitments; `complete` of `expected` outcomes saw all."
    ],
    rows: {
      key: "runs",
      fields: runFields,
      items: items.map(runRow),
      matching: cursor === undefined ? items.length : null,
      cursorAfter: () => undefined
    }
  }
})

const reportOf = (scan: string): Reader =>
  Effect.fnUntraced(function* ({ caller, fence }) {
    const store = yield* Store
    const reports = yield* store.reports(scan)
    return reports.length === 0
      ? undefined
      : { standing: yield* standing({ scans: [scan] }), content: {}, lines: reportLines(reports, fence, caller.tools) }
  })

/** What stands behind an address; undefined where nothing does. */
const readerOf = (uri: string): Reader | undefined => {
  const [, kind = "", id = ""] = /^nightaudit:\/\/([a-z]+)(?:\/([\w.:-]{1,128}))?$/.exec(uri) ?? []
  switch (id === "" ? kind : `${kind}/`) {
    case "catalogue":
      return catalogue
    case "coverage":
      return saidBy("get_coverage", {})
    case "runs":
      return newestRuns
    case "scans/":
      return scanNamed(id)
    case "findings/":
      return saidBy("get_finding", { id })
    case "runs/":
      return saidBy("get_run", { id })
    case "reports/":
      return reportOf(id)
    default:
      return undefined
  }
}

/** Whoever made up a long address need not have it all back. */
const notFound = (uri: string) => new ResourceNotFoundError(uri.slice(0, 256))

/** Reads a resource as this caller may see it. What another one has is not there. */
export const readResource = Effect.fnUntraced(function* (
  uri: string,
  caller: Caller
): Effect.fn.Return<
  { readonly contents: ReadonlyArray<{ readonly uri: string; readonly mimeType: string; readonly text: string }> },
  ProtocolError,
  ResourceServices
> {
  const view = readView(uri)
  if (view !== undefined) return yield* view
  const reader = readerOf(uri)
  if (reader === undefined) return yield* Effect.fail(notFound(uri))
  const mimeType = uri === "nightaudit://catalogue" ? "application/json" : markdown
  const fence = yield* newFence
  const nowMillis = yield* Clock.currentTimeMillis
  const answer = yield* reader({ caller, fence, nowMillis, progress: () => Effect.void }).pipe(
    seenBy(caller),
    Effect.mapError((error) =>
      error instanceof Refusal
        ? notFound(uri)
        : new ProtocolError(ProtocolErrorCode.InternalError, `The store could not be read: ${error.message}`)
    )
  )
  if (answer === undefined) return yield* Effect.fail(notFound(uri))
  const maxBytes = yield* AnswerBytes
  const rendering: Rendering = { fence, maxBytes, nowMillis, format: mimeType === markdown ? "markdown" : "json" }
  const [text] = render(answer, rendering).content
  return { contents: [{ uri, mimeType, text: text?.text ?? "" }] }
})
