/// <reference path="../.sst/platform/config.d.ts" />
/** The always-on server beside the function, where one is wanted: on AgentCore Runtime, or on Fargate behind a load balancer. */
import { execFileSync } from "node:child_process"
import { basename, dirname, join } from "node:path"
import process from "node:process"
import type { Config } from "../core/config/Config.ts"
import { repositoryOf } from "../core/config/deployment.ts"
import { answeringEnvironment, answeringPermissions, issuerAuthorizer } from "./answering.ts"
import { identity, trustOf } from "./functions.ts"
import { closedDefaultGroup } from "./network.ts"
import type { Scanning } from "./scanning.ts"
import type { StageSettings } from "./stages.ts"
import type { Storage } from "./storage.ts"

const port = 8000

/** Requests of one address in five minutes before it has to wait. */
const rateLimit = 2000

/** Answers the load balancer of the server and its target group, where there is one. */
export const runtime = (config: Config, settings: StageSettings, storage: Storage, scanning: Scanning) => {
  const { runtime: kind } = config.deploy
  if (kind === "none") return undefined
  const permissions = answeringPermissions(storage, scanning)
  const environment = { ...answeringEnvironment(storage, scanning), ...servingEnvironment(config) }
  if (kind === "fargate") return fargate(config, settings, permissions, environment)
  agentcore(config, permissions, environment, storage.reports)
  return undefined
}

export type Server = ReturnType<typeof runtime>

/**
 * What the server is told of the configuration, whose file no image has. Of hosts, AgentCore has found the server by its own name, and
 * a load balancer by its certificate's.
 */
const servingEnvironment = ({ deploy, mcp }: Config): Readonly<Record<string, $util.Input<string>>> => {
  if (deploy.runtime === "fargate") {
    return { NIGHTAUDIT_MCP: JSON.stringify({ ...mcp, hosts: mcp.hosts.length === 0 ? ["*"] : mcp.hosts }) }
  }
  const { region } = identity()
  const common = { ...mcp, hosts: ["*"] }
  // Without an issuer AgentCore lets in by IAM alone, and no key comes through to the server.
  return mcp.issuer === undefined
    ? { AWS_REGION: region, NIGHTAUDIT_MCP: JSON.stringify({ ...common, apiKeys: [] }), NIGHTAUDIT_BEHIND_IAM: "true" }
    : { AWS_REGION: region, NIGHTAUDIT_MCP: JSON.stringify(common) }
}

/** The server as a ZIP file in the bucket, under a name of its own for each content, so that a new one is a new version of the runtime. */
const codeIn = (reports: Storage["reports"]) => {
  const { work } = $cli.paths
  const script = join(dirname(work), "scripts/runtimeZip.ts")
  const path = execFileSync(process.execPath, [script, join(work, "runtime")], { encoding: "utf8" }).trim()
  return new aws.s3.BucketObjectv2("RuntimeCode", {
    bucket: reports.name,
    key: `runtime/${basename(path)}`,
    source: new $util.asset.FileAsset(path),
    contentType: "application/zip"
  })
}

type Permissions = ReadonlyArray<{
  readonly actions: ReadonlyArray<string>
  readonly resources: ReadonlyArray<$util.Input<string>>
}>

const statementsOf = (permissions: Permissions) =>
  permissions.map(({ actions, resources }) => ({ Effect: "Allow", Action: actions, Resource: resources }))

const agentcore = (
  { deploy, mcp: { issuer } }: Config,
  permissions: Permissions,
  environment: Record<string, $util.Input<string>>,
  reports: Storage["reports"]
) => {
  const { account, partition, region } = identity()
  const code = deploy.runtime === "agentcore-zip" ? codeIn(reports) : undefined
  const repository = repositoryOf(deploy.image ?? "")
  const role = new aws.iam.Role("RuntimeRole", {
    assumeRolePolicy: trustOf("bedrock-agentcore.amazonaws.com", account),
    inlinePolicies: [
      {
        name: "server",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: [
            ...statementsOf(permissions),
            ...(repository === undefined
              ? [{ Effect: "Allow", Action: "s3:GetObject", Resource: $interpolate`${reports.arn}/runtime/*` }]
              : [
                  { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
                  {
                    Effect: "Allow",
                    Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    Resource: $interpolate`arn:${partition}:ecr:${repository.region}:${repository.account}:repository/${repository.name}`
                  }
                ]),
            {
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"],
              Resource: $interpolate`arn:${partition}:logs:${region}:${account}:log-group:/aws/bedrock-agentcore/runtimes/*`
            }
          ]
        })
      }
    ]
  })
  new aws.bedrock.AgentcoreAgentRuntime("Runtime", {
    agentRuntimeName: `nightaudit_${$app.stage.replaceAll(/\W/g, "_")}`,
    description: "Night Audit, always on",
    roleArn: role.arn,
    agentRuntimeArtifact:
      code !== undefined
        ? {
            codeConfiguration: {
              runtime: "NODE_22",
              entryPoints: [
                "nightaudit.js",
                "mcp",
                "--http",
                "--host",
                "0.0.0.0",
                "--port",
                String(port),
                "--no-sessions"
              ],
              code: { s3: { bucket: reports.name, prefix: code.key } }
            }
          }
        : { containerConfiguration: { containerUri: deploy.image ?? "" } },
    environmentVariables: environment,
    networkConfiguration: { networkMode: "PUBLIC" },
    protocolConfiguration: { serverProtocol: "MCP" },
    ...(issuer === undefined
      ? {}
      : {
          authorizerConfiguration: {
            // The runtime's API knows no scopes; the server asks for them itself.
            customJwtAuthorizer: issuerAuthorizer(issuer)
          },
          requestHeaderConfiguration: { requestHeaderAllowlists: ["Authorization"] }
        })
  })
}

const fargate = (
  { deploy }: Config,
  settings: StageSettings,
  permissions: Permissions,
  environment: Record<string, $util.Input<string>>
) => {
  const repository = new aws.ecr.Repository("Image", {
    name: `${$app.name}-${$app.stage}`,
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    forceDelete: !settings.isProtected
  })
  new aws.ecr.LifecyclePolicy("Image", {
    repository: repository.name,
    policy: JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          description: "Twenty to go back to",
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 20 },
          action: { type: "expire" }
        }
      ]
    })
  })
  const vpc = new sst.aws.Vpc("ServerNetwork", { az: 2, nat: "managed", ...closedDefaultGroup })
  const tasks = new aws.ec2.SecurityGroup("Tasks", {
    description: "From the load balancer to the server, and from it to AWS and the issuer",
    vpcId: vpc.id,
    ingress: [
      {
        description: "The load balancer",
        protocol: "tcp",
        fromPort: port,
        toPort: port,
        cidrBlocks: [vpc.nodes.vpc.cidrBlock]
      }
    ],
    egress: [{ description: "HTTPS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }]
  })
  const cluster = new sst.aws.Cluster("Server", {
    // Told the network as a whole, SST puts tasks into its public subnets, each with an address of its own.
    vpc: {
      id: vpc.id,
      securityGroups: [tasks.id],
      containerSubnets: vpc.privateSubnets,
      loadBalancerSubnets: vpc.publicSubnets,
      cloudmapNamespaceId: vpc.nodes.cloudmapNamespace.id,
      cloudmapNamespaceName: vpc.nodes.cloudmapNamespace.name
    },
    transform: { cluster: { settings: [{ name: "containerInsights", value: "enabled" }] } }
  })
  const service = new sst.aws.Service("McpServer", {
    cluster,
    architecture: "arm64",
    cpu: "0.5 vCPU",
    memory: "1 GB",
    image: deploy.image ?? "",
    environment,
    scaling: { min: 2, max: 4, cpuUtilization: 60, memoryUtilization: 70, requestCount: 500 },
    logging: { retention: settings.logDays === 90 ? "3 months" : settings.logDays === 30 ? "1 month" : "1 week" },
    loadBalancer: {
      domain: { name: "mcp.nightaudit.internal", dns: false, cert: deploy.certificateArn ?? "" },
      rules: [{ listen: "443/https", forward: `${port}/http` }],
      health: {
        [`${port}/http`]: { path: "/ping", interval: "15 seconds", healthyThreshold: 2, unhealthyThreshold: 3 }
      }
    },
    transform: {
      // SST's own opens every port, to everyone.
      loadBalancerSecurityGroup: {
        description: "HTTPS from anywhere to the load balancer, and from it into the network",
        ingress: [{ description: "HTTPS", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
        egress: [
          {
            description: "The server",
            protocol: "tcp",
            fromPort: port,
            toPort: port,
            cidrBlocks: [vpc.nodes.vpc.cidrBlock]
          }
        ]
      },
      loadBalancer: { dropInvalidHeaderFields: true },
      listener: { sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" },
      // SST's own may read every secret of the account; the server is given none.
      executionRole: { inlinePolicies: [] },
      // SST's own opens a shell in every task to whoever may ask for one.
      service: { enableExecuteCommand: false },
      taskRole: {
        inlinePolicies: [
          {
            name: "server",
            policy: $jsonStringify({ Version: "2012-10-17", Statement: statementsOf(permissions) })
          }
        ]
      },
      taskDefinition: (task) => {
        task.containerDefinitions = $output(task.containerDefinitions).apply((definitions) =>
          JSON.stringify(
            JSON.parse(definitions).map((container: object) => ({ ...container, readonlyRootFilesystem: true }))
          )
        )
      }
    }
  })
  const firewall = new aws.wafv2.WebAcl("Firewall", {
    scope: "REGIONAL",
    defaultAction: { allow: {} },
    visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: "nightaudit", sampledRequestsEnabled: true },
    rules: [
      {
        name: "rate",
        priority: 0,
        action: { block: {} },
        statement: { rateBasedStatement: { limit: rateLimit, aggregateKeyType: "IP" } },
        visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: "rate", sampledRequestsEnabled: true }
      },
      {
        name: "common",
        priority: 1,
        overrideAction: { none: {} },
        statement: {
          managedRuleGroupStatement: {
            vendorName: "AWS",
            name: "AWSManagedRulesCommonRuleSet",
            // A question with a long list of accounts is longer than the 8 kB that this rule takes.
            ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }]
          }
        },
        visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: "common", sampledRequestsEnabled: true }
      },
      {
        name: "badInputs",
        priority: 2,
        overrideAction: { none: {} },
        statement: {
          managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesKnownBadInputsRuleSet" }
        },
        visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: "badInputs", sampledRequestsEnabled: true }
      }
    ]
  })
  const firewallLog = new aws.cloudwatch.LogGroup("FirewallLog", {
    // The firewall writes only to groups that are called so.
    name: `aws-waf-logs-${$app.name}-${$app.stage}`,
    retentionInDays: settings.logDays
  })
  new aws.wafv2.WebAclLoggingConfiguration("Firewall", {
    resourceArn: firewall.arn,
    logDestinationConfigs: [firewallLog.arn],
    redactedFields: [{ singleHeader: { name: "authorization" } }]
  })
  const { loadBalancer } = service.nodes
  new aws.wafv2.WebAclAssociation("Firewall", { resourceArn: loadBalancer.arn, webAclArn: firewall.arn })
  return { loadBalancer: loadBalancer.arnSuffix }
}
