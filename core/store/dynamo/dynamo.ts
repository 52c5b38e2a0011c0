/** The deployed store: one DynamoDB table, on demand. No question needs a Scan of it, no write a transaction. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { OwnCalls } from "../../aws/OwnCalls.ts"
import { claimedArns } from "../../finding/claims.ts"
import type { Finding, FindingEvent } from "../../finding/Finding.ts"
import type { Outcome } from "../../run/Outcome.ts"
import { allAccounts } from "../../run/Rollup.ts"
import { everyRegion, type Scope, scopeKey } from "../../Scope.ts"
import {
  checkLimit,
  eventCursor,
  facetsOf,
  findingCursor,
  isIdPrefix,
  matches,
  openFirst,
  pageOf,
  runCursor,
  statuses
} from "../query.ts"
import {
  answerRecord,
  accountSummaryRecord,
  cacheRecord,
  eventRecord,
  expiry,
  nanoUsd,
  outcomeRecord,
  reportRecord,
  rollupRecord,
  runRecord,
  scopeRecord,
  stampOf,
  trendRecord,
  unixSeconds
} from "../records.ts"
import { Store, StoreError } from "../Store.ts"
import {
  eventItem,
  expiring,
  findingItem,
  findingOf,
  jsonOf,
  nameItems,
  newestOf,
  outcomesItem,
  outcomesOf,
  recordItem
} from "./dynamoItems.ts"
import type { Item } from "./dynamoOperations.ts"
import { dynamoRequests, keyItem, type Namespace } from "./dynamoRequests.ts"
import { dynamoSearch } from "./dynamoSearch.ts"
import {
  eventIndex,
  eventPartitions,
  eventRank,
  type Key,
  keys,
  positionOfRankText,
  ttlAttribute
} from "./dynamoTable.ts"

const inPartition = (pk: string) => ({
  KeyConditionExpression: "pk = :pk",
  ExpressionAttributeValues: { ":pk": { S: pk } }
})

const beginningWith = ({ pk, sk }: Key) => ({
  KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
  ExpressionAttributeValues: { ":pk": { S: pk }, ":sk": { S: sk } }
})

/** Writes an item unless one with a later `asOf` is there. */
const unlessNewer = (asOf: string) => ({
  ConditionExpression: "attribute_not_exists(pk) OR asOf <= :asOf",
  ExpressionAttributeValues: { ":asOf": { S: asOf } }
})

const dated = (key: Key, json: string, asOf: string): Item => ({ ...recordItem(key, json), asOf: { S: asOf } })

/** How often the outcomes of a scope are written anew because somebody else has written some meanwhile. */
const maxOutcomeWrites = 8

/** Of findings with one name or one beginning of an id, at most so many are looked at. */
const maxNamed = 1000

const distinct = (all: ReadonlyArray<Key>): ReadonlyArray<Key> => [
  ...new Map(all.map((key) => [`${key.pk}\n${key.sk}`, key])).values()
]

/** The key of the finding to which a pointer or an entry under a name leads. */
const findingKey = (item: Item): Key => ({ pk: item.finding?.S ?? "", sk: item.id?.S ?? item.sk?.S ?? "" })

/**
 * The store in a DynamoDB table that was made by `tableDefinition`, called with the process's own credentials and at the endpoint of the
 * environment, unless other calls are given. With a namespace, what is in the table besides is as if it were not there.
 */
export const layerDynamo = (options: {
  readonly tableName: string
  readonly calls?: OwnCalls["Service"] | undefined
  readonly namespace?: Namespace
}): Layer.Layer<Store> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const calls = options.calls ?? (yield* OwnCalls.make())
      const table = dynamoRequests(calls, options.tableName, options.namespace)
      const nowMillis = Clock.currentTimeMillis

      const get = Effect.fnUntraced(function* <A>(key: Key, decode: (item: Item) => A) {
        const item = yield* table.get(key)
        return item === undefined ? undefined : yield* table.attempt(() => decode(item))
      })

      /** Builds items with the time in milliseconds, and writes them. */
      const putAll = (items: (nowMillis: number) => ReadonlyArray<Item>) =>
        nowMillis.pipe(
          Effect.flatMap((millis) => table.attempt(() => items(millis))),
          Effect.flatMap(table.putAll)
        )

      const search = dynamoSearch(table)

      const knownAccounts = new Set<string>()
      /** Notes accounts that have findings. Each is written once per process. */
      const noteAccounts = Effect.fnUntraced(function* (findings: ReadonlyArray<Finding>) {
        const accounts = new Set(findings.filter(({ status }) => status !== "resolved").map(({ account }) => account))
        const news = [...accounts].filter((account) => !knownAccounts.has(account))
        yield* table.putAll(news.map((account) => keyItem(keys.account(account))))
        for (const account of news) knownAccounts.add(account)
      })

      /** The latest outcomes of a scope, with the stamp of their item; where there is none, those of an earlier version. */
      const latestOf = Effect.fnUntraced(function* (scope: Scope, isWanted?: (scan: string) => boolean) {
        const item = yield* table.get(keys.outcomes(scope))
        if (item !== undefined)
          return { stamp: item.stamp?.S, outcomes: yield* table.attempt(() => outcomesOf(item, isWanted)) }
        const singles = yield* table.query(beginningWith(keys.singleOutcomes(scope)), (single) =>
          outcomeRecord.fromJson(jsonOf(single))
        )
        return { stamp: undefined, outcomes: singles.filter(({ scan }) => isWanted?.(scan) ?? true) }
      })

      /** Makes outcomes the latest of their scope, except where it has later ones. They are one item: dozens would cost dozens of writes. */
      const putOutcomes = Effect.fnUntraced(function* (scope: Scope, outcomes: ReadonlyArray<Outcome>) {
        for (let attempt = 0; attempt < maxOutcomeWrites; attempt += 1) {
          const { outcomes: before, stamp } = yield* latestOf(scope)
          const item = yield* table.attempt(() => outcomesItem(scope, newestOf([...before, ...outcomes])))
          const isWritten =
            item.stamp?.S === stamp ||
            (yield* table.put(item, {
              ConditionExpression: stamp === undefined ? "attribute_not_exists(pk)" : "stamp = :stamp",
              ...(stamp === undefined ? {} : { ExpressionAttributeValues: { ":stamp": { S: stamp } } })
            }))
          // Otherwise somebody else has written meanwhile; theirs are to stay.
          if (isWritten) return
        }
        const message = `The outcomes of ${scopeKey(scope)} change hands too quickly. Try again in a minute.`
        return yield* new StoreError({ kind: "busy", message })
      })

      const findingsAt = Effect.fnUntraced(function* (all: ReadonlyArray<Key>) {
        const items = yield* table.getAll(distinct(all))
        return yield* table.attempt(() => items.map(findingOf))
      })

      /** All that a query finds, or the items with these keys, in the same order. */
      const readSome = Effect.fnUntraced(function* <A>(
        all: Parameters<typeof table.query>[0],
        some: ReadonlyArray<Key> | undefined,
        decode: (item: Item) => A
      ) {
        if (some === undefined) return yield* table.query(all, decode)
        const items = yield* table.getAll(distinct(some))
        const sorted = items.toSorted((a, b) => ((a.sk?.S ?? "") < (b.sk?.S ?? "") ? -1 : 1))
        return yield* table.attempt(() => sorted.map(decode))
      })

      /** The entries under a name that lead to findings of which the test is true. */
      const named = Effect.fnUntraced(function* (name: string, arn: string | undefined) {
        const key = keys.named(name, arn ?? name, "")
        return yield* table.query(
          { ...(arn === undefined ? inPartition(key.pk) : beginningWith(key)), Limit: maxNamed },
          (item) => item,
          maxNamed
        )
      })

      return Store.of({
        putRun: (run) =>
          putAll((now) => [
            { ...recordItem(keys.run(run.id), runRecord.toJson(run)), ...expiring(expiry("run", now)) }
          ]),
        run: (id) => get(keys.run(id), (item) => runRecord.fromJson(jsonOf(item))),
        runs: Effect.fn("Store.runs")(function* (limit, cursor) {
          yield* checkLimit(limit)
          const before = yield* runCursor.decode(cursor)
          const { pk } = keys.run("")
          const runs = yield* table.query(
            {
              ...(before === undefined
                ? inPartition(pk)
                : {
                    KeyConditionExpression: "pk = :pk AND sk < :before",
                    ExpressionAttributeValues: { ":pk": { S: pk }, ":before": { S: before.runId } }
                  }),
              ScanIndexForward: false,
              Limit: limit + 1
            },
            (item) => runRecord.fromJson(jsonOf(item)),
            limit + 1
          )
          return pageOf(runs, limit, ({ id }) => runCursor.encode({ runId: id }))
        }),

        putAccountSummary: (summary) =>
          putAll((now) => [
            {
              ...recordItem(keys.accountSummary(summary.runId, summary.account), accountSummaryRecord.toJson(summary)),
              ...expiring(expiry("scopeRecord", now))
            }
          ]),
        accountSummaries: (runId, accounts) =>
          readSome(
            inPartition(keys.accountSummary(runId, "").pk),
            accounts?.map((account) => keys.accountSummary(runId, account)),
            (item) => accountSummaryRecord.fromJson(jsonOf(item))
          ),
        putScope: Effect.fn("Store.putScope")(function* (record) {
          if (record.apart !== true && record.outcomes.length > 0) yield* putOutcomes(record, record.outcomes)
          // Last, because a record that is done says that the rest is there.
          yield* putAll((now) => [
            {
              ...recordItem(keys.scopeRecord(record.runId, record), scopeRecord.toJson(record)),
              ...expiring(expiry("scopeRecord", now))
            }
          ])
        }),
        scopeRecord: (runId, scope) =>
          get(keys.scopeRecord(runId, scope), (item) => scopeRecord.fromJson(jsonOf(item))),
        scopeRecords: (runId, account) =>
          table.query(inPartition(keys.scopeRecord(runId, { account, region: "" }).pk), (item) =>
            scopeRecord.fromJson(jsonOf(item))
          ),
        latestOutcomes: (scope, scans) => {
          const wanted = scans === undefined ? undefined : new Set(scans)
          if (wanted?.size === 0) return Effect.succeed([])
          return Effect.map(
            latestOf(scope, (scan) => wanted?.has(scan) ?? true),
            ({ outcomes }) => outcomes
          )
        },
        regionsOf: Effect.fn("Store.regionsOf")(function* (account) {
          const regions = yield* Effect.forEach(
            [keys.outcomes, keys.singleOutcomes],
            (key) =>
              table.query(
                { ...inPartition(key({ account, region: "" }).pk), ProjectionExpression: "pk, sk" },
                ({ sk }) => sk?.S?.split("#")[0] ?? ""
              ),
            { concurrency: 2 }
          )
          return [...new Set(regions.flat())].filter((region) => region !== everyRegion).sort()
        }),

        findingsIn: (scope, scan, ids) =>
          ids === undefined
            ? table.query(inPartition(keys.finding(scope, scan, "").pk), findingOf)
            : Effect.flatMap(table.getAll(ids.map((id) => keys.finding(scope, scan, id))), (items) =>
                table.attempt(() => items.map(findingOf))
              ),
        openIds: (scope, scan) => {
          const { ExpressionAttributeValues, KeyConditionExpression } = inPartition(keys.finding(scope, scan, "").pk)
          return table.query(
            {
              KeyConditionExpression,
              // The index key begins with the status.
              FilterExpression: "NOT begins_with(accountKey, :beginning)",
              ExpressionAttributeValues: { ...ExpressionAttributeValues, ":beginning": { S: "resolved#" } },
              ProjectionExpression: "sk"
            },
            ({ sk }) => sk?.S ?? ""
          )
        },
        writeTransitions: Effect.fn("Store.writeTransitions")(function* (transitions, before = []) {
          const stamps = new Map(before.map((finding) => [finding.id, stampOf(finding)]))
          yield* noteAccounts(transitions.map(({ finding }) => finding))
          // The findings come last: after an interruption they are still as before, so that the same events are made again.
          yield* putAll((now) =>
            transitions.flatMap(({ events, finding }) => [
              ...events.map((event) => eventItem(event, now)),
              ...nameItems(finding, events, now)
            ])
          )
          const unread = transitions.filter(({ finding }) => !stamps.has(finding.id))
          yield* putAll((now) => unread.map(({ finding }) => findingItem(finding, now)))
          const now = yield* Clock.currentTimeMillis
          const overtaken = yield* Effect.filter(
            transitions.filter(({ finding }) => stamps.has(finding.id)),
            ({ finding }) =>
              Effect.flatMap(
                table.attempt(() => findingItem(finding, now)),
                (item) =>
                  Effect.map(
                    table.put(item, {
                      // What an earlier version wrote has no stamp.
                      ConditionExpression: "attribute_not_exists(stamp) OR stamp = :stamp",
                      ExpressionAttributeValues: { ":stamp": { S: stamps.get(finding.id) ?? "" } }
                    }),
                    (isWritten) => !isWritten
                  )
              ),
            { concurrency: 16 }
          )
          if (overtaken.length === 0) return []
          const current = yield* findingsAt(
            overtaken.map(({ finding }) => keys.finding(finding.scope, finding.scan, finding.id))
          )
          const byId = new Map(current.map((finding) => [finding.id, finding]))
          // What another try of the same step has written is written.
          const left = overtaken.filter(({ finding }) => {
            const now = byId.get(finding.id)
            return now === undefined || stampOf(now) !== stampOf(finding)
          })
          // Nothing has happened that these tell of.
          yield* Effect.forEach(
            left.flatMap(({ events }) => events),
            (event) => table.delete(keys.event(event.findingId, event), {}),
            { concurrency: 16, discard: true }
          )
          return left.map(({ finding }) => finding.id)
        }),
        setCounted: (changes) =>
          Effect.forEach(
            changes.filter(({ counted, finding }) => finding.savings !== null && finding.savings.counted !== counted),
            ({ counted, finding }) =>
              table.update(keys.finding(finding.scope, finding.scan, finding.id), {
                UpdateExpression: "SET counted = :counted",
                ConditionExpression: "attribute_exists(pk) AND counted <> :counted",
                ExpressionAttributeValues: { ":counted": { BOOL: counted } }
              }),
            { concurrency: 16, discard: true }
          ),
        finding: Effect.fn("Store.finding")(function* (id) {
          const pk = yield* get(keys.pointer(id), ({ finding }) => finding?.S)
          return pk === undefined ? undefined : yield* get({ pk, sk: id }, findingOf)
        }),
        findingsNamed: Effect.fn("Store.findingsNamed")(function* (text, limit) {
          yield* checkLimit(limit)
          const entries = yield* named(text, text.startsWith("arn:") ? text : undefined)
          const begun = isIdPrefix(text)
            ? yield* table.query({ ...beginningWith(keys.pointer(text)), Limit: maxNamed }, (item) => item, maxNamed)
            : []
          const found = yield* findingsAt(
            [...entries.filter(({ covers }) => covers === undefined), ...begun].map(findingKey)
          )
          return openFirst(
            found.filter(
              ({ id, resource }) =>
                resource.arn === text || resource.id === text || (isIdPrefix(text) && id.startsWith(text))
            )
          ).slice(0, limit)
        }),
        findingsClaiming: Effect.fn("Store.findingsClaiming")(function* (account, arns) {
          const wanted = new Set(arns)
          const entries = yield* Effect.forEach(wanted, (arn) => named(arn, arn), { concurrency: 8 })
          const found = yield* findingsAt(entries.flat().map(findingKey))
          return openFirst(
            found.filter(
              (finding) => finding.account === account && claimedArns(finding).some((arn) => wanted.has(arn))
            )
          )
        }),
        history: (id) =>
          table.query(inPartition(keys.event(id, { at: "", runId: "", type: "" }).pk), (item) =>
            eventRecord.fromJson(jsonOf(item))
          ),
        findings: Effect.fn("Store.findings")(function* (query) {
          yield* checkLimit(query.limit)
          const after = yield* findingCursor.decode(query.cursor)
          const { ended, rows } = yield* search.find(query, after, query.limit + 1)
          const page = pageOf(rows, query.limit, (row) => findingCursor.encode(positionOfRankText(row.rank?.S ?? "")))
          const found = yield* table.getAll(page.items.map((row) => ({ pk: row.pk?.S ?? "", sk: row.sk?.S ?? "" })))
          const byId = yield* table.attempt(() => new Map(found.map((item) => [item.sk?.S, findingOf(item)])))
          return {
            // An index lags behind by a moment, so what it said is looked at again.
            items: page.items
              .map((row) => byId.get(row.sk?.S))
              .filter(
                (finding) => finding !== undefined && matches(query, facetsOf(finding))
              ) as ReadonlyArray<Finding>,
            cursor: page.cursor ?? (ended === undefined ? undefined : findingCursor.encode(ended))
          }
        }),
        tally: search.tally,
        runEvents: Effect.fn("Store.runEvents")(function* (runId, limit, cursor) {
          yield* checkLimit(limit)
          const after = yield* eventCursor.decode(cursor)
          const from = after === undefined ? "" : eventRank(after as Parameters<typeof eventRank>[0])
          const partitions = eventPartitions(runId).filter((_, index) => index.toString(16) >= from.slice(0, 1))
          const read = (partition: string, enough: number) =>
            table.query(
              {
                IndexName: eventIndex.name,
                KeyConditionExpression: "#partition = :partition AND #rank > :from",
                ExpressionAttributeNames: { "#partition": eventIndex.attribute, "#rank": "rank" },
                ExpressionAttributeValues: { ":partition": { S: partition }, ":from": { S: from === "" ? "0" : from } },
                Limit: enough
              },
              (item) => eventRecord.fromJson(jsonOf(item)),
              enough
            )
          const [first = "", ...others] = partitions
          const events: Array<FindingEvent> = [...(yield* read(first, limit + 1))]
          // A night of many changes fills the page from one partition; after a quiet one, all that are left are read at once.
          if (events.length <= limit) {
            const missing = limit + 1 - events.length
            const more = yield* Effect.forEach(others, (partition) => read(partition, missing), { concurrency: 16 })
            events.push(...more.flat())
          }
          return pageOf(events, limit, eventCursor.encode)
        }),
        accountsWithFindings: Effect.gen(function* () {
          const accounts = yield* table.query(inPartition(keys.account("").pk), ({ sk }) => sk?.S ?? "")
          return yield* Effect.filter(
            accounts,
            Effect.fnUntraced(function* (account) {
              for (const status of statuses.filter((status) => status !== "resolved")) {
                const { rows } = yield* search.find({ statuses: [status], accounts: [account] }, undefined, 1)
                if (rows.length > 0) return true
              }
              return false
            }),
            { concurrency: 16 }
          )
        }),

        putReport: (report) =>
          Effect.flatMap(
            table.attempt(() => dated(keys.report(report.scan, report), reportRecord.toJson(report), report.asOf)),
            (item) => table.put(item, unlessNewer(report.asOf))
          ),
        reports: (scan, scope) => {
          const decode = (item: Item) => reportRecord.fromJson(jsonOf(item))
          return scope === undefined
            ? table.query(inPartition(keys.report(scan, { account: "", region: "" }).pk), decode)
            : Effect.map(get(keys.report(scan, scope), decode), (report) => (report === undefined ? [] : [report]))
        },

        putTrend: (points) =>
          putAll((now) =>
            points.map((point) => ({
              ...recordItem(keys.trendPoint(point.account, point.day), trendRecord.toJson(point)),
              ...expiring(expiry("trendPoint", now))
            }))
          ),
        trend: (account, fromDay) =>
          table.query(
            {
              KeyConditionExpression: "pk = :pk AND sk >= :fromDay",
              ExpressionAttributeValues: {
                ":pk": { S: keys.trendPoint(account, "").pk },
                ":fromDay": { S: fromDay }
              }
            },
            (item) => trendRecord.fromJson(jsonOf(item))
          ),

        putRollups: Effect.fn("Store.putRollups")(function* (rollups) {
          const end = expiring(expiry("rollup", yield* nowMillis))
          const put = (key: Key, asOf: string, toJson: () => string) =>
            Effect.flatMap(
              table.attempt(() => ({ ...dated(key, toJson(), asOf), ...end })),
              (item) => table.put(item, unlessNewer(asOf))
            )
          yield* Effect.forEach(
            rollups,
            Effect.fnUntraced(function* (rollup) {
              const { account, asOf, cells } = rollup
              if (cells !== null) yield* put(keys.cells(account), asOf, () => rollupRecord.cellsToJson(cells))
              yield* put(keys.rollup(account), asOf, () => rollupRecord.sumsToJson(rollup))
            }),
            { concurrency: 8, discard: true }
          )
        }),
        rollups: Effect.fn("Store.rollups")(function* (accounts, options) {
          const read = (keyOf: (account: string) => Key) =>
            accounts === undefined
              ? table.query(inPartition(keyOf("").pk), (item) => item)
              : table.getAll(distinct(accounts.map(keyOf)))
          const sums = yield* read(keys.rollup)
          const cells = options?.cells === true ? yield* read(keys.cells) : []
          return yield* table.attempt(() => {
            const cellsOf = new Map(cells.map((item) => [item.sk?.S, item]))
            return sums
              .filter(({ sk }) => accounts !== undefined || sk?.S !== allAccounts)
              .sort((a, b) => ((a.sk?.S ?? "") < (b.sk?.S ?? "") ? -1 : 1))
              .map((item) => {
                const own = cellsOf.get(item.sk?.S)
                return rollupRecord.fromJson(jsonOf(item), own === undefined ? undefined : jsonOf(own))
              })
          })
        }),

        remembered: (scope, probe, all) =>
          Effect.flatMap(table.getAll(distinct(all.map((key) => keys.answer(scope, probe, key)))), (items) =>
            table.attempt(() => items.map((item) => answerRecord.fromJson(jsonOf(item))))
          ),
        remember: (scope, probe, answers) =>
          putAll((now) =>
            answers.map((answer) => ({
              ...recordItem(keys.answer(scope, probe, answer.key), answerRecord.toJson(answer)),
              ...expiring(expiry("answer", now))
            }))
          ),

        lease: Effect.fn("Store.lease")(function* (name, holder, until) {
          const key = keys.lease(name)
          for (let attempt = 0; attempt < 3; attempt += 1) {
            const taken = yield* table.update(key, {
              UpdateExpression: "SET leaseHolder = :holder, untilMillis = :until, #expiry = :expiry",
              ConditionExpression: "attribute_not_exists(pk) OR leaseHolder = :holder OR untilMillis <= :now",
              ExpressionAttributeNames: { "#expiry": ttlAttribute },
              ExpressionAttributeValues: {
                ":holder": { S: holder },
                ":until": { N: String(until.getTime()) },
                ":now": { N: String(yield* nowMillis) },
                // Left to itself it is deleted a day after it has run out, and no sooner.
                ":expiry": { N: String(unixSeconds(until.getTime()) + 86_400) }
              }
            })
            if (taken) return holder
            const other = yield* get(key, ({ leaseHolder }) => leaseHolder?.S)
            // Who had it has just given it back.
            if (other !== undefined) return other
          }
          const message = `The lease ${name} changes hands too quickly. Try again in a minute.`
          return yield* new StoreError({ kind: "busy", message })
        }),
        release: (name, holder) =>
          Effect.asVoid(
            table.delete(keys.lease(name), {
              ConditionExpression: "leaseHolder = :holder",
              ExpressionAttributeValues: { ":holder": { S: holder } }
            })
          ),

        spend: Effect.fn("Store.spend")(function* (runId, usd, capUsd) {
          const room = nanoUsd(capUsd) - nanoUsd(usd)
          if (room < 0) return false
          return yield* table.update(keys.spending(runId), {
            UpdateExpression: "SET #expiry = :expiry ADD nanoUsd :amount",
            ConditionExpression: "attribute_not_exists(nanoUsd) OR nanoUsd <= :room",
            ExpressionAttributeNames: { "#expiry": ttlAttribute },
            ExpressionAttributeValues: {
              ":expiry": { N: String(expiry("spending", yield* nowMillis)) },
              ":amount": { N: String(nanoUsd(usd)) },
              ":room": { N: String(room) }
            }
          })
        }),

        cache: (key, value, expires) =>
          putAll(() => [
            { ...recordItem(keys.cache(key), cacheRecord.toJson(value)), ...expiring(unixSeconds(expires.getTime())) }
          ]),
        cached: (key) => get(keys.cache(key), (item) => cacheRecord.fromJson(jsonOf(item)))
      })
    })
  )
