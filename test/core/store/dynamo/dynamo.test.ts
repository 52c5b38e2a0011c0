import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { layerDynamo } from "../../../../core/store/dynamo/dynamo.ts"
import { getItem, putItem, query, updateItem } from "../../../../core/store/dynamo/dynamoOperations.ts"
import {
  indexAttributes,
  keys,
  partitionsOf,
  tableDefinition,
  ttlAttribute
} from "../../../../core/store/dynamo/dynamoTable.ts"
import { facetsOf } from "../../../../core/store/query.ts"
import { maxMorePages } from "../../../../core/store/dynamo/dynamoSearch.ts"
import type { Finding } from "../../../../core/finding/Finding.ts"
import type { Outcome } from "../../../../core/run/Outcome.ts"
import { recordItem } from "../../../../core/store/dynamo/dynamoItems.ts"
import { type Page, Store } from "../../../../core/store/Store.ts"
import { storeContract } from "../contract.ts"
import { type Calls, callsTo, dynamoTable, intercept, type Sent, tableName } from "../dynamoLayer.ts"
import {
  account,
  aFinding,
  anEvent,
  anOutcome,
  aReport,
  aRun,
  aScopeRecord,
  aTransition,
  night,
  resolved,
  runId,
  scope
} from "../fixtures.ts"

storeContract("DynamoDB", Layer.unwrap(Effect.map(dynamoTable, (calls) => layerDynamo({ tableName, calls }))), {
  questions: 12
})

storeContract(
  "A namespace of DynamoDB",
  Layer.unwrap(
    Effect.map(dynamoTable, (calls) =>
      layerDynamo({ tableName, calls, namespace: { name: "other", keepDays: 10_000 } })
    )
  ),
  { questions: 2 }
)

const storeOf = (calls: Calls, namespace?: string) =>
  Effect.map(
    Layer.build(
      layerDynamo({
        tableName,
        calls,
        ...(namespace === undefined ? {} : { namespace: { name: namespace, keepDays: 1 } })
      })
    ),
    Context.get(Store)
  )

const operations = (requests: ReadonlyArray<Sent>) => requests.map(({ operation }) => operation)

/** Waits for something that needs both the network and the passing of time. */
const pass = Effect.fnUntraced(function* <A, E>(effect: Effect.Effect<A, E>) {
  const fiber = yield* Effect.forkChild(effect)
  while (fiber.pollUnsafe() === undefined) {
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    yield* TestClock.adjust("1 second")
  }
  return yield* Fiber.join(fiber)
})

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => aFinding({ resourceId: `vol-${index}`, monthlyUsd: index }))

describe("the DynamoDB table", () => {
  it("spreads findings evenly over the partitions of whatever has many of them", () => {
    // One saving, so that all have one severity.
    const findings = Array.from({ length: 8000 }, (_, index) => aFinding({ resourceId: `vol-${index}` }))
    const counts = {
      organisationKey: 8,
      scanKey: 8,
      categoryKey: 8,
      severityKey: 8,
      accountKey: 4,
      accountCategoryKey: 4
    }
    for (const [attribute, count] of Object.entries(counts)) {
      const sizes = new Map<string, number>()
      for (const finding of findings) {
        const key = indexAttributes(facetsOf(finding))[attribute] ?? ""
        sizes.set(key, (sizes.get(key) ?? 0) + 1)
      }
      assert.strictEqual(sizes.size, count)
      assert.isBelow(Math.max(...sizes.values()), (8000 / count) * 1.25)
    }
  })

  it("has only findings with an owner in the index of owners", () => {
    assert.notProperty(indexAttributes(facetsOf(aFinding())), "ownerKey")
    assert.strictEqual(indexAttributes(facetsOf(aFinding({ tags: { team: "blue" } }))).ownerKey, "open#blue#2")
  })

  it("has every attribute that is a key, and no other, among its definitions", () => {
    const used = [tableDefinition, ...tableDefinition.GlobalSecondaryIndexes].flatMap(({ KeySchema }) =>
      KeySchema.map(({ AttributeName }) => AttributeName)
    )
    assert.sameMembers(
      tableDefinition.AttributeDefinitions.map(({ AttributeName }) => AttributeName),
      [...new Set(used)]
    )
  })

  it("is asked through the index in which the fewest findings are of no interest", () => {
    const partitions = (query: Parameters<typeof partitionsOf>[0]) => {
      const { attribute, partitions } = partitionsOf(query)
      return [attribute, partitions.length, partitions[0]?.key]
    }
    const open = ["open"] as const
    assert.deepStrictEqual(partitions({}), ["organisationKey", 32, "open#0"])
    assert.deepStrictEqual(partitions({ statuses: open }), ["organisationKey", 8, "open#0"])
    assert.deepStrictEqual(partitions({ statuses: open, scans: ["a", "b", "a"] }), ["scanKey", 16, "open#a#0"])
    assert.deepStrictEqual(partitions({ statuses: open, categories: ["c"] }), ["categoryKey", 8, "open#c#0"])
    assert.deepStrictEqual(partitions({ statuses: open, severities: ["low"] }), ["severityKey", 8, "open#low#0"])
    assert.deepStrictEqual(partitions({ statuses: open, scans: ["a"], accounts: ["1"] }), ["accountKey", 4, "open#1#0"])
    assert.deepStrictEqual(partitions({ statuses: open, categories: ["c", "d"], accounts: ["1"] }), [
      "accountCategoryKey",
      8,
      "open#1#c#0"
    ])
    assert.deepStrictEqual(partitions({ statuses: open, accounts: ["1"], owner: "ann" }), ["ownerKey", 4, "open#ann#0"])
    assert.deepStrictEqual(partitions({ statuses: open, owner: "" }), ["organisationKey", 8, "open#0"])
    const accounts = many(17).map(({ id }) => id)
    assert.deepStrictEqual(partitions({ statuses: open, accounts }), ["organisationKey", 8, "open#0"])
    assert.deepStrictEqual(partitions({ statuses: open, accounts, categories: ["c"] }), ["categoryKey", 8, "open#c#0"])
  })
})

describe("a namespace of the DynamoDB table", () => {
  /** Everything that a store answers about one finding's world. */
  const seen = Effect.fnUntraced(function* (store: Store["Service"]) {
    const { id, scan } = aFinding()
    return {
      run: (yield* store.run(runId))?.id,
      runs: (yield* store.runs(10)).items.length,
      record: (yield* store.scopeRecord(runId, scope))?.region,
      outcomes: (yield* store.latestOutcomes(scope)).length,
      regions: yield* store.regionsOf(account),
      inScope: (yield* store.findingsIn(scope, scan)).length,
      open: yield* store.openIds(scope, scan),
      finding: (yield* store.finding(id))?.id,
      named: (yield* store.findingsNamed(id, 10)).length,
      history: (yield* store.history(id)).length,
      findings: (yield* store.findings({ limit: 10 })).items.length,
      ofScan: (yield* store.findings({ scans: [scan], limit: 10 })).items.length,
      events: (yield* store.runEvents(runId, 10)).items.length,
      accounts: yield* store.accountsWithFindings,
      reports: (yield* store.reports(aReport().scan)).length,
      cached: yield* store.cached("key")
    }
  })

  const fill = Effect.fnUntraced(function* (store: Store["Service"]) {
    yield* store.putRun(aRun())
    yield* store.putScope(aScopeRecord({ outcomes: [anOutcome()] }))
    yield* store.writeTransitions([aTransition(aFinding())])
    yield* store.putReport(aReport())
    yield* store.cache("key", "value", new Date(Number.MAX_SAFE_INTEGER / 1000))
  })

  it.effect("sees nothing of the table and of another namespace, and they see nothing of it", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const [table, one, two] = [yield* storeOf(calls), yield* storeOf(calls, "one"), yield* storeOf(calls, "two")]
      const nothing = yield* seen(two)
      yield* fill(one)
      const full = yield* seen(one)
      assert.strictEqual(full.findings, 1)
      assert.strictEqual(full.open.length, 1)
      assert.deepStrictEqual(yield* seen(two), nothing)
      assert.deepStrictEqual(yield* seen(table), nothing)
      yield* fill(table)
      assert.deepStrictEqual(yield* seen(table), full)
      assert.deepStrictEqual(yield* seen(two), nothing)
      const until = new Date(60_000)
      assert.strictEqual(yield* one.lease("night", "a", until), "a")
      assert.strictEqual(yield* two.lease("night", "b", until), "b")
      assert.isTrue(yield* one.spend(runId, 1, 1))
      assert.isTrue(yield* two.spend(runId, 1, 1))
    })
  )

  it.effect("keeps what it has for its days, and the table for as long as ever", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const [table, one] = [yield* storeOf(calls), yield* storeOf(calls, "one")]
      yield* fill(table)
      yield* fill(one)
      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* seen(one)).findings, 1)
      yield* TestClock.adjust("2 hours")
      const left = yield* seen(one)
      assert.deepStrictEqual(
        [left.run, left.finding, left.outcomes, left.reports, left.cached],
        [undefined, undefined, 0, 0, undefined]
      )
      assert.strictEqual((yield* seen(table)).finding, aFinding().id)
    })
  )
})

describe("the DynamoDB store", () => {
  it.effect("answers every question with queries and reads by key", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      yield* store.writeTransitions(many(30).map(aTransition))
      const requests = intercept(calls)
      const { id, scan } = aFinding({ resourceId: "vol-1" })
      yield* Effect.all([
        store.run(runId),
        store.runs(10),
        store.scopeRecord(runId, scope),
        store.scopeRecords(runId, account),
        store.latestOutcomes(scope),
        store.findingsIn(scope, scan),
        store.finding(id),
        store.history(id),
        store.findings({ limit: 10, regions: ["eu-west-1"] }),
        store.findingsNamed("vol-1", 10),
        store.findingsClaiming(account, [aFinding().resource.arn]),
        store.tally({ categories: ["cleanup"] }, 100),
        store.runEvents(runId, 10),
        store.accountsWithFindings,
        store.regionsOf(account),
        store.rollups(),
        store.rollups([account], { cells: true }),
        store.remembered(scope, "policy", ["a"]),
        store.reports("get_cost_by_service"),
        store.trend("all", "2026-01-01"),
        store.cached("costs")
      ])
      assert.sameMembers([...new Set(operations(requests))], ["Query", "GetItem", "BatchGetItem"])
    })
  )

  it.effect("writes nothing for findings whose flag is right", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const [a, b] = [aFinding(), aFinding({ resourceId: "vol-2" })]
      yield* store.writeTransitions([a, b].map(aTransition))
      const requests = intercept(calls)
      yield* store.setCounted([
        { finding: a, counted: false },
        { finding: b, counted: false }
      ])
      assert.deepStrictEqual(requests, [])
      yield* store.setCounted([
        { finding: a, counted: true },
        { finding: b, counted: false }
      ])
      assert.deepStrictEqual(operations(requests), ["UpdateItem"])
      // No index has the flag, and the record stays as it is.
      assert.strictEqual(requests[0]?.input.UpdateExpression, "SET counted = :counted")
    })
  )

  it.effect("writes 25 items at a time, and what they were opened by before the findings", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const requests = intercept(calls)
      yield* store.writeTransitions(many(60).map(aTransition))
      assert.deepStrictEqual([...new Set(operations(requests))], ["BatchWriteItem"])
      const written = requests.map(({ input }) =>
        input.RequestItems[tableName].map(({ PutRequest }: any) => PutRequest.Item.pk.S.split("#")[0] as string)
      )
      assert.deepStrictEqual(
        written.map((kinds) => kinds.length),
        // The account; an event, a pointer and a name of each finding; the findings.
        [1, 25, 25, 25, 25, 25, 25, 25, 5, 25, 25, 10]
      )
      assert.sameMembers([...new Set(written.slice(1, 9).flat())], ["FINDING", "ID", "NAME"])
      assert.sameMembers([...new Set(written.slice(9).flat())], ["SCOPE"])
      requests.length = 0
      yield* store.writeTransitions(many(1).map(aTransition))
      assert.strictEqual(requests.length, 2, "an account is noted once")
    })
  )

  it.effect("does not write names and pointers again for a change or a confirmation", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const finding = aFinding()
      yield* store.writeTransitions([aTransition(finding)])
      const requests = intercept(calls)
      const items = () =>
        requests
          .splice(0)
          .flatMap(({ input }) =>
            input.RequestItems[tableName].map(({ PutRequest }: any) => PutRequest.Item.pk.S.split("#")[0])
          )
          .sort()
      const changed = aFinding({ monthlyUsd: 20 })
      yield* store.writeTransitions([{ finding: changed, events: [anEvent(changed, { type: "changed" })] }])
      assert.deepStrictEqual(items(), ["FINDING", "SCOPE"])
      yield* store.writeTransitions([{ finding: resolved(changed), events: [anEvent(changed, { type: "resolved" })] }])
      assert.deepStrictEqual(items(), ["FINDING", "ID", "NAME", "SCOPE"])
    })
  )

  it.effect("has the outcomes of a scope in one item, which is written where they have changed", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const outcomes = Array.from({ length: 6 }, (_, index) => anOutcome({ scan: `scan_${index}` }))
      const requests = intercept(calls)
      for (const count of [2, 4, 4, 6, 6]) {
        yield* store.putScope(aScopeRecord({ outcomes: outcomes.slice(0, count), done: count === 6 }))
      }
      const put = requests.filter(({ operation }) => operation === "PutItem").map(({ input }) => input.Item.sk.S)
      assert.deepStrictEqual(
        put,
        [2, 4, 6].map(() => scope.region)
      )
      assert.strictEqual(operations(requests).filter((operation) => operation === "BatchWriteItem").length, 5)
      assert.deepStrictEqual(yield* store.latestOutcomes(scope), outcomes)
    })
  )

  it.effect("loses no outcome of two who write those of a scope at the same time", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const other = yield* storeOf({ call: calls.call })
      const [a, b, c] = ["a", "b", "c"].map((scan) => anOutcome({ scan })) as [Outcome, Outcome, Outcome]
      yield* store.putScope(aScopeRecord({ outcomes: [a] }))
      // The other one writes between what this one reads and what it writes.
      const { call } = calls
      let isFirst = true
      calls.call = (operation, input) =>
        Effect.gen(function* () {
          if (operation.name === "PutItem" && isFirst) {
            isFirst = false
            yield* Effect.orDie(other.putScope(aScopeRecord({ outcomes: [b] })))
          }
          return yield* call(operation, input)
        })
      yield* store.putScope(aScopeRecord({ outcomes: [c] }))
      assert.deepStrictEqual(yield* store.latestOutcomes(scope), [a, b, c])
    })
  )

  it.effect("takes up the outcomes that an earlier version wrote one by one, and leaves them to it", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const [a, b] = ["a", "b"].map((scan) => anOutcome({ scan })) as [Outcome, Outcome]
      for (const outcome of [a, b]) {
        const { pk, sk } = keys.singleOutcomes(outcome)
        const item = recordItem({ pk, sk: `${sk}${outcome.scan}` }, JSON.stringify(outcome))
        yield* calls.call(putItem, { TableName: tableName, Item: { ...item, asOf: { S: outcome.asOf } } })
      }
      assert.deepStrictEqual(yield* store.latestOutcomes(scope), [a, b])
      assert.deepStrictEqual(yield* store.latestOutcomes(scope, ["b"]), [b])
      assert.deepStrictEqual(yield* store.regionsOf(account), [scope.region])
      const later = { ...a, asOf: "2026-11-21T02:00:00.000Z" }
      yield* store.putScope(aScopeRecord({ outcomes: [later] }))
      assert.deepStrictEqual(yield* store.latestOutcomes(scope), [later, b])
      const elsewhere = anOutcome({ scan: "c", region: "us-east-1" })
      yield* store.putScope(aScopeRecord({ region: "us-east-1", outcomes: [elsewhere] }))
      assert.deepStrictEqual(yield* store.regionsOf(account), [scope.region, "us-east-1"])
      const left = yield* calls.call(query, {
        TableName: tableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: keys.singleOutcomes(scope).pk } }
      })
      assert.deepStrictEqual(
        left.Items?.map(({ sk }) => sk?.S),
        [a, b].map(({ scan }) => `${scope.region}#${scan}`)
      )
    })
  )

  it.effect("asks for a page within its bound, and goes on from there", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      // Of 240 findings thirteen are asked for, which are unevenly spread, and a page of an index holds a single row.
      const findings = Array.from({ length: 240 }, (_, index) =>
        aFinding({
          resourceId: `vol-${index}`,
          monthlyUsd: 1000 - index,
          region: index % 20 === 19 || index === 2 ? "us-east-1" : "eu-west-1"
        })
      )
      yield* store.writeTransitions(findings.map((finding) => ({ finding, events: [] })))
      const requests = intercept(calls, ({ input }) => {
        if (input.IndexName === "byOrganisation") input.Limit = 1
        return undefined
      })
      const found: Array<string> = []
      let [cursor, pages]: [string | undefined, number] = [undefined, 0]
      do {
        requests.length = 0
        const page: Page<Finding> = yield* store.findings({
          statuses: ["open"],
          regions: ["us-east-1"],
          limit: 20,
          cursor
        })
        const queries = operations(requests).filter((operation) => operation === "Query").length
        assert.isAtMost(queries, 8 + maxMorePages)
        found.push(...page.items.map(({ id }) => id))
        cursor = page.cursor
        pages += 1
      } while (cursor !== undefined && pages < 50)
      const wanted = findings.filter(({ region }) => region === "us-east-1").map(({ id }) => id)
      assert.deepStrictEqual(found, wanted, "in their order, none lost and none twice")
      assert.isAbove(pages, 3)
    })
  )

  it.effect("leaves a finding as it was when a write is cut off, so that it can be repeated", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      let broken = true
      intercept(calls, ({ input, operation }) => {
        const first = operation === "BatchWriteItem" && input.RequestItems[tableName][0].PutRequest.Item.pk.S
        if (broken && String(first).startsWith("SCOPE#")) throw Object.assign(new Error("cut"), { name: "TypeError" })
        return undefined
      })
      const finding = aFinding()
      yield* Effect.flip(store.writeTransitions([aTransition(finding)]))
      assert.deepStrictEqual(yield* store.findingsIn(scope, finding.scan), [])
      assert.isUndefined(yield* store.finding(finding.id))
      broken = false
      yield* store.writeTransitions([aTransition(finding)])
      assert.deepStrictEqual(yield* store.finding(finding.id), finding)
      assert.deepStrictEqual(yield* store.history(finding.id), [anEvent(finding)])
    })
  )

  it.effect("sends again what the table had no room for", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      let refusals = 3
      const requests = intercept(calls, ({ input, operation }) => {
        if (refusals === 0) return undefined
        if (operation === "BatchWriteItem") {
          refusals -= 1
          return { UnprocessedItems: input.RequestItems }
        }
        if (operation === "BatchGetItem") {
          refusals -= 1
          return { Responses: {}, UnprocessedKeys: input.RequestItems }
        }
        return undefined
      })
      const findings = many(40)
      yield* pass(store.writeTransitions(findings.map(aTransition)))
      assert.strictEqual(refusals, 0)
      refusals = 2
      requests.length = 0
      const page = yield* pass(store.findings({ limit: 100, accounts: [account], statuses: ["open"] }))
      assert.strictEqual(page.items.length, 40)
      assert.strictEqual(
        operations(requests).join(" "),
        "Query Query Query Query BatchGetItem BatchGetItem BatchGetItem"
      )
    })
  )

  it.effect("sends again only the part that the table had no room for", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      let cut = true
      const requests = intercept(calls, ({ input, operation }) => {
        if (!cut || operation !== "BatchGetItem") return undefined
        cut = false
        return {
          Responses: {},
          UnprocessedKeys: { [tableName]: { Keys: input.RequestItems[tableName].Keys.slice(0, 3) } }
        }
      })
      yield* store.writeTransitions(many(10).map(aTransition))
      yield* pass(store.findings({ limit: 100, accounts: [account] }))
      const asked = requests.filter(({ operation }) => operation === "BatchGetItem")
      assert.deepStrictEqual(
        asked.map(({ input }) => input.RequestItems[tableName].Keys.length),
        [10, 3]
      )
    })
  )

  it.effect("gives up on a table that never has room", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      intercept(calls, ({ input, operation }) =>
        operation === "BatchWriteItem" ? { UnprocessedItems: input.RequestItems } : undefined
      )
      const error = yield* pass(Effect.flip(store.putRun(aRun())))
      assert.strictEqual(error.kind, "busy")
      assert.isTrue(error.isTransient)
      assert.strictEqual(
        error.message,
        `The DynamoDB table ${tableName} is asked for more than it can serve at the moment. Try again in a minute.`
      )
    })
  )

  it.effect("reads every page", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      // A page has a megabyte at most.
      const random = () => Math.random().toString(36)
      const findings = many(27).map((finding) => ({
        ...finding,
        evidence: { text: Array.from({ length: 10_000 }, random).join("") }
      }))
      yield* store.writeTransitions(findings.map((finding) => ({ finding, events: [] })))
      const requests = intercept(calls)
      assert.strictEqual((yield* store.findingsIn(scope, aFinding().scan)).length, 27)
      assert.isAbove(requests.length, 1)
    })
  )

  it.effect("believes a finding more than an index that is behind", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const [a, b, gone] = [aFinding(), aFinding({ resourceId: "vol-2" }), aFinding({ resourceId: "vol-3" })]
      yield* store.writeTransitions([a, b].map(aTransition))
      const requests = intercept(calls, ({ input, operation }) => {
        if (operation !== "Query" || input.IndexName !== "byAccount") return undefined
        const asked = input.ExpressionAttributeValues[":partition"].S
        const here = [a, b, b, gone].filter((finding) => indexAttributes(facetsOf(finding)).accountKey === asked)
        const rows = here.map((finding) => ({
          ...Object.fromEntries(
            Object.entries({
              ...keys.finding(finding.scope, finding.scan, finding.id),
              ...indexAttributes(facetsOf(finding)),
              account: finding.account,
              region: finding.region,
              scan: finding.scan,
              category: finding.category,
              severity: finding.severity,
              kind: finding.kind
            }).map(([name, value]) => [name, { S: value }])
          ),
          confirmed: { BOOL: true }
        }))
        return { Items: rows.sort((x, y) => ((x as any).rank.S < (y as any).rank.S ? -1 : 1)) }
      })
      yield* store.writeTransitions([aTransition(resolved(a))])
      const page = yield* store.findings({ limit: 10, statuses: ["open"], accounts: [account] })
      assert.deepStrictEqual(page.items, [b])
      assert.isTrue(requests.length > 0)
    })
  )

  it.effect("gives what ends an attribute by which DynamoDB deletes it", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      yield* TestClock.setTime(Date.parse(night))
      const [open, closed] = [aFinding(), resolved(aFinding({ resourceId: "vol-2" }))]
      yield* store.writeTransitions([open, closed].map(aTransition))
      const expiryOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }) =>
        Effect.map(
          calls.call(getItem, { TableName: tableName, Key: { pk: { S: pk }, sk: { S: sk } } }),
          ({ Item }) => Item?.[ttlAttribute]
        )
      const in400Days = { N: String(Date.parse("2027-12-25T02:00:00.000Z") / 1000) }
      assert.deepStrictEqual(yield* expiryOf(keys.finding(scope, closed.scan, closed.id)), in400Days)
      assert.deepStrictEqual(yield* expiryOf(keys.pointer(closed.id)), in400Days)
      assert.deepStrictEqual(yield* expiryOf(keys.event(open.id, anEvent(open))), in400Days)
      assert.isUndefined(yield* expiryOf(keys.finding(scope, open.scan, open.id)))
      assert.isUndefined(yield* expiryOf(keys.pointer(open.id)))
    })
  )
})

describe("a table that cannot be used", () => {
  const failing = (name: string, message: string) =>
    Effect.gen(function* () {
      const calls: Calls = { call: () => Effect.die(new Error("nothing is sent")) }
      intercept(calls, () => {
        throw Object.assign(new Error(message), { name })
      })
      const store = yield* storeOf(calls)
      const error = yield* pass(Effect.flip(store.run(runId)))
      assert.notInclude(error.message, "\n")
      assert.isTrue(error.message.startsWith(`The DynamoDB table ${tableName} `))
      return [error.kind, error.message.slice(`The DynamoDB table ${tableName} `.length)]
    })

  it.effect("does not exist", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* Effect.map(Layer.build(layerDynamo({ tableName: "other", calls })), Context.get(Store))
      for (const use of [
        store.run(runId),
        store.putRun(aRun()),
        store.findings({ limit: 1 }),
        store.spend("a", 1, 2)
      ]) {
        const error = yield* Effect.flip(Effect.asVoid(use))
        assert.strictEqual(error.kind, "unusable")
        assert.strictEqual(
          error.message,
          "The DynamoDB table other does not exist. Check its name, the region and the account, or deploy nightaudit there."
        )
      }
    })
  )

  it.effect("is at an endpoint that refuses connections", () =>
    Effect.gen(function* () {
      const calls = yield* callsTo("http://127.0.0.1:1")
      const store = yield* storeOf(calls)
      const error = yield* pass(Effect.flip(store.findings({ limit: 1 })))
      assert.strictEqual(error.kind, "busy")
      assert.strictEqual(
        error.message,
        `The DynamoDB table ${tableName} cannot be reached (ECONNREFUSED). Check the network and the endpoint, and try again.`
      )
    })
  )

  it.effect("is not allowed, or refuses", () =>
    Effect.gen(function* () {
      const denied = "User: arn:aws:iam::111111111111:user/x is not authorized to perform: dynamodb:GetItem\non it"
      assert.deepStrictEqual(yield* failing("AccessDeniedException", denied), [
        "failed",
        `may not be used with these credentials (${denied.replace("\n", " ")}). Allow it in their IAM policy.`
      ])
      assert.deepStrictEqual(yield* failing("ExpiredTokenException", "expired"), [
        "failed",
        "cannot be used: the credentials have expired. Renew them and try again."
      ])
      assert.deepStrictEqual(yield* failing("UnrecognizedClientException", "invalid token"), [
        "failed",
        "cannot be used: there are no usable credentials. Sign in to AWS and try again."
      ])
      assert.deepStrictEqual(yield* failing("ProvisionedThroughputExceededException", "slow down"), [
        "busy",
        "is asked for more than it can serve at the moment. Try again in a minute."
      ])
      assert.deepStrictEqual(yield* failing("ValidationException", "The table does not have the specified index"), [
        "failed",
        "did not do what it was asked (ValidationException: The table does not have the specified index)."
      ])
    })
  )

  it.effect("has a record of another shape", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      const { pk, sk } = keys.run(runId)
      yield* calls.call(putItem, {
        TableName: tableName,
        Item: { pk: { S: pk }, sk: { S: sk }, record: { S: '{"id":5}' } }
      })
      const error = yield* Effect.flip(store.run(runId))
      assert.strictEqual(error.kind, "unusable")
      assert.match(error.message, /has or was given a record that does not fit this version of nightaudit/)
      assert.notInclude(error.message, "\n")
      yield* store.putReport(aReport())
      const report = keys.report(aReport().scan, aReport())
      yield* calls.call(updateItem, {
        TableName: tableName,
        Key: { pk: { S: report.pk }, sk: { S: report.sk } },
        UpdateExpression: "SET #record = :garbage",
        ExpressionAttributeNames: { "#record": "record" },
        ExpressionAttributeValues: { ":garbage": { B: Buffer.from("not gzip") } }
      })
      assert.strictEqual((yield* Effect.flip(store.reports(aReport().scan))).kind, "failed")
    })
  )

  it.effect("has lost a part of a record", () =>
    Effect.gen(function* () {
      const calls = yield* dynamoTable
      const store = yield* storeOf(calls)
      // Random, so that it cannot be compressed.
      const value = Array.from({ length: 60_000 }, () => Math.random().toString(36))
      let parts = 0
      intercept(calls, ({ input, operation }) => {
        if (operation !== "BatchWriteItem") return undefined
        const [{ PutRequest }] = input.RequestItems[tableName]
        if (!String(PutRequest.Item.pk.S).startsWith("PART#")) return undefined
        parts = input.RequestItems[tableName].length
        input.RequestItems[tableName].pop()
        return undefined
      })
      yield* store.cache("costs", value, new Date(1e12))
      assert.isAbove(parts, 1)
      const error = yield* Effect.flip(store.cached("costs"))
      assert.strictEqual(error.kind, "failed")
      assert.match(error.message, /has lost a part of a record\. Run the audit again\./)
    })
  )
})
