/**
 * The view that an assistant shows beside an answer: a resource that tools name, by the extension MCP Apps of 2026-01-26. Clients
 * without it are told nothing of it. Source: modelcontextprotocol/ext-apps, specification/2026-01-26/apps.mdx.
 */
import * as Effect from "effect/Effect"

export const uiExtension = "io.modelcontextprotocol/ui"
const viewMimeType = "text/html;profile=mcp-app"

const viewUri = "ui://nightaudit/answer.html"

/** Without `csp` a host lets no request leave the view. It has a ground of its own, so the host is asked for a border. */
const ui = { prefersBorder: true }

export const viewResource = {
  uri: viewUri,
  name: "answer",
  title: "Savings and findings, drawn",
  description: "The page on which the answers of summarize_savings and search_findings are drawn",
  mimeType: viewMimeType,
  _meta: { ui }
}

/** What a tool with a view says of it. */
export const toolMeta = { ui: { resourceUri: viewUri } }

/** What a client shows besides text: a view, a link to the whole report where it can have no view, or neither. */
export type Shows = "view" | "link" | "text"

/** Whether a client shows views; undefined where its capabilities are not known, as in a request of 2025 without a session. */
export const showsViews = (
  capabilities: { readonly extensions?: Readonly<Record<string, unknown>> | undefined } | undefined
): boolean | undefined => {
  if (capabilities === undefined) return undefined
  const { mimeTypes } = (capabilities.extensions?.[uiExtension] ?? {}) as { readonly mimeTypes?: unknown }
  return Array.isArray(mimeTypes) && mimeTypes.includes(viewMimeType)
}

/** The view as it is read; undefined for any other address. Its page is loaded when somebody reads it. */
export const readView = (uri: string) =>
  uri === viewUri
    ? Effect.map(
        Effect.promise(() => import("./viewPage.ts")),
        ({ viewPage }) => ({ contents: [{ uri, mimeType: viewMimeType, text: viewPage, _meta: { ui } }] })
      )
    : undefined
