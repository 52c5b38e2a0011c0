/**
 * The write units that DynamoDB would charge, by its own rules: an item is as large as the names and values of its attributes,
 * a started kilobyte is a unit, a replaced item counts as the larger one of the two, and an entry of an index whose key changes
 * is deleted and written. Source: the DynamoDB developer guide, "Read and write operations" and "Using Global Secondary Indexes".
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb"
import { tableDefinition } from "../../../core/store/dynamo/dynamoTable.ts"

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
