/** The page at `/status`, and at `/` until there is a night to report: what is where. */
import { escapedHtml } from "../../core/text.ts"

export interface PageFacts {
  readonly title: string
  /** What is said of each place, in pairs; what begins with http is a link. */
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>
}

const valueOf = (value: string): string =>
  value.startsWith("http://") ? `<a href="${escapedHtml(value)}">${escapedHtml(value)}</a>` : escapedHtml(value)

export const page = ({ facts, title }: PageFacts): Response =>
  new Response(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapedHtml(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:48rem;padding:0 1rem}dt{font-weight:600}dd{margin:0 0 .75rem}</style>
<h1>${escapedHtml(title)}</h1>
<dl>
${facts.map(([name, value]) => `<dt>${escapedHtml(name)}</dt><dd>${valueOf(value)}</dd>`).join("\n")}
</dl>
</html>
`,
    {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"
      }
    }
  )
