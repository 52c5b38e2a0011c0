/** How well the questions reach the tools: the shares that have to be reached, and what they are of. */
import { definitions } from "../mcp/definitions.ts"
import { questions } from "./questions/index.ts"
import { ranking } from "./rank.ts"
import type { Question } from "./Question.ts"

/** An expected tool has to be among so many. */
export const firstRanks = 3

/** Shares of the questions about scans and about general tools, and of those about the scans of any one category. */
export const floors = { scans: 0.95, general: 0.75, category: 0.75 }

export interface Score {
  readonly group: string
  readonly questions: number
  readonly found: number
  /** Those whose tool is not among the first. */
  readonly missed: ReadonlyArray<{ readonly question: Question; readonly first: ReadonlyArray<string> }>
}

/** The category of the scan that answers, or `core` for a general tool. */
const groupOf = ({ expected }: Question): string =>
  definitions.find(({ tool }) => tool.name === expected[0]?.tool)?.toolset ?? "core"

export const shareOf = ({ found, questions }: Pick<Score, "found" | "questions">): number => found / questions

const together = (scores: ReadonlyArray<Score>, group: string): Score => ({
  group,
  questions: scores.reduce((sum, one) => sum + one.questions, 0),
  found: scores.reduce((sum, one) => sum + one.found, 0),
  missed: scores.flatMap(({ missed }) => missed)
})

/** Scores by lexical retrieval: of each group, of all scans, and of the general tools. */
export const lexicalScores = () => {
  const groups = scored()
  return {
    groups,
    scans: together(
      groups.filter(({ group }) => group !== "core"),
      "scans"
    ),
    general: together(
      groups.filter(({ group }) => group === "core"),
      "general"
    )
  }
}

const scored = (): ReadonlyArray<Score> => {
  const rank = ranking(definitions.map(({ tool }) => tool))
  return [...Map.groupBy(questions, groupOf)].map(([group, asked]) => {
    const missed = asked.flatMap((question) => {
      const first = rank(question.question).slice(0, firstRanks)
      return question.expected.some(({ tool }) => first.includes(tool)) ? [] : [{ question, first }]
    })
    return { group, questions: asked.length, found: asked.length - missed.length, missed }
  })
}
