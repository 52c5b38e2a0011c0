import * as Effect from "effect/Effect"
import { listed, plural } from "../../core/format.ts"
import { everyRegion, type Scope, scopeKey } from "../../core/Scope.ts"
import { standing } from "../../query/standing.ts"
import { Refusal } from "../answer/Answer.ts"
import { LiveScans } from "../LiveScans.ts"
import { categoryFilter, checkAccounts, filtersSaid, findingFilters, placeFilters, scansOf } from "./filters.ts"
import { defineTool } from "./Tool.ts"

export default defineTool({
  name: "start_scan",
  title: "Audit: start a scan",
  description:
    "Scan again now, in the background: refresh scans, categories, accounts or regions. Returns a run id to follow with get_run.",
  arguments: { scans: findingFilters.scans, categories: categoryFilter, ...placeFilters },
  reaches: "start",
  answer: Effect.fnUntraced(function* ({ accounts, categories, regions, scans }, { caller, nowMillis }) {
    yield* checkAccounts(accounts, caller.accounts)
    const names = yield* scansOf({ categories, scans })
    if (names?.length === 0) return yield* new Refusal({ message: "None of these scans is in these categories." })
    // All of it is found out anew: there may be accounts and regions that nobody has seen.
    const isAll = [accounts, regions, names].every((one) => one === undefined)
    const { pairs } = isAll ? { pairs: null } : yield* standing({ accounts, regions, scans: names })
    const known = new Map<string, Scope>(
      (pairs ?? []).filter(({ scope }) => scope.region !== everyRegion).map(({ scope }) => [scopeKey(scope), scope])
    )
    const made = new Set((pairs ?? []).map(({ scan }) => scan))
    const isKnown = known.size > 0 && (names ?? []).every((name) => made.has(name))
    const live = yield* LiveScans
    const { runId, scopes } = yield* live.start({
      scans: names ?? [],
      scopes: isKnown ? [...known.values()] : null,
      accounts: accounts ?? [],
      visible: caller.accounts,
      regions: regions ?? [],
      settings: {},
      // Runs are dated by whole seconds.
      sinceMillis: Math.floor(nowMillis / 1000) * 1000
    })
    const filters = filtersSaid({ accounts, categories, regions, scans })
    if (runId === undefined) {
      return { standing: null, filters, content: { runId: null }, lines: ["All of this was scanned a moment ago."] }
    }
    const what = names === undefined ? "every scan" : `${plural(names.length, "scan")} (${listed(names, 3)})`
    const where = scopes === null ? "wherever they apply" : `in ${plural(scopes.size, "scope")}`
    const next = caller.tools.has("get_run")
      ? ` get_run with id ${runId} tells how far it is.`
      : " Ask again in a few minutes for what it finds."
    return {
      standing: null,
      filters,
      content: { runId, status: "running", scopes: scopes?.size ?? null },
      lines: [`Run ${runId} makes ${what} ${where}. It goes on by itself.${next}`]
    }
  })
})
