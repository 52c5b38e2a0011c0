/** How a deployed server calls the table and the steps. Apart, so that only such a server loads the chain that asks a container for its credentials, which expire. */
export { fromNodeProviderChain } from "@aws-sdk/credential-providers"
export { HttpHandler } from "../core/aws/HttpHandler.ts"
export { OwnCalls } from "../core/aws/OwnCalls.ts"
