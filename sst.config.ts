/// <reference path="./.sst/platform/config.d.ts" />
/** `npx sst deploy --stage production` gives a company the whole system in its own account. See docs/operations.md. */
export default $config({
  app: ({ stage = "" }) => ({
    name: "nightaudit",
    home: "aws",
    removal: stage === "production" ? "retain" : "remove",
    protect: stage === "production",
    // Newer than SST's own: the gateway's scopes and header allow-list need it.
    providers: { aws: { version: "7.48.0" } }
  }),
  run: async () => {
    const { deploy } = await import("./stacks/index.ts")
    return deploy()
  }
})
