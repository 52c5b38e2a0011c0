/** What every store does, done by DynamoDB as moto has it. */
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerDynamo } from "../../core/store/dynamo/dynamo.ts"
import { tableDefinition } from "../../core/store/dynamo/dynamoTable.ts"
import { storeContract } from "../core/store/contract.ts"
import { callsTo } from "../core/store/dynamoLayer.ts"
import { endpoint } from "./emulator.ts"

let tables = 0

/** A new, empty table, which ends with the scope. */
const store = Effect.gen(function* () {
  const tableName = `nightaudit-${tables++}`
  const client = yield* Effect.acquireRelease(
    Effect.sync(() => new DynamoDBClient({ endpoint, region: "eu-west-1" })),
    (client) => Effect.sync(() => client.destroy())
  )
  yield* Effect.acquireRelease(
    Effect.promise(() => client.send(new CreateTableCommand({ TableName: tableName, ...tableDefinition }))),
    () => Effect.promise(() => client.send(new DeleteTableCommand({ TableName: tableName })))
  )
  return layerDynamo({ tableName, calls: yield* callsTo(endpoint) })
})

storeContract("DynamoDB in moto", Layer.unwrap(store), { questions: 12 })
