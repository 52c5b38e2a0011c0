/** One finding with what is known about it, as tools tell it. */
import * as Effect from "effect/Effect"
import { Catalogue, type CatalogueEntry } from "../../core/catalogue/Catalogue.ts"
import { usd, valueText } from "../../core/format.ts"
import type { Finding } from "../../core/finding/Finding.ts"
import { savingsNotes } from "../../core/finding/savings.ts"
import type { Store, StoreError } from "../../core/store/Store.ts"
import { accountNames } from "../../query/accountNames.ts"
import { explain, type Explanation } from "../../query/explain.ts"
import { findFinding } from "../../query/findFinding.ts"
import { standing } from "../../query/standing.ts"
import { echoOf } from "../tools/argument.ts"
import type { Call } from "../tools/Tool.ts"
import { type Answer, type Content, Refusal } from "./Answer.ts"
import type { Fence } from "./Fence.ts"
import { fencedEvidence, findingFields, findingRow, usualFields } from "./findings.ts"

export interface Explained extends Explanation {
  /** Of its scan; undefined where this version does not know the scan. */
  readonly scan: CatalogueEntry | undefined
  /** All fields of a list. */
  readonly row: Content
}

/** The finding that a text names, or an answer that lists several to choose from. */
export const explained = Effect.fnUntraced(function* (
  id: string,
  tool: string,
  { caller, fence }: Call
): Effect.fn.Return<
  { readonly one: Explained } | { readonly several: Answer },
  Refusal | StoreError,
  Store | Catalogue
> {
  const { findings, more } = yield* findFinding(id)
  const asked = echoOf(fence)
  const [first] = findings
  if (first === undefined) {
    return yield* new Refusal({
      message:
        `There is no finding ${asked(id)}: it was looked for as the id of a finding, as the beginning of one (4 characters or more), as an ARN and as the id of a resource.` +
        (caller.tools.has("search_findings")
          ? ` search_findings with text: ${asked(id)} looks in names and tags too.`
          : "")
    })
  }
  const showing = { fence, accountNames: yield* accountNames() }
  if (findings.length > 1) {
    const fields = [...usualFields, "status"] as const
    return {
      several: {
        standing: null,
        content: { findingsNamed: findings.length, more },
        lines: [
          `${more ? `More than ${findings.length}` : findings.length} findings are named by ${asked(id)}. Call ${tool} with the id of one:`
        ],
        rows: {
          key: "findings",
          fields,
          items: findings.map(findingRow(fields, showing)),
          matching: more ? null : findings.length,
          cursorAfter: () => undefined
        }
      }
    }
  }
  const explanation = yield* explain(first)
  const { all } = yield* Catalogue
  return {
    one: {
      ...explanation,
      scan: all.find(({ name }) => name === first.scan),
      row: findingRow(findingFields, showing)(explanation.finding)
    }
  }
})

/** As of when a finding is known: what its scan did where it was found. */
export const standingOf = ({ account, scan, scope }: Finding, { caller }: Pick<Call, "caller">) =>
  // What a payer's scan says of an account is its own; whose scan it was is not for its owner to hear.
  caller.accounts === null || caller.accounts.includes(scope.account)
    ? standing({ accounts: [scope.account], regions: [scope.region], scans: [scan] })
    : standing({ accounts: [account], scans: [scan] })

/** Where it was found; null where that is in an account which the caller does not see. */
export const scopeOf = ({ scope }: Finding, { caller }: Pick<Call, "caller">) =>
  caller.accounts === null || caller.accounts.includes(scope.account) ? scope : null

const saidSettings = ({ outcome }: Explanation, { text }: Fence): Content =>
  Object.fromEntries(
    Object.entries(outcome?.settings ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? text(value) : Array.isArray(value) ? value.map((one) => text(String(one))) : value
    ])
  )

/** What the finding rests on, and the settings with which it was judged. */
export const groundsOf = (explanation: Explanation, fence: Fence) => ({
  evidence: fencedEvidence(explanation.finding, { fence }),
  settings: saidSettings(explanation, fence)
})

/** `a: 1; b: yes`. */
export const pairsText = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}: ${valueText(value, name)}`)
    .join("; ")

export const termsOf = ({ savings }: Finding) => savings?.terms ?? []

/** `gp3: 100 GB-Mo × $0.0952 per GB-Mo = $9.52`. */
export const formulaLines = (finding: Finding): ReadonlyArray<string> =>
  termsOf(finding).map(
    ({ label, monthlyUsd, price, quantity, unit }) =>
      `- ${label}: ${quantity} ${unit} × ${price.usd === null ? "unknown price" : `$${price.usd} per ${price.unit}`} = ${monthlyUsd === null ? "not known" : usd(monthlyUsd)}`
  )

/** Reasons with what they mean. */
export const reasonsOf = ({ reasons }: Finding, scan: CatalogueEntry | undefined) =>
  reasons.map((name) => ({ name, means: scan?.reasons.find((reason) => reason.name === name)?.text ?? null }))

/** What was noted of the finding and of its amount. */
export const notesOf = ({ note, savings }: Finding): ReadonlyArray<string> => [
  ...(note === "" ? [] : [note]),
  ...(savings === null ? [] : savingsNotes(savings))
]

/** The other findings that claim money of the same resource. */
export const claimsOf = ({ overlaps }: Explanation) =>
  overlaps.map(({ id, savings, scan }) => ({
    id,
    scan,
    claim: savings?.claim ?? null,
    monthlyUsd: savings?.monthlyUsd ?? null,
    counted: savings?.counted ?? null
  }))

/** What a person can do, and that nobody did. */
export const remedyOf = (scan: CatalogueEntry | undefined) => ({
  remedy: scan === undefined ? null : { fix: scan.fix, docs: scan.docs },
  done: "Nothing was done."
})

export const remedyLines = (scan: CatalogueEntry | undefined): ReadonlyArray<string> => [
  ...(scan === undefined ? [] : [`What to do: ${scan.fix} ${scan.docs}`]),
  "Nothing was done."
]
