import { ask, at, call, says } from "../Question.ts"

/** Functions whose calls wait for them to start. */
export default [
  ask(
    "lambda-cold-starts",
    "developer",
    "Which Lambda functions have slow cold starts?",
    call("analyze_lambda_cold_starts"),
    at("count", 1),
    says("invoice-render")
  ),
  ask(
    "lambda-init",
    "platform engineer",
    "Where would SnapStart help because the init duration makes the first request slow?",
    call("analyze_lambda_cold_starts"),
    at("findings.0.severity", "high")
  )
]
