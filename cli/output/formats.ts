/** How results can be written. */
export const formats = ["table", "json", "csv", "markdown"] as const
export type Format = (typeof formats)[number]
