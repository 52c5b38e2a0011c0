/// <reference path="../.sst/platform/config.d.ts" />
/** What an assistant asks: the MCP function with its alias, the gateway in front of it, and who may come in. */
import type { Config } from "../core/config/Config.ts"
import { accountsHeader } from "../mcp/lambda/accountsHeader.ts"
import gatewayTools from "../mcp/gatewayTools.json" with { type: "json" }
import { answeringEnvironment, answeringPermissions, issuerAuthorizer } from "./answering.ts"
import { functionOptions, identity, type Surroundings, trustOf } from "./functions.ts"
import type { Scanning } from "./scanning.ts"
import type { StageSettings } from "./stages.ts"
import type { Storage } from "./storage.ts"

/** Every revision of the protocol that the gateway speaks; without the list a new gateway has two of them. */
const protocolVersions = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]

const resourceServer = "nightaudit"

export const query = (
  config: Config,
  settings: StageSettings,
  storage: Storage,
  scanning: Scanning,
  surroundings: Surroundings
) => {
  const { reports } = storage
  const { account, partition, region } = identity()
  const { issuer } = config.mcp
  const authorization = config.deploy.authorization

  const mcp = new sst.aws.Function("Mcp", {
    ...functionOptions(settings, surroundings),
    description: "Night Audit, answers assistants",
    handler: "functions/mcp.handler",
    memory: "1024 MB",
    timeout: "60 seconds",
    // A version does not change, so that the alias can move from one to the next.
    versioning: true,
    streaming: false,
    environment: { ...answeringEnvironment(storage, scanning), NIGHTAUDIT_MCP: JSON.stringify(config.mcp) },
    permissions: answeringPermissions(storage, scanning)
  })
  const alias = new aws.lambda.Alias(
    "Live",
    { name: "live", functionName: mcp.name, functionVersion: mcp.nodes.function.version },
    // The pipeline moves it, a tenth of the calls first (see docs/operations.md); a deployment must not move it back.
    settings.hasCanary ? { ignoreChanges: ["functionVersion", "routingConfig"] } : {}
  )

  // SST's own would be the address of the newest code, past the canary and its alarms.
  const url = new aws.lambda.FunctionUrl("McpUrl", {
    functionName: mcp.name,
    qualifier: alias.name,
    authorizationType: "AWS_IAM"
  })

  const interceptor = new sst.aws.Function("Interceptor", {
    ...functionOptions(settings, { copyFiles: [], vpc: undefined }),
    description: "Night Audit, says which accounts a caller sees",
    handler: "functions/interceptor.handler",
    memory: "256 MB",
    timeout: "5 seconds",
    environment: {
      ...(issuer?.accountsClaim === undefined ? {} : { NIGHTAUDIT_ACCOUNTS_CLAIM: issuer.accountsClaim }),
      ...(issuer?.allAccountsValue === undefined ? {} : { NIGHTAUDIT_ALL_ACCOUNTS_VALUE: issuer.allAccountsValue })
    }
  })

  const gatewayRole = new aws.iam.Role("GatewayRole", {
    assumeRolePolicy: trustOf("bedrock-agentcore.amazonaws.com", account, {
      ArnLike: {
        "aws:SourceArn": $interpolate`arn:${partition}:bedrock-agentcore:${region}:${account}:gateway/*`
      }
    }),
    inlinePolicies: [
      {
        name: "gateway",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: [alias.arn, interceptor.arn] },
            { Effect: "Allow", Action: "s3:GetObject", Resource: [$interpolate`${reports.arn}/gateway/*`] }
          ]
        })
      }
    ]
  })

  const authorizer = inbound(authorization, config, { account, region })
  const gateway = new aws.bedrock.AgentcoreGateway("Gateway", {
    name: `${$app.name}-${$app.stage}`,
    description: "Night Audit: what is wasted, and why",
    roleArn: gatewayRole.arn,
    protocolType: "MCP",
    ...authorizer,
    protocolConfiguration: {
      mcp: {
        instructions: "Waste and cost of the AWS accounts of this company, as of the last nightly audit.",
        searchType: "SEMANTIC",
        supportedVersions: protocolVersions
      }
    },
    interceptorConfigurations: [
      {
        interceptionPoints: ["REQUEST"],
        interceptor: { lambda: { arn: interceptor.arn } },
        inputConfiguration: { passRequestHeaders: true }
      }
    ]
  })
  const tools = new aws.s3.BucketObjectv2("GatewayTools", {
    bucket: reports.name,
    key: "gateway/tools.json",
    content: JSON.stringify(gatewayTools),
    contentType: "application/json"
  })
  new aws.bedrock.AgentcoreGatewayTarget("GatewayTarget", {
    name: "nightaudit",
    gatewayIdentifier: gateway.gatewayId,
    targetConfiguration: {
      mcp: {
        lambda: { lambdaArn: alias.arn, toolSchema: { s3: { uri: $interpolate`s3://${reports.name}/${tools.key}` } } }
      }
    },
    credentialProviderConfiguration: { gatewayIamRole: {} },
    // The target lets no other header through.
    metadataConfiguration: { allowedRequestHeaders: [accountsHeader] }
  })
  return { mcp, alias, url, gateway, interceptor }
}

/** How callers are known at the gateway. */
const inbound = (
  authorization: Config["deploy"]["authorization"],
  { mcp: { issuer } }: Config,
  { account, region }: Pick<ReturnType<typeof identity>, "account" | "region">
) => {
  if (authorization === "iam") return { authorizerType: "AWS_IAM" }
  if (authorization === "oidc" && issuer !== undefined) {
    return {
      authorizerType: "CUSTOM_JWT",
      authorizerConfiguration: {
        customJwtAuthorizer: {
          ...issuerAuthorizer(issuer),
          ...(issuer.scopes === undefined ? {} : { allowedScopes: [...issuer.scopes] })
        }
      }
    }
  }
  const pool = new sst.aws.CognitoUserPool("Callers", {})
  const scopes = new aws.cognito.ResourceServer("Api", {
    identifier: resourceServer,
    name: "Night Audit",
    userPoolId: pool.id,
    scopes: [
      { scopeName: "read", scopeDescription: "Read findings and totals" },
      { scopeName: "write", scopeDescription: "Snooze, suppress and reopen findings" }
    ]
  })
  new aws.cognito.UserPoolDomain("Callers", {
    domain: $interpolate`${$app.name}-${$app.stage}-${account}`,
    userPoolId: pool.id
  })
  const client = new aws.cognito.UserPoolClient(
    "Machine",
    {
      userPoolId: pool.id,
      generateSecret: true,
      allowedOauthFlows: ["client_credentials"],
      allowedOauthFlowsUserPoolClient: true,
      allowedOauthScopes: [`${resourceServer}/read`],
      accessTokenValidity: 60,
      tokenValidityUnits: { accessToken: "minutes" }
    },
    { dependsOn: [scopes] }
  )
  return {
    authorizerType: "CUSTOM_JWT",
    authorizerConfiguration: {
      customJwtAuthorizer: {
        discoveryUrl: $interpolate`https://cognito-idp.${region}.amazonaws.com/${pool.id}/.well-known/openid-configuration`,
        // Access tokens of Cognito say who the client is and name no audience.
        allowedClients: [client.id],
        allowedScopes: [`${resourceServer}/read`]
      }
    }
  }
}

export type Query = ReturnType<typeof query>
