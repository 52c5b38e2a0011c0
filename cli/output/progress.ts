/** What a person sees of a run while it works: a block on a terminal, plain lines elsewhere. */
import * as Effect from "effect/Effect"
import { globalRegion, payerRegion } from "../../core/Scope.ts"
import type { ProgressEvent } from "../../workflows/Progress.ts"
import type { Screen } from "../Screen.ts"
import { count, plural } from "../../core/format.ts"

interface AccountState {
  regions: number
  regionsDone: number
  findings: number
  readonly active: Set<string>
}

/** More would push what was there before out of sight. */
const maxAccounts = 8
const millisBetweenFrames = 80

/** What to call with every event, and what to call at the end. `millis` is any clock that does not go back. */
export const showProgress = (
  screen: Screen["Service"],
  millis: () => number
): { readonly onEvent: (event: ProgressEvent) => void; readonly end: () => void } => {
  const block = screen.progress
  return block === undefined ? plainProgress(screen) : blockProgress(block, millis)
}

const waitingLine = ({ runId }: { readonly runId: string }) =>
  `Waiting for run ${runId}, which is telling people; nothing of this run is lost`

const isRegion = (region: string) => region !== globalRegion && region !== payerRegion

const plainProgress = (screen: Screen["Service"]) => {
  const line = (text: string) => Effect.runSync(screen.note(text))
  return {
    onEvent: (event: ProgressEvent) => {
      switch (event._tag) {
        case "Planned":
          return line(
            `${event.resumed ? "Going on with run" : "Run"} ${event.runId}: ${plural(event.scans, "scan")} in ${plural(event.accounts, "account")}`
          )
        case "Discovered":
          return line(`${event.account}: ${plural(event.regions, "region")}`)
        case "AccountUnavailable":
          return line(`${event.account}: not scanned, ${event.reason.message}`)
        case "WaitsToTell":
          return line(waitingLine(event))
        case "ScopeFinished":
          return line(
            `${event.scope.account}/${event.scope.region}: ${plural(event.findings, "finding")}` +
              (event.gaps > 0 ? `, ${plural(event.gaps, "scan")} incomplete` : "")
          )
      }
    },
    end: () => undefined
  }
}

const blockProgress = (block: NonNullable<Screen["Service"]["progress"]>, millis: () => number) => {
  const accounts = new Map<string, AccountState>()
  let title = ""
  let waiting: string | undefined
  let shownAt = Number.NEGATIVE_INFINITY

  const of = (id: string): AccountState => {
    const state = accounts.get(id) ?? { regions: 0, regionsDone: 0, findings: 0, active: new Set<string>() }
    accounts.set(id, state)
    return state
  }

  const lines = (): ReadonlyArray<string> => {
    const states = [...accounts.values()]
    const sum = (of: (state: AccountState) => number) => states.reduce((total, state) => total + of(state), 0)
    const busy = [...accounts].filter(([, { active }]) => active.size > 0)
    return [
      `${title}: ${count(sum(({ regionsDone }) => regionsDone))} of ${plural(
        sum(({ regions }) => regions),
        "region"
      )}, ` +
        plural(
          sum(({ findings }) => findings),
          "finding"
        ),
      ...busy
        .slice(0, maxAccounts)
        .map(
          ([id, { active, regions, regionsDone }]) =>
            `  ${id}  ${count(regionsDone)} of ${plural(regions, "region")}, now ${[...active].join(", ")}`
        ),
      ...(busy.length > maxAccounts
        ? [`  and ${plural(busy.length - maxAccounts, "more account", "more accounts")}`]
        : []),
      ...(waiting === undefined ? [] : [`  ${waiting}`])
    ]
  }

  const update = (event: ProgressEvent) => {
    waiting = event._tag === "WaitsToTell" ? waitingLine(event) : undefined
    switch (event._tag) {
      case "Planned":
        title = `${event.resumed ? "Going on with" : "Running"} ${plural(event.scans, "scan")} in ${plural(event.accounts, "account")}`
        return
      case "Discovered":
        of(event.account).regions = event.regions
        return
      case "ScopeStarted":
        of(event.scope.account).active.add(event.scope.region)
        return
      case "ScopeFinished": {
        const state = of(event.scope.account)
        state.active.delete(event.scope.region)
        state.findings += event.findings
        if (isRegion(event.scope.region)) state.regionsDone += 1
      }
    }
  }

  return {
    onEvent: (event: ProgressEvent) => {
      update(event)
      const now = millis()
      if (now - shownAt < millisBetweenFrames && event._tag !== "Planned") return
      shownAt = now
      block.show(lines())
    },
    end: block.clear
  }
}
