/** What a container runs in gives it credentials that expire. Apart, so that only a deployed server loads the chain that asks for them. */
export { fromNodeProviderChain } from "@aws-sdk/credential-providers"
