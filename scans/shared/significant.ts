/** A measured number as evidence: two digits, so that one that hardly moved since yesterday is no change of the finding. */
export const significant = (value: number, digits = 2): number => Number(value.toPrecision(digits))
