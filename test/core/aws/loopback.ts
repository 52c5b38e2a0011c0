/** An HTTP server on loopback that stands in for an AWS endpoint. */
import * as Effect from "effect/Effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** Serves until the scope closes, and yields the endpoint's URL. The handler is given the request and its whole body. */
export const serve = (handle: (body: string, request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk) => chunks.push(chunk))
        request.on("end", () => handle(Buffer.concat(chunks).toString(), request, response))
      })
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          })
        )
      )
    }),
    (server) => Effect.sync(server.close)
  ).pipe(Effect.map(({ url }) => url))

/** Answers GetMetricData with no datapoint for any series. */
export const noDatapoints = (response: ServerResponse, body: string) => {
  const { MetricDataQueries } = JSON.parse(body) as {
    readonly MetricDataQueries: ReadonlyArray<{ readonly Id: string }>
  }
  response.writeHead(200, { "content-type": "application/x-amz-json-1.0" })
  response.end(
    JSON.stringify({
      MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, StatusCode: "Complete", Timestamps: [], Values: [] }))
    })
  )
}

export const xml = (response: ServerResponse, body: string, status = 200) => {
  response.writeHead(status, { "content-type": "text/xml" })
  response.end(body)
}
