// JSON.stringify escapes C0 controls only; a terminal also obeys C1 controls, and shows reordered what Unicode says to.
const unsafe = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

const escape = (character: string) =>
  Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`
  ).join("")

/** JSON for people and programs: the same data, with everything escaped that a terminal would act on. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2).replace(unsafe, escape)}\n`
