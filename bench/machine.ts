/**
 * The state machine of an organisation of 1,000 accounts and 17 regions on the in-process engine: bytes of every step's input and
 * output against 256 KiB, events of the history against 25,000, transitions, and what the night costs by the guide's formula. Steps
 * answer at once with what the real ones would: what they answer is all that travels.
 */
import { StateMachine } from "aws-local-stepfunctions"
import type * as Effect from "effect/Effect"
import { catalogue } from "../audit/catalogue.ts"
import { unitsOf } from "../core/run/runCost.ts"
import { groupsOf } from "../core/run/together.ts"
import { costTable, microScanUsd, nightUsd, typical, typicalScopes, workOfAccount } from "../scripts/monthlyCost.ts"
import type { steps } from "../workflows/engine.ts"
import { nightly, type StepName } from "../workflows/nightly.ts"

type AnswerOf<Step extends StepName> = Effect.Success<ReturnType<(typeof steps)[Step]>>

/** Source: Step Functions developer guide, "Service quotas": payload of a state, and events of an execution's history. */
export const limits = { payloadBytes: 262_144, historyEvents: 25_000 } as const

const runId = "20261126T020000Z-3fa9c1"
const accountOf = (n: number) => String(100_000_000_000 + n)
const regions = Array.from({ length: typical.regions }, (_, n) => `ap-southeast-${n + 1}`)

/** What each step answers, for any input. */
const answers = (
  accounts: number,
  isMicro: boolean
): { readonly [Step in StepName]: (input: any) => AnswerOf<Step> } => ({
  plan: () => ({
    runId,
    accounts: Array.from({ length: accounts }, (_, n) => accountOf(n)),
    payers: isMicro ? [] : [{ account: accountOf(0), region: "global/payer" }]
  }),
  discover: ({ account }) => ({
    runId,
    account,
    groups: isMicro ? [regions.slice(0, 1)] : groupsOf(typicalScopes),
    shared: !isMicro
  }),
  scan: (input) => input,
  recordFailure: () => ({ runId }),
  settle: ({ account }) => ({ runId, account }),
  sum: () => ({ runId }),
  report: () => ({ runId }),
  notify: () => ({ runId })
})

interface State {
  readonly Type: string
  readonly Next?: string
  readonly Default?: string
  readonly Choices?: ReadonlyArray<{ readonly Next: string }>
  readonly Parameters?: { readonly FunctionName: string }
  readonly ItemProcessor?: {
    readonly ProcessorConfig: { readonly Mode: string }
    readonly StartAt: string
    readonly States: object
  }
}

interface Placed {
  readonly name: string
  readonly state: State
  /** The execution that has the state in its history: the night's own, or one of each account. */
  readonly execution: "night" | "account"
  /** The first state of the machine or map that it is in. */
  readonly first: string
}

/** The states that a machine or map enters where nothing fails, in their order. */
const enteredIn = (states: Readonly<Record<string, State>>, first: string): ReadonlyArray<string> => {
  const names = new Set([first])
  for (const name of names) {
    const { Choices = [], Default, Next } = states[name] ?? {}
    for (const next of [...Choices.map((choice) => choice.Next), Default, Next]) if (next !== undefined) names.add(next)
  }
  return [...names]
}

const statesOf = (states: object, first: string, execution: Placed["execution"]): ReadonlyArray<Placed> => {
  const byName = states as Readonly<Record<string, State>>
  return enteredIn(byName, first).flatMap((name) => {
    const state = byName[name] as State
    const inner = state.ItemProcessor
    const placed = { name, state, execution, first }
    if (inner === undefined) return [placed]
    const isDistributed = inner.ProcessorConfig.Mode === "DISTRIBUTED"
    return [placed, ...statesOf(inner.States, inner.StartAt, isDistributed ? "account" : execution)]
  })
}

/**
 * Events that a state leaves in a history: entered and exited, and for a task scheduled, started and succeeded, for a map started
 * and succeeded. Source: Step Functions API reference, "HistoryEvent".
 */
const eventsOf = ({ Type }: State): number => (Type === "Task" ? 5 : Type === "Map" ? 4 : 2)

export interface MeasuredTask {
  readonly state: string
  readonly execution: Placed["execution"]
  readonly entered: number
  readonly maxInputBytes: number
  readonly maxOutputBytes: number
}

export interface Measured {
  /** The states that invoke a step. The others hand on what one of these answered, or a part of it. */
  readonly tasks: ReadonlyArray<MeasuredTask>
  /** Events in the history of the night's own execution, and in that of each account's. */
  readonly nightEvents: number
  readonly accountEvents: number
  /** Each entered state, and each iteration of a map. */
  readonly transitions: number
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value ?? null))

/** Runs the machine of a night in which nothing fails, or of a micro-scan, and measures it. */
export const measureMachine = async (accounts: number, { isMicro = false } = {}): Promise<Measured> => {
  const all = statesOf(nightly.States, nightly.StartAt, "night")
  const answer = answers(accounts, isMicro)
  const seen = new Map<string, { entered: number; input: number; output: number }>()
  const handlers = Object.fromEntries(
    all.flatMap(({ name, state: { Parameters, Type } }) => {
      if (Type !== "Task") return []
      const step = /\$\{(\w+)\}/.exec(Parameters?.FunctionName ?? "")?.[1] as StepName
      const handle = async ({ Payload }: { readonly Payload: unknown }) => {
        const output = answer[step](Payload)
        const before = seen.get(name) ?? { entered: 0, input: 0, output: 0 }
        seen.set(name, {
          entered: before.entered + 1,
          input: Math.max(before.input, bytesOf(Payload)),
          output: Math.max(before.output, bytesOf(output))
        })
        return { Payload: output }
      }
      return [[name, handle]]
    })
  )
  const request = {
    trigger: "schedule",
    accounts: { organization: true },
    regions: [],
    excludeRegions: [],
    scans: catalogue.map(({ name }) => name),
    settings: {}
  }
  await new StateMachine(nightly as any, { validationOptions: { noValidate: true } }).run(request as any, {
    overrides: { taskResourceLocalHandlers: handlers as any },
    context: { Execution: { Id: "bench", StartTime: "2026-11-26T02:00:00Z" } } as any
  }).result
  // Nothing fails and nothing remains, so that a state is entered as often as the first one beside it.
  const enteredOf = ({ first }: Placed) => seen.get(first)?.entered ?? 0
  const eventsIn = (wanted: Placed["execution"]) =>
    all.reduce(
      (sum, placed) => (placed.execution === wanted ? sum + enteredOf(placed) * eventsOf(placed.state) : sum),
      0
    )
  const iterations = ["BillingScan", "Discover", "Scan"].map((first) => seen.get(first)?.entered ?? 0)
  const [billing = 0, , scopes = 0] = iterations
  return {
    tasks: all.flatMap(({ execution, name }): ReadonlyArray<MeasuredTask> => {
      const task = seen.get(name)
      if (task === undefined) return []
      return [{ state: name, execution, entered: task.entered, maxInputBytes: task.input, maxOutputBytes: task.output }]
    }),
    // Of an execution: its start and end. Of a map in line: the start and end of each iteration.
    nightEvents: 2 + eventsIn("night") + 2 * billing,
    accountEvents: 2 + (eventsIn("account") + 2 * scopes) / accounts,
    transitions: [...all.map(enteredOf), ...iterations].reduce((sum, entered) => sum + entered, 0)
  }
}

/** Prints the tables. */
export const benchMachine = async (accounts = 1_000): Promise<void> => {
  const { accountEvents, nightEvents, tasks, transitions } = await measureMachine(accounts)
  console.log(`\nThe machine of ${accounts} accounts with ${typical.regions} regions each`)
  console.table(tasks)
  const largest = Math.max(...tasks.flatMap(({ maxInputBytes, maxOutputBytes }) => [maxInputBytes, maxOutputBytes]))
  console.table([
    { what: "largest payload, bytes", measured: largest, limit: limits.payloadBytes },
    { what: "history of the night, events", measured: nightEvents, limit: limits.historyEvents },
    { what: "history of an account, events", measured: accountEvents, limit: limits.historyEvents }
  ])
  const night = nightUsd(accounts)
  const { reads, writes } = unitsOf(workOfAccount)
  console.table([
    {
      transitions,
      "DynamoDB write units": Math.round(accounts * writes),
      "read units": Math.round(accounts * reads),
      "machine, USD": Number(night.machine.toFixed(2)),
      "metrics, USD": Number(night.metrics.toFixed(2)),
      "Cost Explorer, USD": night.costExplorer
    }
  ])
  console.log(costTable())
  const micro = await measureMachine(1, { isMicro: true })
  console.log("\nA micro-scan of one account and region, that 200 events have started and that asks for 500 series")
  console.table([{ transitions: micro.transitions, ...microScanUsd(200, 500) }])
}

if (import.meta.main) await benchMachine(Number(process.argv[2] ?? 1_000))
