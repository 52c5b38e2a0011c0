/** The page at `/status`, and at `/` until there is a night to report: what is where. */

export interface PageFacts {
  readonly title: string
  /** What is said of each place, in pairs; what begins with http is a link. */
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const valueOf = (value: string): string =>
  value.startsWith("http://") ? `<a href="${escaped(value)}">${escaped(value)}</a>` : escaped(value)

export const page = ({ facts, title }: PageFacts): Response =>
  new Response(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:48rem;padding:0 1rem}dt{font-weight:600}dd{margin:0 0 .75rem}</style>
<h1>${escaped(title)}</h1>
<dl>
${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${valueOf(value)}</dd>`).join("\n")}
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
