import { it } from "@effect/vitest"
import { mkdtempSync, writeFileSync } from "node:fs"
import { endpoint } from "./emulator.ts"
import { seed } from "./seed.ts"
import { nightIn } from "./night.ts"
it("probe", async () => {
  const estate = await seed(endpoint)
  const night = await nightIn(mkdtempSync("/tmp/probe-") + "/a.db")
  writeFileSync("/tmp/night.json", JSON.stringify({ night, member: estate.member }, null, 1))
}, 300_000)
