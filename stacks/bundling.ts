/** How the functions are bundled, by the deployment and by the tests that run the bundles. */

/** Splitting keeps the AWS clients that a start does not need out of it; operations are named after classes, so names stay. */
export const bundling = { splitting: true, sourcemap: false, minify: true, esbuild: { keepNames: true } }
