/** Numbers as people read them. */

export const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits

export const oneDecimal = (value: number): number => rounded(value, 1)

/** The least whole number that is not below a value, of which the noise of binary fractions is no part: 21 / 0.7 is 30. */
export const roundedUp = (value: number): number => Math.ceil(Number(value.toPrecision(12)))

/** An amount of USD in whole cents. */
export const cents = (usd: number): number => rounded(usd, 2)
