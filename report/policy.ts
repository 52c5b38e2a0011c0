import { createHash } from "node:crypto"

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/**
 * What a page of ours may do: run the one script and use the one style that are named by their hashes, and nothing else. No request can
 * leave it, and no text can become markup, because Trusted Types are required and no policy may be made.
 */
export const policyOf = (
  { css, js }: { readonly css: string; readonly js: string },
  more: ReadonlyArray<string> = []
): string =>
  [
    "default-src 'none'",
    `script-src ${hashOf(js)}`,
    `style-src ${hashOf(css)}`,
    ...more,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'"
  ].join("; ")
