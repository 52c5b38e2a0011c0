/** How the accounts that a caller sees come from a token to the function. The gateway's interceptor takes this along: no imports. */

/** What the gateway's interceptor says to the function: the accounts that a caller sees, separated by commas. */
export const accountsHeader = "x-nightaudit-accounts"

/** Stands for every account in that header. */
export const everyAccount = "*"

/** The values of a token's claim: texts separated by spaces or commas, or a list. */
export const claimValues = (claim: unknown): ReadonlyArray<unknown> =>
  typeof claim === "string" ? claim.split(/[\s,]+/).filter((text) => text !== "") : Array.isArray(claim) ? claim : []
