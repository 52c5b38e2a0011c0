/** Numbers as people read them. */

export const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits

export const oneDecimal = (value: number): number => rounded(value, 1)

/** An amount of USD in whole cents. */
export const cents = (usd: number): number => rounded(usd, 2)
