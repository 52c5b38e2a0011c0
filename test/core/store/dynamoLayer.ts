/** DynamoDB in this process, for tests. */
import type { AddressInfo } from "node:net"
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb"
import dynalite from "dynalite"
import * as Effect from "effect/Effect"
import { tableDefinition } from "../../../core/store/dynamo/dynamoTable.ts"

export const tableName = "nightaudit-test"

/** A client of a new, empty server with the store's table. Both end with the scope. */
export const dynamoClient = Effect.gen(function* () {
  const server = dynalite({ createTableMs: 0 })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
    () =>
      Effect.promise(
        () =>
          new Promise<void>((resolve) => {
            server.closeAllConnections()
            server.close(() => resolve())
          })
      )
  )
  const client = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new DynamoDBClient({
          endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
          region: "eu-west-1",
          credentials: { accessKeyId: "test", secretAccessKey: "test" }
        })
    ),
    (client) => Effect.sync(() => client.destroy())
  )
  yield* Effect.promise(() => client.send(new CreateTableCommand({ TableName: tableName, ...tableDefinition })))
  yield* Effect.promise(() =>
    waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.05 }, { TableName: tableName })
  )
  return client
})
