/** An STS that answers on loopback. */
import { serve, xml } from "./loopback.ts"
import * as Effect from "effect/Effect"

export const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account><Arn>arn:aws:iam::111111111111:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`

export const given = (accessKey = "ASIA1", expires = "2099-01-01T00:00:00Z") =>
  `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${accessKey}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

export const refusal = (code: string, message: string) =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`

export interface StsAnswer {
  readonly status?: number
  readonly body: string
}

/** Answers requests by their form, and keeps the forms. Who asks for an identity is `111111111111`. */
export const serveSts = (answer: (form: URLSearchParams) => StsAnswer = () => ({ body: given() })) =>
  Effect.gen(function* () {
    const requests: Array<URLSearchParams> = []
    const endpoint = yield* serve((body, _request, response) => {
      const form = new URLSearchParams(body)
      requests.push(form)
      const { body: reply, status = 200 } = answer(form)
      xml(response, reply, status)
    })
    return { endpoint, requests }
  })

export const isAssumeRole = (form: URLSearchParams): boolean => form.get("Action") === "AssumeRole"
