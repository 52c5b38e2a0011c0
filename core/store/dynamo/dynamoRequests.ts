/** The few requests to DynamoDB that the store is made of: complete, repeated where that helps, with errors for people. */
import { createHash } from "node:crypto"
import type {
  DeleteItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  UpdateItemCommandInput
} from "@aws-sdk/client-dynamodb"
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { type AwsErrorReason, reasonOf } from "../../aws/AwsError.ts"
import { type OwnCalls, type OwnOperation, repeatedShortly } from "../../aws/OwnCalls.ts"
import {
  batchGetItem,
  batchWriteItem,
  deleteItem,
  getItem,
  type Item,
  putItem,
  query,
  updateItem
} from "./dynamoOperations.ts"
import { eventIndex, findingIndexes, type Key, keys, ttlAttribute } from "./dynamoTable.ts"
import { unixSeconds } from "../records.ts"
import { StoreError } from "../Store.ts"

export const keyItem = ({ pk, sk }: Key): Item => ({ pk: { S: pk }, sk: { S: sk } })

/** DynamoDB takes at most this many items in one write, and this many keys in one read. */
const writeBatchSize = 25
const readBatchSize = 100

const tooBusy = "is asked for more than it can serve at the moment. Try again in a minute."

const explain = (reason: AwsErrorReason): readonly [StoreError["kind"], string] => {
  if (reason.code === "ResourceNotFoundException") {
    return ["unusable", "does not exist. Check its name, the region and the account, or deploy nightaudit there."]
  }
  switch (reason._tag) {
    case "AccessDenied":
      return ["failed", `may not be used with these credentials (${reason.message}). Allow it in their IAM policy.`]
    case "NoCredentials":
      return reason.expired
        ? ["failed", "cannot be used: the credentials have expired. Renew them and try again."]
        : ["failed", "cannot be used: there are no usable credentials. Sign in to AWS and try again."]
    case "Throttled":
      return ["busy", tooBusy]
    case "Unavailable":
      return ["busy", `cannot be reached (${reason.code}). Check the network and the endpoint, and try again.`]
    case "Malformed":
      return [
        "busy",
        `answered what DynamoDB does not answer (${reason.message}). Look what is on the way to it, such as a proxy, and try again.`
      ]
    default:
      return ["failed", `did not do what it was asked (${reason.code}: ${reason.message}).`]
  }
}

/** A record with more bytes than this is kept in parts: an item has at most 400 KB, its keys and other attributes included. */
const maxRecordBytes = 380_000

/** The item itself, or the parts of its record and an item that names them by a hash of their content. */
const split = (item: Item): { readonly parts: ReadonlyArray<Item>; readonly head: Item } => {
  const record = item.record?.B
  if (record === undefined || record.length <= maxRecordBytes) return { parts: [], head: item }
  const hash = createHash("sha256").update(record).digest("hex").slice(0, 32)
  const { [ttlAttribute]: expiresAt, record: _, ...rest } = item
  const parts = Array.from({ length: Math.ceil(record.length / maxRecordBytes) }, (_, part) => ({
    ...keyItem(keys.part(hash, part)),
    record: { B: record.subarray(part * maxRecordBytes, (part + 1) * maxRecordBytes) },
    ...(expiresAt === undefined ? {} : { [ttlAttribute]: expiresAt })
  }))
  return {
    parts,
    head: {
      ...rest,
      parts: { N: String(parts.length) },
      partsHash: { S: hash },
      ...(expiresAt === undefined ? {} : { [ttlAttribute]: expiresAt })
    }
  }
}

const explainRecord = (cause: unknown): readonly [StoreError["kind"], string] =>
  Schema.isSchemaError(cause)
    ? ["unusable", `has or was given a record that does not fit this version of nightaudit (${cause.message}).`]
    : explain(reasonOf(cause))

// For batches of which DynamoDB did a part.
const backoff = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("5 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ duration: "1 minute" })
)

/** Results that are kept apart from all others in the same table, and not for long. */
export interface Namespace {
  readonly name: string
  readonly keepDays: number
}

/** The attributes that begin with the namespace: the partition keys of the table and of its indexes. */
const partitionAttributes = ["pk", ...Object.keys(findingIndexes), eventIndex.attribute]

/** The values of a condition that are compared with one of those. */
const partitionValues = [":pk", ":partition", ":beginning"]

/** Requests to one table. Items that have expired are left out of every answer. */
export const dynamoRequests = (calls: OwnCalls["Service"], TableName: string, namespace?: Namespace) => {
  const prefix = namespace === undefined ? "" : `NAMESPACE#${namespace.name}#`

  const changed = (item: Item, names: ReadonlyArray<string>, change: (text: string) => string): Item =>
    namespace === undefined
      ? item
      : {
          ...item,
          ...Object.fromEntries(
            names.flatMap((name) => {
              const text = item[name]?.S
              return text === undefined ? [] : [[name, { S: change(text) }] as const]
            })
          )
        }
  const into = (item: Item, names = partitionAttributes) => changed(item, names, (text) => prefix + text)
  const outOf = (item: Item) => changed(item, partitionAttributes, (text) => text.slice(prefix.length))

  /** As it is written: with its namespace, and kept no longer than that. */
  const written = (item: Item): Effect.Effect<Item> =>
    namespace === undefined
      ? Effect.succeed(item)
      : Effect.map(Clock.currentTimeMillis, (millis) => {
          const end = unixSeconds(millis) + namespace.keepDays * 86_400
          const own = Number(item[ttlAttribute]?.N ?? end)
          return { ...into(item), [ttlAttribute]: { N: String(Math.min(own, end)) } }
        })

  const valuesOf = <A extends { readonly ExpressionAttributeValues?: Item | undefined }>(input: A): A =>
    namespace === undefined || input.ExpressionAttributeValues === undefined
      ? input
      : { ...input, ExpressionAttributeValues: into(input.ExpressionAttributeValues, partitionValues) }

  const errorFrom = ([kind, explanation]: readonly [StoreError["kind"], string]) =>
    new StoreError({ kind, message: `The DynamoDB table ${TableName} ${explanation}`.replace(/\s+/g, " ") })

  const sent = <Input, Output>(operation: OwnOperation<Input, Output>, input: Input) =>
    repeatedShortly(Effect.suspend(() => calls.call(operation, input))).pipe(
      Effect.withSpan(`dynamodb:${operation.name}`, { kind: "client" })
    )

  const send = <Input, Output>(operation: OwnOperation<Input, Output>, input: Input) =>
    Effect.mapError(sent(operation, input), (reason) => errorFrom(explain(reason)))

  /** Answers whether the condition of a write was met, and so whether it was done. */
  const sendIf = <Input>(operation: OwnOperation<Input, unknown>, input: Input) =>
    sent(operation, input).pipe(
      Effect.as(true),
      Effect.catch((reason) =>
        reason.code === "ConditionalCheckFailedException"
          ? Effect.succeed(false)
          : Effect.fail(errorFrom(explain(reason)))
      )
    )

  /** Sends a batch, and again what DynamoDB had no room for. */
  const sendBatch = <A>(
    batch: ReadonlyArray<A>,
    sendSome: (some: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<A> | undefined, StoreError>
  ): Effect.Effect<void, StoreError> => {
    const busy = errorFrom(["busy", tooBusy])
    let left = batch
    return Effect.suspend(() => sendSome(left)).pipe(
      Effect.flatMap((unprocessed = []) => {
        left = unprocessed
        return left.length === 0 ? Effect.void : Effect.fail(busy)
      }),
      Effect.retry({ schedule: backoff, while: (error) => error === busy })
    )
  }

  // DynamoDB deletes what has expired within a few days; until then it is still there.
  const kept = (items: ReadonlyArray<Item>) =>
    Effect.map(Clock.currentTimeMillis, (millis) =>
      items
        .filter(({ [ttlAttribute]: expiry }) => expiry?.N === undefined || Number(expiry.N) > unixSeconds(millis))
        .map(outOf)
    )

  const batchGet = Effect.fnUntraced(function* (all: ReadonlyArray<Key>) {
    const items: Array<Item> = []
    yield* Effect.forEach(
      Arr.chunksOf(
        all.map((key) => into(keyItem(key))),
        readBatchSize
      ),
      (chunk) =>
        sendBatch(chunk, (some) => {
          const RequestItems = { [TableName]: { Keys: [...some], ConsistentRead: true } }
          return send(batchGetItem, { RequestItems }).pipe(
            Effect.map(({ Responses, UnprocessedKeys }) => {
              items.push(...(Responses?.[TableName] ?? []))
              return UnprocessedKeys?.[TableName]?.Keys
            })
          )
        }),
      { concurrency: 4, discard: true }
    )
    return yield* kept(items)
  })

  /** Items whose records were kept in parts, with their records. */
  const wholeItem = Effect.fnUntraced(function* (item: Item) {
    const hash = item.partsHash?.S
    if (hash === undefined) return item
    const count = Number(item.parts?.N)
    const parts = yield* batchGet(Array.from({ length: count }, (_, part) => keys.part(hash, part)))
    if (parts.length < count) return yield* errorFrom(["failed", "has lost a part of a record. Run the audit again."])
    parts.sort((a, b) => ((a.sk?.S ?? "") < (b.sk?.S ?? "") ? -1 : 1))
    return { ...item, record: { B: Buffer.concat(parts.flatMap(({ record }) => record?.B ?? [])) } }
  })
  const whole = (items: ReadonlyArray<Item>): Effect.Effect<ReadonlyArray<Item>, StoreError> =>
    items.some(({ partsHash }) => partsHash !== undefined) ? Effect.forEach(items, wholeItem) : Effect.succeed(items)

  const queryPage = Effect.fnUntraced(function* (input: Omit<QueryCommandInput, "TableName">) {
    const { Items = [], LastEvaluatedKey } = yield* send(query, { TableName, ...valuesOf(input) })
    return { items: yield* Effect.flatMap(kept(Items), whole), next: LastEvaluatedKey }
  })

  const batchWrite = Effect.fnUntraced(function* (all: ReadonlyArray<Item>): Effect.fn.Return<void, StoreError> {
    const items = yield* Effect.forEach(all, written)
    const byKey = new Map(items.map((item) => [`${item.pk?.S}\n${item.sk?.S}`, { PutRequest: { Item: item } }]))
    yield* Effect.forEach(
      Arr.chunksOf([...byKey.values()], writeBatchSize),
      (chunk) =>
        sendBatch(chunk, (some) =>
          send(batchWriteItem, { RequestItems: { [TableName]: [...some] } }).pipe(
            Effect.map(({ UnprocessedItems }) => UnprocessedItems?.[TableName] as typeof chunk | undefined)
          )
        ),
      { concurrency: 8, discard: true }
    )
  })

  const attempt = <A>(run: () => A): Effect.Effect<A, StoreError> =>
    Effect.try({ try: run, catch: (cause) => errorFrom(explainRecord(cause)) })

  return {
    /** Encodes or decodes records, which throws where they are not what they should be. */
    attempt,

    get: (key: Key): Effect.Effect<Item | undefined, StoreError> =>
      send(getItem, { TableName, Key: into(keyItem(key)), ConsistentRead: true }).pipe(
        Effect.flatMap(({ Item: item }) => kept(item === undefined ? [] : [item])),
        Effect.flatMap(whole),
        Effect.map(([item]) => item)
      ),

    /** Items in no particular order. Those that are not there are left out; no key may be given twice. */
    getAll: (all: ReadonlyArray<Key>): Effect.Effect<ReadonlyArray<Item>, StoreError> =>
      Effect.flatMap(batchGet(all), whole),

    /** One page of a partition, with the key that gives the next one. */
    queryPage,

    /** Every item of a partition that fits, or the first ones up to `enough` and a few more. */
    query: Effect.fnUntraced(function* <A>(
      input: Omit<QueryCommandInput, "TableName">,
      decode: (item: Item) => A,
      enough = Number.POSITIVE_INFINITY
    ) {
      const found: Array<A> = []
      let next: Item | undefined
      do {
        const page: { readonly items: ReadonlyArray<Item>; readonly next: Item | undefined } = yield* queryPage({
          ...input,
          // An index of the whole table has no such reads.
          ConsistentRead: input.IndexName === undefined,
          ExclusiveStartKey: next
        })
        yield* attempt(() => page.items.forEach((item) => found.push(decode(item))))
        next = page.next
      } while (next !== undefined && found.length < enough)
      return found
    }),

    /** Answers whether the condition was met. */
    put: (
      item: Item,
      condition: Pick<PutItemCommandInput, "ConditionExpression" | "ExpressionAttributeValues"> = {}
    ): Effect.Effect<boolean, StoreError> => {
      const { head, parts } = split(item)
      return Effect.andThen(
        batchWrite(parts),
        Effect.flatMap(written(head), (Item) => sendIf(putItem, { TableName, Item, ...condition }))
      )
    },

    update: (key: Key, update: Omit<UpdateItemCommandInput, "TableName" | "Key">) =>
      sendIf(updateItem, { TableName, Key: into(keyItem(key)), ...update }),

    delete: (key: Key, condition: Omit<DeleteItemCommandInput, "TableName" | "Key">) =>
      sendIf(deleteItem, { TableName, Key: into(keyItem(key)), ...condition }),

    /** Writes items in any order; of those with the same key, the last one. */
    putAll: (items: ReadonlyArray<Item>): Effect.Effect<void, StoreError> => {
      const all = items.map(split)
      return Effect.andThen(
        // Parts first: what names them must find them.
        batchWrite(all.flatMap(({ parts }) => parts)),
        batchWrite(all.map(({ head }) => head))
      )
    }
  }
}
