import { about, setAside } from "./setAside.ts"
import { defineTool } from "./Tool.ts"

export default defineTool({
  name: "reopen_finding",
  title: "Finding: reopen",
  description: "Undo a snooze or suppression: show an ignored finding again.",
  arguments: about,
  required: ["id", "reason"],
  reaches: "write",
  answer: ({ id = "", reason = "" }, call) => setAside(id, { action: "reopen", reason, author: call.caller.name }, call)
})
