/** DynamoDB in this process, for tests. */
import type { AddressInfo } from "node:net"
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb"
import dynalite from "dynalite"
import * as Effect from "effect/Effect"
import { reasonOf } from "../../../core/aws/AwsError.ts"
import { OwnCalls } from "../../../core/aws/OwnCalls.ts"
import { tableDefinition } from "../../../core/store/dynamo/dynamoTable.ts"

export const tableName = "nightaudit-test"

/** Calls that a test may put others in the place of. */
export interface Calls {
  call: OwnCalls["Service"]["call"]
}

export interface TestTable extends Calls {
  readonly endpoint: string
}

const region = "eu-west-1"
const credentials = { accessKeyId: "test", secretAccessKey: "test" }

/** The calls to an endpoint, with keys that nobody checks. */
export const callsTo = (endpoint: string) =>
  OwnCalls.make({ endpoint, region, credentials: () => Promise.resolve(credentials) })

/** The calls to a new, empty server with the store's table. Both end with the scope. */
export const dynamoTable = Effect.gen(function* () {
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
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new DynamoDBClient({ endpoint, region, credentials })
  yield* Effect.promise(() => client.send(new CreateTableCommand({ TableName: tableName, ...tableDefinition })))
  yield* Effect.promise(() =>
    waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.05 }, { TableName: tableName })
  )
  client.destroy()
  const { call } = yield* callsTo(endpoint)
  const table: TestTable = { call, endpoint }
  return table
})

export interface Sent {
  readonly operation: string
  readonly input: any
}

/** Notes what is called. `answer` may answer a call, or throw what it fails with, in place of the server. */
export const intercept = (calls: Calls, answer: (sent: Sent) => object | undefined = () => undefined): Array<Sent> => {
  const requests: Array<Sent> = []
  const { call } = calls
  calls.call = (operation, input) => {
    const sent = { operation: operation.name, input }
    requests.push(sent)
    return Effect.gen(function* () {
      const output = yield* Effect.try({ try: () => answer(sent) as any, catch: (cause) => reasonOf(cause) })
      return output ?? (yield* call(operation, input))
    })
  }
  return requests
}
