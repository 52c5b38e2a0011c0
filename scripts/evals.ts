/**
 * `npm run evals`: whether the expected calls give what a right answer holds, and whether a search over names and descriptions finds their
 * tools. With NIGHTAUDIT_EVAL_URL (and NIGHTAUDIT_EVAL_MODEL, NIGHTAUDIT_EVAL_KEY) a model behind that OpenAI-compatible endpoint plays
 * the questions, and its score is printed; it decides nothing about the exit code.
 */
import * as Effect from "effect/Effect"
import { playWith } from "../evals/model.ts"
import { mistakesOf } from "../evals/play.ts"
import { questions } from "../evals/questions/index.ts"
import { firstRanks, floors, lexicalScores, type Score, shareOf } from "../evals/score.ts"

const percent = (share: number): string => `${Math.round(share * 100)} %`

let failed = false

const wrong: Array<string> = []
for (const question of questions) {
  const mistakes = await Effect.runPromise(mistakesOf(question))
  wrong.push(...mistakes.map((line) => `  ${question.id}: ${line}`))
}
console.log(`Facts: ${questions.length} questions, ${wrong.length === 0 ? "every fact is there" : "missing:"}`)
for (const line of wrong) console.log(line)
failed ||= wrong.length > 0

const { general, groups, scans } = lexicalScores()
const row = (score: Score, floor: number): string => {
  const isBelow = shareOf(score) < floor
  failed ||= isBelow
  return `  ${score.group.padEnd(10)} ${String(score.found).padStart(3)} of ${String(score.questions).padStart(3)}  ${percent(shareOf(score)).padStart(5)}  floor ${percent(floor)}${isBelow ? "  BELOW" : ""}`
}
console.log(`Lexical retrieval: an expected tool among the first ${firstRanks}`)
for (const score of groups) if (score.group !== "core") console.log(row(score, floors.category))
console.log(row(scans, floors.scans))
console.log(row(general, floors.general))
for (const { first, question } of [...scans.missed, ...general.missed]) {
  console.log(`  ${question.id}: ${JSON.stringify(question.question)} finds ${first.join(", ")}`)
}

const url = process.env.NIGHTAUDIT_EVAL_URL ?? ""
if (url === "") {
  console.log(
    "No model: NIGHTAUDIT_EVAL_URL is not set. Bedrock's own API is not spoken here, its OpenAI-compatible one is."
  )
} else {
  const endpoint = {
    url,
    model: process.env.NIGHTAUDIT_EVAL_MODEL ?? "default",
    key: process.env.NIGHTAUDIT_EVAL_KEY ?? ""
  }
  const played = []
  for (const question of questions) {
    const one = await playWith(endpoint, question)
    played.push(one)
    if (!one.anyTool || one.facts < 1) {
      console.log(`  ${one.id}: called ${one.calls.join(", ") || "nothing"}; ${percent(one.facts)} of the facts`)
    }
  }
  const share = (count: number) => percent(count / played.length)
  console.log(
    `Model ${endpoint.model}: the right tool first ${share(played.filter(({ firstTool }) => firstTool).length)}, at all ${share(played.filter(({ anyTool }) => anyTool).length)}; facts told ${share(played.reduce((sum, { facts }) => sum + facts, 0))}`
  )
}

process.exitCode = failed ? 1 : 0
