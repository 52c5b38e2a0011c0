import { policyOf } from "../report/policy.ts"
import asset from "./viewAsset.json" with { type: "json" }

/** The page of `mcp/view`. Its policy stands alone, because a host need not add one. */
export const viewPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(asset)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Night Audit</title>
<style>${asset.css}</style>
</head>
<body>
<main><p class="muted">Waiting for the answer…</p></main>
<script>${asset.js}</script>
</body>
</html>
`
