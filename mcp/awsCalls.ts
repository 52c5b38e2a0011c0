/** The two calls of AWS that start scans. Named one by one, the rest of their clients stays out of the bundle. */
export { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda"
export { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn"
