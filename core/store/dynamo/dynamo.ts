/** The deployed store: one DynamoDB table, on demand. No question needs a Scan of it, no write a transaction. */
import { gunzipSync, gzipSync } from "node:zlib"
import { type AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Finding } from "../../finding/Finding.ts"
import { dynamoRequests, type Item, keyItem } from "./dynamoRequests.ts"
import {
  findingIndexes,
  indexAttributes,
  type Key,
  keys,
  lastRank,
  partitionsOf,
  positionOfRank,
  rankOf,
  ttlAttribute
} from "./dynamoTable.ts"
import { centsOf, checkLimit, type Facets, facetsOf, findingCursor, matches, pageOf, runCursor } from "../query.ts"
import {
  cacheRecord,
  eventRecord,
  expiry,
  findingRecord,
  nanoUsd,
  outcomeRecord,
  reportRecord,
  runRecord,
  scopeRecord,
  trendRecord,
  unixSeconds
} from "../records.ts"
import { type FindingQuery, Store } from "../Store.ts"

// An item has at most 400 KB. A character takes up to three bytes, so this many are sure to fit as they are.
const maxPlainCharacters = 100_000

const packed = (json: string): AttributeValue =>
  json.length <= maxPlainCharacters ? { S: json } : { B: gzipSync(json) }

const expiring = (expiresAt: number): Item => ({ [ttlAttribute]: { N: String(expiresAt) } })

/** An item with a record in JSON. */
const recordItem = (key: Key, json: string): Item => ({ ...keyItem(key), record: packed(json) })

const jsonOf = ({ record }: Item): string =>
  record?.B === undefined ? (record?.S ?? "") : gunzipSync(record.B).toString()

const findingItem = (finding: Finding, nowMillis: number): Item => {
  const facets = facetsOf(finding)
  const { account, category, confirmed, owner, region, scan, severity } = facets
  const strings = { ...indexAttributes(facets), account, category, region, scan, severity }
  return {
    ...recordItem(keys.finding(finding.scope, scan, finding.id), findingRecord.toJson(finding)),
    ...Object.fromEntries(Object.entries(strings).map(([name, value]) => [name, { S: value }])),
    ...(owner === undefined ? {} : { owner: { S: owner } }),
    confirmed: { BOOL: confirmed },
    counted: { BOOL: finding.savings.counted },
    ...(finding.status === "resolved" ? expiring(expiry("resolvedFinding", nowMillis)) : {})
  }
}

const findingOf = (item: Item): Finding => findingRecord.fromJson(jsonOf(item), item.counted?.BOOL === true)

const facetsOfRow = (row: Item, status: Facets["status"]): Facets => ({
  ...positionOfRank(row.rank?.S ?? ""),
  status,
  scan: row.scan?.S ?? "",
  category: row.category?.S ?? "",
  account: row.account?.S ?? "",
  region: row.region?.S ?? "",
  severity: row.severity?.S as Facets["severity"],
  confirmed: row.confirmed?.BOOL === true,
  owner: row.owner?.S
})

const inPartition = (pk: string) => ({
  KeyConditionExpression: "pk = :pk",
  ExpressionAttributeValues: { ":pk": { S: pk } }
})

/** Outcomes of a scope are attributes of one item, so that scans that run apart do not undo each other. */
const outcomePrefix = "outcome:"

/**
 * The store in a DynamoDB table that was made by `tableDefinition`. The client is the SDK's own, which honours
 * `AWS_ENDPOINT_URL`, unless one is given.
 */
export const layerDynamo = (options: {
  readonly tableName: string
  readonly client?: DynamoDBClient
}): Layer.Layer<Store> =>
  Layer.effect(
    Store,
    Effect.gen(function* () {
      const client =
        options.client ??
        (yield* Effect.acquireRelease(
          Effect.sync(
            () =>
              new DynamoDBClient({
                maxAttempts: 6,
                requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true }
              })
          ),
          (client) => Effect.sync(() => client.destroy())
        ))
      const table = dynamoRequests(client, options.tableName)
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

      const knownAccounts = new Set<string>()
      /** Notes accounts that have findings. Each is written once per process. */
      const noteAccounts = Effect.fnUntraced(function* (findings: ReadonlyArray<Finding>) {
        const accounts = new Set(findings.filter(({ status }) => status === "open").map(({ account }) => account))
        const news = [...accounts].filter((account) => !knownAccounts.has(account))
        yield* table.putAll(news.map((account) => keyItem(keys.account(account))))
        for (const account of news) knownAccounts.add(account)
      })

      /** The first of the findings asked for, as the index has them, one more than the limit where there are more. */
      const findRows = Effect.fnUntraced(function* (query: FindingQuery) {
        const after = yield* findingCursor.decode(query.cursor)
        const from = after === undefined ? "" : rankOf(after)
        const to = lastRank(centsOf(query.minMonthlyUsd ?? 0))
        const { attribute, partitions } = partitionsOf(query)
        // A cursor of a list with a lower minimum can be past the end of this one, and DynamoDB refuses such a range.
        if (from > to) return []
        const sources = partitions.map(({ key, status }) => ({
          key,
          status,
          rows: [] as Array<{ readonly row: Item; readonly facets: Facets; readonly rank: string }>,
          next: undefined as Item | undefined,
          state: "unread" as "unread" | "reading" | "read"
        }))
        const firstPageSize = Math.ceil((query.limit + 1) / sources.length) + 10

        const refill = Effect.fnUntraced(function* (source: (typeof sources)[number]) {
          while (source.rows.length === 0 && source.state !== "read") {
            const page = yield* table.queryPage({
              IndexName: findingIndexes[attribute],
              KeyConditionExpression: "#partition = :partition AND #rank BETWEEN :from AND :to",
              ExpressionAttributeNames: { "#partition": attribute, "#rank": "rank" },
              ExpressionAttributeValues: {
                ":partition": { S: source.key },
                ":from": { S: from === "" ? "0" : from },
                ":to": { S: to }
              },
              Limit: source.state === "unread" ? firstPageSize : 1000,
              ExclusiveStartKey: source.next
            })
            source.rows = page.items
              .map((row) => ({ row, rank: row.rank?.S ?? "", facets: facetsOfRow(row, source.status) }))
              .filter(({ facets, rank }) => rank > from && matches(query, facets))
            source.next = page.next
            source.state = page.next === undefined ? "read" : "reading"
          }
        })

        const found = new Map<string, Item>()
        while (found.size <= query.limit) {
          yield* Effect.forEach(
            sources.filter(({ rows, state }) => rows.length === 0 && state !== "read"),
            refill,
            { concurrency: 16, discard: true }
          )
          const [first] = sources
            .filter(({ rows }) => rows.length > 0)
            .sort((a, b) => ((a.rows[0]?.rank ?? "") < (b.rows[0]?.rank ?? "") ? -1 : 1))
          const row = first?.rows.shift()
          if (row === undefined) break
          // A finding that is moving within an index can be seen at both of its places.
          found.set(row.facets.id, row.row)
        }
        return [...found.values()]
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

        putScope: Effect.fn("Store.putScope")(function* (record) {
          const { outcomes } = record
          if (outcomes.length > 0) {
            const json = yield* table.attempt(() => outcomes.map((outcome) => outcomeRecord.toJson(outcome)))
            yield* table.update(keys.outcomes(record), {
              UpdateExpression: `SET ${outcomes.map((_, index) => `#${index} = :${index}`).join(", ")}`,
              ExpressionAttributeNames: Object.fromEntries(
                outcomes.map(({ scan }, index) => [`#${index}`, outcomePrefix + scan])
              ),
              ExpressionAttributeValues: Object.fromEntries(json.map((text, index) => [`:${index}`, { S: text }]))
            })
          }
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
        latestOutcomes: (scope) =>
          get(keys.outcomes(scope), (item) =>
            Object.entries(item)
              .filter(([name]) => name.startsWith(outcomePrefix))
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([, value]) => outcomeRecord.fromJson(value.S ?? ""))
          ).pipe(Effect.map((outcomes) => outcomes ?? [])),

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
              FilterExpression: "begins_with(accountKey, :open)",
              ExpressionAttributeValues: { ...ExpressionAttributeValues, ":open": { S: "open#" } },
              ProjectionExpression: "sk"
            },
            ({ sk }) => sk?.S ?? ""
          )
        },
        writeTransitions: Effect.fn("Store.writeTransitions")(function* (transitions) {
          yield* noteAccounts(transitions.map(({ finding }) => finding))
          // The findings come last: after an interruption they are still as before, so that the same events are made again.
          yield* putAll((now) =>
            transitions.flatMap(({ events, finding }) => [
              ...events.map((event) => ({
                ...recordItem(keys.event(finding.id, event), eventRecord.toJson(event)),
                ...expiring(expiry("event", now))
              })),
              {
                ...keyItem(keys.pointer(finding.id)),
                finding: { S: keys.finding(finding.scope, finding.scan, finding.id).pk },
                ...(finding.status === "resolved" ? expiring(expiry("resolvedFinding", now)) : {})
              }
            ])
          )
          yield* putAll((now) => transitions.map(({ finding }) => findingItem(finding, now)))
        }),
        setCounted: (changes) =>
          Effect.forEach(
            changes.filter(({ counted, finding }) => finding.savings.counted !== counted),
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
        history: (id) => {
          const { pk, sk } = keys.pointer(id)
          return table.query(
            {
              KeyConditionExpression: "pk = :pk AND sk < :pointer",
              ExpressionAttributeValues: { ":pk": { S: pk }, ":pointer": { S: sk } }
            },
            (item) => eventRecord.fromJson(jsonOf(item))
          )
        },
        findings: Effect.fn("Store.findings")(function* (query) {
          yield* checkLimit(query.limit)
          const page = pageOf(yield* findRows(query), query.limit, (row) =>
            findingCursor.encode(positionOfRank(row.rank?.S ?? ""))
          )
          const found = yield* table.getAll(page.items.map((row) => ({ pk: row.pk?.S ?? "", sk: row.sk?.S ?? "" })))
          const byId = yield* table.attempt(() => new Map(found.map((item) => [item.sk?.S, findingOf(item)])))
          return {
            // An index lags behind by a moment, so what it said is looked at again.
            items: page.items
              .map((row) => byId.get(row.sk?.S))
              .filter(
                (finding) => finding !== undefined && matches(query, facetsOf(finding))
              ) as ReadonlyArray<Finding>,
            cursor: page.cursor
          }
        }),
        accountsWithFindings: Effect.gen(function* () {
          const accounts = yield* table.query(inPartition(keys.account("").pk), ({ sk }) => sk?.S ?? "")
          return yield* Effect.filter(
            accounts,
            (account) =>
              Effect.map(findRows({ status: "open", accounts: [account], limit: 1 }), (rows) => rows.length > 0),
            { concurrency: 16 }
          )
        }),

        putReport: (report) =>
          Effect.flatMap(
            table.attempt(() => recordItem(keys.report(report.scan, report), reportRecord.toJson(report))),
            (item) =>
              table.put(
                { ...item, asOf: { S: report.asOf } },
                {
                  ConditionExpression: "attribute_not_exists(pk) OR asOf <= :asOf",
                  ExpressionAttributeValues: { ":asOf": { S: report.asOf } }
                }
              )
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
