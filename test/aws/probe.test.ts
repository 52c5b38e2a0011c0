import { it } from "@effect/vitest"
import { mkdtempSync, writeFileSync } from "node:fs"
import { endpoint } from "./emulator.ts"
import { seed } from "./seed.ts"
import { bill } from "./bill.ts"
import { nightIn } from "./night.ts"
it("probe", async () => {
  const estate = await seed(endpoint, bill)
  const store = mkdtempSync("/tmp/probe-") + "/a.db"
  const night = await nightIn(store)
  writeFileSync("/tmp/night.json", JSON.stringify({ night, member: estate.member }, null, 1))
  console.log(await (await fetch(`${endpoint}/overlay`)).text())
}, 300_000)
