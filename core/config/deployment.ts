/** What the sections of a configuration and the stage say together that no deployment can keep, though each is valid and serves one machine well. */
import type { Config } from "./Config.ts"
import type { ConfigProblem } from "./ConfigError.ts"

/** The repository of an image in Amazon ECR. */
export interface Repository {
  readonly account: string
  readonly region: string
  readonly name: string
}

/** Where an image lies in Amazon ECR; undefined for an image that is elsewhere. Source: ECR user guide, "Amazon ECR private registries". */
export const repositoryOf = (image: string): Repository | undefined => {
  const [, account, region, name] =
    /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|on\.aws)\/([a-z0-9._/-]+)(?:[:@].+)?$/.exec(
      image
    ) ?? []
  return account === undefined || region === undefined || name === undefined ? undefined : { account, region, name }
}

/**
 * The role that is read with in every account. It is the configured one in production; any other stage has one of its own beside it,
 * which lets in that stage's functions: all stages may be deployed to one organisation.
 */
export const readerRoleName = ({ role }: Pick<Config, "role">, stage: string): string =>
  stage === "production" ? role.name : `${role.name}-${stage}`

/** The most characters of a role's name without its path. Source: IAM API reference, CreateRole. */
const maxRoleNameLength = 64

/** The mistakes, each with its path: deployments that nobody could ask, or that could not start. */
export const deploymentProblems = (
  config: Pick<Config, "deploy" | "mcp" | "role">,
  stage: string
): ReadonlyArray<ConfigProblem> => {
  const { deploy, mcp } = config
  const { authorization, image, privateNetwork, runtime } = deploy
  const { apiKeys, issuer } = mcp
  const problems: Array<ConfigProblem> = []
  const reader = readerRoleName(config, stage).replace(/^.*\//, "")
  if (reader.length > maxRoleNameLength) {
    problems.push({
      path: "role.name",
      message: `the stage ${stage} would have the role ${reader}, ${reader.length} characters of at most ${maxRoleNameLength}: shorten the name, or that of the stage`
    })
  }
  if (issuer?.accountsClaim !== undefined && authorization !== "oidc") {
    problems.push({
      path: "deploy.authorization",
      message: `callers that come in by ${authorization} have no claim ${issuer.accountsClaim}, and mcp.issuer.accountsClaim has everybody refused who has not: set oidc, or leave that claim out`
    })
  }
  if (privateNetwork && runtime !== "none") {
    problems.push({
      path: "deploy.privateNetwork",
      message: `the always-on server on ${runtime} would answer the same questions from outside of the private network: set runtime to none, or privateNetwork to false`
    })
  }
  if (runtime === "fargate" && issuer === undefined && apiKeys.length === 0) {
    problems.push({
      path: "deploy.runtime",
      message: "behind the load balancer anybody could ask: configure mcp.issuer or mcp.apiKeys"
    })
  }
  if (runtime === "agentcore" && repositoryOf(image ?? "") === undefined) {
    problems.push({
      path: "deploy.image",
      message: `the AgentCore Runtime takes images of Amazon ECR, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/nightaudit:1, and not ${image}`
    })
  }
  return problems
}
