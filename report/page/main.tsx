/** Draws the page over its plain text, as soon as the summary is unpacked. What is too old for that keeps the text, and says so. */
import { render } from "preact"
import type { Summary } from "../Model.ts"
import { App } from "./App.tsx"
import { unpack } from "./data.ts"

const tooOld =
  "This browser is too old to unpack the rest of this page: Chrome and Edge from 97 on, Firefox from 113 and Safari from 16.4 do."

if (typeof DecompressionStream === "undefined") {
  const line = document.createElement("p")
  line.textContent = tooOld
  document.querySelector("#app main")?.append(line)
} else
  void unpack<Summary>("summary").then((summary) => {
    const app = document.getElementById("app")
    if (app === null || summary === undefined) return
    app.replaceChildren()
    render(<App summary={summary} />, app)
  })
