/** How the functions are bundled, by the deployment and by the tests that run the bundles. */

/**
 * Splitting keeps the AWS clients that a start does not need out of it; operations are named after classes, so names stay. The MCP SDK
 * takes one of two validators of answers that a server asks a client for, and ours asks for none: `workerd` is the smaller by 140 kB.
 * `module` holds where no conditions are given.
 */
export const bundling = {
  splitting: true,
  sourcemap: false,
  minify: true,
  esbuild: { keepNames: true, conditions: ["module", "workerd"] }
}
