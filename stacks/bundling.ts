/** How the functions are bundled, by the deployment and by the tests that run the bundles. */

/**
 * As SST's bundler takes it, which is esbuild. Splitting keeps the AWS clients that a start does not need out of it; operations are named after classes, so names stay. The MCP SDK
 * takes one of two validators of answers that a server asks a client for, and ours asks for none: `workerd` is the smaller by 140 kB.
 * `module` holds where no conditions are given. What reads the names of browsers no function runs. Source maps are switched off here and not by SST's
 * own option: with that, 4.17.1 still makes them and puts them into the zip, 9 MB for the MCP function; tried with its own binary.
 */
export const bundling = {
  splitting: true,
  minify: true,
  esbuild: { keepNames: true, sourcemap: false, conditions: ["module", "workerd"], external: ["bowser"] }
}
