/**
 * The units that DynamoDB would charge, by its own rules: an item is as large as the names and values of its attributes, a started
 * kilobyte is a unit of writing, a replaced item counts as the larger one of the two, and an entry of an index whose key changes is
 * deleted and written. Four kilobytes are a unit of reading; what is not there is one as well, and a page of an index is half.
 * Source: the DynamoDB developer guide, "Read and write operations" and "Using Global Secondary Indexes".
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { getItem, query } from "../../../core/store/dynamo/dynamoOperations.ts"
import { tableDefinition } from "../../../core/store/dynamo/dynamoTable.ts"
import { type Calls, tableName } from "./dynamoLayer.ts"

type Item = Record<string, AttributeValue>

const valueSize = (value: AttributeValue): number =>
  value.S !== undefined
    ? Buffer.byteLength(value.S)
    : value.B !== undefined
      ? value.B.length
      : value.N !== undefined
        ? Math.ceil(value.N.length / 2) + 1
        : 1

const sizeOf = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0)

const units = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024))

const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4096))

const entryOf = (index: (typeof tableDefinition.GlobalSecondaryIndexes)[number], item: Item | undefined) => {
  const keys = index.KeySchema.map(({ AttributeName }) => AttributeName)
  if (item === undefined || keys.some((key) => item[key] === undefined)) return undefined
  const projection = index.Projection
  const names =
    projection.ProjectionType === "ALL" ? Object.keys(item) : ["pk", "sk", ...keys, ...projection.NonKeyAttributes]
  const entry = Object.fromEntries(
    names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]] as const]))
  )
  return { entry, key: JSON.stringify(keys.map((key) => item[key])) }
}

/** Units of writing an item over another one. */
export const writeUnitsOf = (before: Item | undefined, after: Item): number => {
  const base = units(Math.max(sizeOf(after), before === undefined ? 0 : sizeOf(before)))
  return tableDefinition.GlobalSecondaryIndexes.reduce((sum, index) => {
    const [old, now] = [entryOf(index, before), entryOf(index, after)]
    if (old !== undefined && now !== undefined && old.key === now.key) {
      const same = JSON.stringify(old.entry) === JSON.stringify(now.entry)
      return sum + (same ? 0 : units(Math.max(sizeOf(old.entry), sizeOf(now.entry))))
    }
    return sum + (old === undefined ? 0 : units(sizeOf(old.entry))) + (now === undefined ? 0 : units(sizeOf(now.entry)))
  }, base)
}

/** What kind of item it is, as its partition says: `OUTCOMES`, `LEASE`. */
const kindOf = (key: string | undefined): string => key?.split("#")[0] ?? "index"

export interface Spent {
  reads: number
  writes: number
  /** Both by kind of item. */
  readonly byKind: Map<string, { reads: number; writes: number }>
}

const nothingSpent = (): Spent => ({ reads: 0, writes: 0, byKind: new Map() })

/** Counts what the calls to the test table would be charged for. `take` answers what was spent since it was asked last. */
export const metered = (calls: Calls) => {
  let spent = nothingSpent()
  const { call } = calls
  const note = (pk: string | undefined, what: "reads" | "writes", count: number) => {
    const kind = kindOf(pk)
    const own = spent.byKind.get(kind) ?? { reads: 0, writes: 0 }
    own[what] += count
    spent[what] += count
    spent.byKind.set(kind, own)
  }
  const current = ({ pk, sk }: Item) =>
    Effect.map(
      call(getItem, { TableName: tableName, Key: { pk: pk as any, sk: sk as any }, ConsistentRead: true }),
      ({ Item }) => Item as Item | undefined
    )
  /** A write that a condition refuses is charged like one that is done. */
  const wrote = (before: Item | undefined, after: Item | undefined, key: Item) =>
    note(key.pk?.S, "writes", writeUnitsOf(before, after ?? before ?? key))
  calls.call = Effect.fnUntraced(function* (operation, given) {
    const input = given as any
    const { name } = operation
    const puts: ReadonlyArray<Item> =
      name === "BatchWriteItem"
        ? input.RequestItems[tableName].map(({ PutRequest }: any) => PutRequest.Item)
        : name === "PutItem"
          ? [input.Item]
          : []
    for (const item of puts) wrote(yield* current(item), item, item)
    const isChange = name === "UpdateItem" || name === "DeleteItem"
    const before = isChange ? yield* current(input.Key) : undefined
    const exit = yield* Effect.exit(call(operation, given))
    if (isChange) wrote(before, name === "UpdateItem" ? yield* current(input.Key) : undefined, input.Key)
    const answer = (yield* exit) as any
    if (name === "GetItem") note(input.Key.pk.S, "reads", readUnits(sizeOf(answer.Item ?? {})))
    if (name === "BatchGetItem") {
      const found: ReadonlyArray<Item> = answer.Responses?.[tableName] ?? []
      const asked: ReadonlyArray<Item> = input.RequestItems[tableName].Keys
      for (const item of found) note(item.pk?.S, "reads", readUnits(sizeOf(item)))
      for (const { pk } of asked.slice(found.length)) note(pk?.S, "reads", 1)
    }
    if (name === "Query") {
      // What a filter or a projection leaves out is read all the same.
      const { ExpressionAttributeValues: values, FilterExpression, ProjectionExpression, ...rest } = input
      const names = Object.keys(values).filter((name) => !(FilterExpression ?? "").includes(name))
      const whole =
        FilterExpression === undefined && ProjectionExpression === undefined
          ? answer
          : yield* call(query, {
              ...rest,
              ExpressionAttributeValues: Object.fromEntries(names.map((name) => [name, values[name]]))
            })
      const bytes = (whole.Items ?? []).reduce((sum: number, item: Item) => sum + sizeOf(item), 0)
      const [, pk] = /^(\S+)/.exec(values[":pk"]?.S ?? "") ?? []
      note(pk ?? "index", "reads", readUnits(bytes) / (input.ConsistentRead === true ? 1 : 2))
    }
    return answer
  })
  return {
    take: (): Spent => {
      const before = spent
      spent = nothingSpent()
      return before
    }
  }
}
