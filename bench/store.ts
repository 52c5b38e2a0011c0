/**
 * How long questions take in the store of a large organisation, and how many requests DynamoDB gets for them:
 * `node bench/store.ts [findings]`. Without a number there are 1,000,000, and writing them takes minutes. Every question but a
 * combination must stay below 10 ms (median).
 */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { type Claimant, claimantOf, countedClaims } from "../core/finding/claims.ts"
import type { Finding, FindingStatus } from "../core/finding/Finding.ts"
import { see } from "../core/finding/lifecycle.ts"
import { dimensions, type Rollup } from "../core/run/Rollup.ts"
import { noChanges } from "../core/run/Changes.ts"
import { noCost } from "../core/run/runCost.ts"
import { addOutcomes, noCoverage, organisationRollup, rollupOf, totalsOf } from "../core/run/totals.ts"
import { layerDynamo } from "../core/store/dynamo/dynamo.ts"
import { maxMorePages } from "../core/store/dynamo/dynamoSearch.ts"
import { layerSqlite } from "../core/store/sqlite/sqlite.ts"
import { Store, type StoreError } from "../core/store/Store.ts"
import { coverage } from "../query/coverage.ts"
import { explain } from "../query/explain.ts"
import { findFinding } from "../query/findFinding.ts"
import { findRun } from "../query/runs.ts"
import { search, type SearchRequest } from "../query/search.ts"
import { totals } from "../query/totals.ts"
import { dynamoTable, intercept, tableName } from "../test/core/store/dynamoLayer.ts"
import { aFinding, aHygieneFinding, anEvent, anOutcome, aRun, night, runId } from "../test/core/store/fixtures.ts"

const numbered = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index))

/** The organisation's accounts, the largest first. */
export const accounts = numbered(200, (index) => String(100_000_000_000 + index))
const scans = numbered(76, (index) => `find_unused_things_${index}`)
const categories = numbered(14, (index) => `category-${index}`)
const regions = numbered(17, (index) => `region-${index}`)
const services = numbered(30, (index) => `Amazon Service ${index}`)
const teams = numbered(500, (index) => `team-${index}`)

const at = <A>(values: ReadonlyArray<A>, index: number): A => values[index % values.length] as A

const weights = accounts.map((_, index) => 1 / (index + 10))
const wholeWeight = weights.reduce((sum, weight) => sum + weight, 0)

/** The first accounts have many times as many findings as the last. */
const sizeOf = (account: number, findings: number): number =>
  Math.ceil((findings * (weights[account] ?? 0)) / wholeWeight)

const status = (index: number): FindingStatus =>
  index % 10 === 3 ? "resolved" : index % 33 === 0 ? "snoozed" : index % 47 === 0 ? "suppressed" : "open"

const findingsOf = (account: number, findings: number): ReadonlyArray<Finding> =>
  Array.from({ length: sizeOf(account, findings) }, (_, index) => {
    const scan = (index * 7 + account) % scans.length
    const what = {
      account: at(accounts, account),
      resourceId: `vol-${account.toString(16)}-${index.toString(16)}`,
      region: at(regions, (index * 5) % 23),
      scan: at(scans, scan),
      category: at(categories, scan),
      service: at(services, scan),
      confirmed: index % 9 !== 0,
      monthlyUsd: Math.round(((index * 7919 + account * 104_729) % 1_000_003) ** 2 / 4e8) / 100,
      tags: index % 3 === 0 ? {} : { team: at(teams, index * 13 + account) }
    }
    const finding =
      index % 12 === 5
        ? aHygieneFinding({ ...what, severity: at(["critical", "high", "medium", "low"], index) })
        : aFinding(what)
    return { ...finding, status: status(index) }
  })

/** Fills a store as a night would, and gives some findings to ask for. */
export const fill = Effect.fnUntraced(function* (findings: number) {
  const store = yield* Store
  const rollups: Array<Rollup> = []
  const samples: Array<Finding> = []
  let sum = noCoverage
  for (const [index, account] of accounts.entries()) {
    const own = findingsOf(index, findings)
    for (let from = 0; from < own.length; from += 20_000) {
      const some = own.slice(from, from + 20_000)
      yield* store.writeTransitions(some.map((finding) => ({ finding, events: [anEvent(finding)] })))
    }
    const claimants = own.map(claimantOf)
    rollups.push(rollupOf(account, { runId, asOf: night }, claimants, countedClaims(claimants)))
    samples.push(...own.slice(0, 3))
    sum = addOutcomes(
      sum,
      regions.flatMap((region) =>
        scans.map((scan, place) =>
          place % 25 === 0
            ? anOutcome({
                account,
                region,
                scan,
                status: "partial",
                reason: { code: "throttled", message: "throttled", operations: [`ec2:Describe${place}`] }
              })
            : anOutcome({ account, region, scan })
        )
      )
    )
  }
  const organisation = organisationRollup({ runId, asOf: night }, rollups)
  yield* store.putRollups([...rollups, organisation])
  const plan = { ...aRun().plan, accounts: accounts.map((id) => ({ id, name: `account ${id}` })) }
  const summary = {
    totals: totalsOf(
      samples.map((finding): Claimant => claimantOf(finding)),
      new Set()
    ),
    changes: noChanges,
    coverage: sum,
    cost: noCost
  }
  yield* store.putRun(aRun({ id: "20261119T020000Z-000000", plan, summary }))
  yield* store.putRun(aRun({ plan, summary }))
  return samples
})

interface Question {
  readonly title: string
  /** Requests to DynamoDB at most, where it is not one list of findings. */
  readonly requests: number
  /** A combination of dimensions adds up the cells of whole accounts, and may take longer. */
  readonly isCombination?: boolean
  readonly ask: (round: number) => Effect.Effect<unknown, StoreError, Store>
}

/** Partitions of an index, pages besides, and the findings by their keys; then a read for the scopes of the page. */
const listRequests = (partitions: number) => partitions + maxMorePages + 1

const questionsOf = (samples: ReadonlyArray<Finding>): ReadonlyArray<Question> => {
  const list = (title: string, partitions: number, request: (round: number) => SearchRequest): Question => ({
    title,
    requests: listRequests(partitions),
    ask: (round) => Effect.flatMap(Store, (store) => store.findings({ ...request(round), limit: 50 }))
  })
  const open = { statuses: ["open"] } as const
  const some = (round: number) => accounts.slice(round % 150, (round % 150) + 20)
  return [
    list("the 50 largest of all", 8, () => open),
    list("by severity", 8, (round) => ({
      ...open,
      severities: [at(["critical", "high", "medium", "low", "info"], round)]
    })),
    list("by account", 4, (round) => ({ ...open, accounts: [at(accounts, round * 3)] })),
    list("by account and category", 4, (round) => ({
      ...open,
      accounts: [at(accounts, round)],
      categories: [at(categories, round)]
    })),
    list("by account and severity, hygiene", 4, (round) => ({
      ...open,
      accounts: [at(accounts, round)],
      severities: ["critical"],
      kinds: ["hygiene"]
    })),
    list("by a category", 8, (round) => ({ ...open, categories: [at(categories, round)] })),
    list("by a category's five scans", 40, (round) => ({
      ...open,
      scans: scans.filter((_, index) => index % categories.length === round % categories.length).slice(0, 5)
    })),
    list("by owner", 4, (round) => ({ ...open, owner: at(teams, round * 7) })),
    list("without an owner", 8, () => ({ ...open, owner: "" })),
    list("by region, from $20", 8, (round) => ({ ...open, regions: [at(regions, round)], minMonthlyUsd: 20 })),
    list("snoozed and suppressed", 16, () => ({ statuses: ["snoozed", "suppressed"] })),
    list("resolved, by account", 4, (round) => ({ statuses: ["resolved"], accounts: [at(accounts, round)] })),
    list("hygiene of all", 8, () => ({ ...open, kinds: ["hygiene"] })),
    list("a question that has no answer", 8, () => ({ ...open, regions: ["nowhere"] })),
    {
      title: "a page as people see it: last seen, and what all come to",
      requests: listRequests(8) + 50 + 1,
      ask: (round) => search({ ...open, severities: [at(["critical", "high", "medium"], round)], limit: 20 })
    },
    { title: "a finding by id", requests: 5, ask: (round) => findFinding(at(samples, round).id) },
    { title: "by the first 8 of its id", requests: 5, ask: (round) => findFinding(at(samples, round).id.slice(0, 8)) },
    { title: "by ARN", requests: 5, ask: (round) => findFinding(at(samples, round).resource.arn) },
    { title: "by resource id", requests: 5, ask: (round) => findFinding(at(samples, round).resource.id) },
    { title: "explained", requests: 5, ask: (round) => explain(at(samples, round)) },
    ...dimensions.flatMap((by): ReadonlyArray<Question> => [
      { title: `totals by ${by}`, requests: 1, ask: () => totals({ by }) },
      { title: `totals by ${by}, 20 accounts`, requests: 1, ask: (round) => totals({ by, accounts: some(round) }) }
    ]),
    {
      title: "totals by scan of one owner, 5 accounts",
      requests: 2,
      isCombination: true,
      ask: (round) => totals({ by: "scan", owners: [at(teams, round)], accounts: some(round).slice(0, 5) })
    },
    {
      title: "50 events of a run",
      requests: 16,
      ask: () => Effect.flatMap(Store, (store) => store.runEvents(runId, 50))
    },
    {
      title: "coverage of the newest run",
      requests: 1,
      ask: () => Effect.flatMap(findRun(), (run) => (run === undefined ? Effect.void : coverage(run)))
    }
  ]
}

/** A quantile of sorted values, to two decimals. */
export const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  +(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(2)

interface Timing {
  readonly p50: number
  readonly p95: number
}

const rounds = 31

const timesOf = Effect.fnUntraced(function* ({ ask }: Question): Effect.fn.Return<Timing, StoreError, Store> {
  const millis: Array<number> = []
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now()
    yield* ask(round)
    millis.push(performance.now() - started)
  }
  millis.sort((a, b) => a - b)
  return { p50: quantile(millis, 0.5), p95: quantile(millis, 0.95) }
})

/** The most requests that a question needed. */
const requestsOf = (findings: number): Effect.Effect<ReadonlyMap<string, number>, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const calls = yield* dynamoTable
    const sent = intercept(calls)
    const store = yield* Effect.map(Layer.build(layerDynamo({ tableName, calls })), Context.get(Store))
    return yield* Effect.gen(function* () {
      const most = new Map<string, number>()
      for (const { ask, title } of questionsOf(yield* fill(findings))) {
        for (let round = 0; round < 5; round += 1) {
          sent.length = 0
          yield* ask(round)
          most.set(title, Math.max(most.get(title) ?? 0, sent.length))
        }
      }
      return most
    }).pipe(Effect.provideService(Store, store))
  })

/** Prints tables of what takes how long. */
export const benchStore = async (findings = 1_000_000, dynamoFindings = 3000): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "nightaudit-bench-"))
  const filename = join(folder, "audit.db")
  const seconds: Array<{ readonly step: string; readonly seconds: number; readonly result: string }> = []
  const timed = <A, E, R>(step: string, effect: Effect.Effect<A, E, R>, result: (value: A) => string) =>
    Effect.gen(function* () {
      const started = performance.now()
      const value = yield* effect
      seconds.push({ step, seconds: +((performance.now() - started) / 1000).toFixed(2), result: result(value) })
      return value
    })

  const program = Effect.gen(function* () {
    const store = yield* Store
    const samples = yield* timed(
      `write ${findings.toLocaleString("en")} findings with an event each, 200 accounts with rollups`,
      fill(findings),
      () => `${(statSync(filename).size / 1e6).toFixed(0)} MB`
    )
    yield* timed(
      "compare the largest account's scan in a region with what is known, unchanged",
      Effect.gen(function* () {
        const [first] = samples
        let changes = 0
        const known = first === undefined ? [] : yield* store.findingsIn(first.scope, first.scan)
        for (const before of known) {
          const unbroken = { since: night, sequence: 1 }
          const now = { ...before, observe: undefined, unproven: false }
          if (see(now, before, { runId, now: new Date(night), sequence: 2, unbroken }) !== undefined) changes += 1
        }
        return [known.length, changes] as const
      }),
      ([known, changes]) => `${known} read, ${changes} to write`
    )
    const times: Array<readonly [Question, Timing]> = []
    for (const question of questionsOf(samples)) times.push([question, yield* timesOf(question)])
    return times
  })

  const times = await Effect.runPromise(program.pipe(Effect.provide(layerSqlite(filename)))).finally(() =>
    rmSync(folder, { recursive: true })
  )
  const requests = await Effect.runPromise(Effect.scoped(requestsOf(dynamoFindings)))
  console.log(`\nSQLite store, ${findings.toLocaleString("en")} findings`)
  console.table(seconds)
  console.log(
    `DynamoDB requests: as counted with ${dynamoFindings.toLocaleString("en")} findings, and at most with any number`
  )
  console.table(
    times.map(([{ requests: atMost, title }, { p50, p95 }]) => ({
      question: title,
      "p50 ms": p50,
      "p95 ms": p95,
      "DynamoDB requests": requests.get(title),
      "at most": atMost
    }))
  )
  const slow = times.filter(([{ isCombination }, { p50 }]) => p50 >= 10 && isCombination !== true)
  const many = times.filter(([{ requests: atMost, title }]) => (requests.get(title) ?? 0) > atMost)
  for (const [{ title }] of slow) console.error(`slower than 10 ms: ${title}`)
  for (const [{ title }] of many) console.error(`more requests than stated: ${title}`)
  if (slow.length + many.length > 0) process.exitCode = 1
}

if (import.meta.main) await benchStore(process.argv[2] === undefined ? undefined : Number(process.argv[2]))
