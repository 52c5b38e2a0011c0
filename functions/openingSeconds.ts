/** For so long, in seconds, the function that opens reports tries before it says "not now": less than Lambda gives it. */
export const openingSeconds = 6

/** So many of them run at once, and no more. */
export const openingsAtOnce = 10
