/** The operations of DynamoDB that the store is made of. Its items are the SDK's, with bytes as bytes. */
import type {
  AttributeValue,
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  BatchWriteItemCommandInput,
  BatchWriteItemCommandOutput,
  DeleteItemCommandInput,
  GetItemCommandInput,
  GetItemCommandOutput,
  PutItemCommandInput,
  QueryCommandInput,
  QueryCommandOutput,
  UpdateItemCommandInput
} from "@aws-sdk/client-dynamodb"
import { jsonOperation } from "../../aws/OwnCalls.ts"

export type Item = Record<string, AttributeValue>

/** JSON has no bytes: DynamoDB takes them in base64. */
const withText = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")
  }
  if (Array.isArray(value)) return value.map(withText)
  const texts: Record<string, unknown> = {}
  for (const name in value) texts[name] = withText((value as Record<string, unknown>)[name])
  return texts
}

/** Makes bytes of base64 where an attribute is of that type. An attribute of that name is an object. */
const withBytes = (value: any): any => {
  if (typeof value !== "object" || value === null) return value
  for (const name in value) {
    const one = value[name]
    if (name === "B" && typeof one === "string") value[name] = Buffer.from(one, "base64")
    else withBytes(one)
  }
  return value
}

const operation = <Input, Output>(name: string) => jsonOperation<Input, Output>("dynamodb", name, withText, withBytes)

export const batchGetItem = operation<BatchGetItemCommandInput, Omit<BatchGetItemCommandOutput, "$metadata">>(
  "BatchGetItem"
)
export const batchWriteItem = operation<BatchWriteItemCommandInput, Omit<BatchWriteItemCommandOutput, "$metadata">>(
  "BatchWriteItem"
)
export const deleteItem = operation<DeleteItemCommandInput, unknown>("DeleteItem")
export const getItem = operation<GetItemCommandInput, Omit<GetItemCommandOutput, "$metadata">>("GetItem")
export const putItem = operation<PutItemCommandInput, unknown>("PutItem")
export const query = operation<QueryCommandInput, Omit<QueryCommandOutput, "$metadata">>("Query")
export const updateItem = operation<UpdateItemCommandInput, unknown>("UpdateItem")
