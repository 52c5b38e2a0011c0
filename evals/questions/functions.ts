import { ask, at, call, says } from "../Question.ts"

/** Functions, and the capacity of tables. */
export default [
  ask(
    "lambda-runtimes",
    "security",
    "Which Lambda functions run on a deprecated Node.js or Python runtime?",
    call("find_outdated_lambda_runtimes"),
    at("count", 7),
    says("us-black-friday-2024")
  ),
  ask(
    "lambda-runtimes-public",
    "security",
    "Are there serverless functions on an end of life runtime that everybody can call?",
    call("find_outdated_lambda_runtimes"),
    at("findings.0.severity", "high"),
    says("wishlist-share")
  )
]
