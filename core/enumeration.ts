/** The value as `known` spells it, in whatever case AWS wrote it; one that is not known stays as it came. */
export const spelledAs = (known: ReadonlyArray<string>): ((value: string) => string) => {
  const spellings = new Map(known.map((name) => [name.toLowerCase(), name]))
  return (value) => spellings.get(value.toLowerCase()) ?? value
}
