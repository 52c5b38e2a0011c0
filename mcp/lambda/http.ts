/** An HTTP request as a function URL or an API Gateway (payload 2.0) hands it to a function, and the answer that they take. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const HttpEvent = Schema.Struct({
  rawPath: Schema.String,
  rawQueryString: Schema.optionalKey(Schema.String),
  headers: Schema.Record(Schema.String, Schema.String),
  requestContext: Schema.Struct({
    http: Schema.Struct({ method: Schema.String }),
    domainName: Schema.optionalKey(Schema.String),
    stage: Schema.optionalKey(Schema.String),
    authorizer: Schema.optionalKey(
      Schema.NullOr(
        Schema.Struct({
          iam: Schema.optionalKey(
            Schema.NullOr(Schema.Struct({ userArn: Schema.optionalKey(Schema.NullOr(Schema.String)) }))
          )
        })
      )
    )
  }),
  body: Schema.optionalKey(Schema.NullOr(Schema.String)),
  isBase64Encoded: Schema.optionalKey(Schema.Boolean)
})

export type HttpEvent = typeof HttpEvent.Type

export interface HttpAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const decode = Schema.decodeUnknownOption(HttpEvent)

/** The request that an event carries; undefined where it carries none. */
export const httpEventOf = (event: unknown): HttpEvent | undefined => Option.getOrUndefined(decode(event))

/** Whom AWS has let in with an IAM identity. An identity without an ARN is nobody's. */
export const awsPrincipalOf = ({ requestContext }: HttpEvent): string | undefined =>
  requestContext.authorizer?.iam?.userArn || undefined

/** An API Gateway puts the name of a stage in front of the path. */
const pathOf = ({ rawPath, requestContext: { stage = "$default" } }: HttpEvent): string =>
  rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath

/** The text of the body; undefined where there is none. */
export const bodyOf = ({ body, isBase64Encoded }: HttpEvent): string | undefined =>
  body === undefined || body === null
    ? undefined
    : isBase64Encoded === true
      ? Buffer.from(body, "base64").toString("utf8")
      : body

/** The request as the web knows it. Throws where its host, method or headers are none. */
export const requestOf = (event: HttpEvent, body: string | undefined): Request => {
  const { headers, rawQueryString = "", requestContext } = event
  const host = headers["host"] ?? requestContext.domainName ?? "localhost"
  const { method } = requestContext.http
  return new Request(`https://${host}${pathOf(event)}${rawQueryString === "" ? "" : `?${rawQueryString}`}`, {
    method,
    headers,
    ...(body === undefined || method === "GET" || method === "HEAD" ? {} : { body })
  })
}

export const answerOf = async (response: Response): Promise<HttpAnswer> => ({
  statusCode: response.status,
  headers: Object.fromEntries(response.headers),
  body: await response.text()
})
