/** What `npm run check:cloud` and the tests plan. */

const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/nightaudit:1"

const issuer = { url: "https://login.example.com/tenant", clientIds: ["app"], scopes: ["nightaudit/read"] }

/** Deployments that are checked: together they have every option of `deploy` at least once. */
export const deployments: Readonly<Record<string, { readonly stage: string; readonly config: object }>> = {
  "production, as it comes": { stage: "production", config: {} },
  "staging, as it comes": { stage: "staging", config: {} },
  "production with IAM and the container on AgentCore": {
    stage: "production",
    config: {
      accounts: { organization: true },
      role: { name: "audit/reader", externalId: "secret-word" },
      alerts: { webhooks: [{ kind: "slack", urlVariable: "SLACK_URL" }] },
      deploy: {
        authorization: "iam",
        runtime: "agentcore",
        image,
        organizationalUnits: ["r-ab12"],
        microScans: { regions: ["eu-west-1", "us-east-1"] },
        alerts: { emails: ["finops@example.com"], https: ["https://example.com/hook"] }
      }
    }
  },
  "a developer's own in a private network with the reader under another name": {
    stage: "ann",
    config: {
      role: { name: "audit/reader", externalId: "secret-word" },
      prices: "price-list",
      deploy: { privateNetwork: true }
    }
  },
  "production with a provider of its own and the zip on AgentCore": {
    stage: "production",
    config: {
      deploy: { authorization: "oidc", runtime: "agentcore-zip" },
      mcp: { issuer }
    }
  },
  "production behind a load balancer": {
    stage: "production",
    config: {
      mcp: { issuer },
      deploy: { runtime: "fargate", image, certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1" }
    }
  }
}
