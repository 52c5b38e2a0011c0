/** Draws the page over its plain text, as soon as the summary is unpacked. */
import { render } from "preact"
import type { Summary } from "../Model.ts"
import { App } from "./App.tsx"
import { unpack } from "./data.ts"

void unpack<Summary>("summary").then((summary) => {
  const app = document.getElementById("app")
  if (app === null || summary === undefined) return
  app.replaceChildren()
  render(<App summary={summary} />, app)
})
