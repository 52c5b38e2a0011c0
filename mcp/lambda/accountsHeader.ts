/** What the gateway's interceptor says to the function: the accounts that a caller sees, separated by commas. */
export const accountsHeader = "x-nightaudit-accounts"

/** Stands for every account in that header. */
export const everyAccount = "*"
