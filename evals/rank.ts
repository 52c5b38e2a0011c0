/** Okapi BM25 over the names and descriptions of tools, as a client that loads tools on demand would search them. */

const k1 = 1.2
const b = 0.75

/** Words in lower case, names split at underscores, without a plural's end. */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map((word) =>
    word.length > 3 ? word.replace(/ies$/, "y").replace(/(?<!s)s$/, "") : word
  )

export interface Searchable {
  readonly name: string
  readonly description: string
}

/** Ranks tools for a question, the best first; of equal ones, in the order given. */
export const ranking = (tools: ReadonlyArray<Searchable>) => {
  const documents = tools.map(({ description, name }) => {
    const words = wordsOf(`${name.replaceAll("_", " ")} ${description}`)
    return { name, length: words.length, counts: new Map(Map.groupBy(words, (word) => word).entries()) }
  })
  const mean = documents.reduce((sum, { length }) => sum + length, 0) / documents.length
  const holding = (word: string) => documents.filter(({ counts }) => counts.has(word)).length
  return (question: string): ReadonlyArray<string> => {
    const asked = [...new Set(wordsOf(question))].map((word) => {
      const found = holding(word)
      return { word, weight: Math.log(1 + (documents.length - found + 0.5) / (found + 0.5)) }
    })
    return documents
      .map(({ counts, length, name }) => ({
        name,
        score: asked.reduce((sum, { weight, word }) => {
          const times = counts.get(word)?.length ?? 0
          return sum + (weight * times * (k1 + 1)) / (times + k1 * (1 - b + (b * length) / mean))
        }, 0)
      }))
      .sort((a, z) => z.score - a.score)
      .map(({ name }) => name)
  }
}
