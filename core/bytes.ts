/** AWS means these where it bills by the GB, but for Logs Insights, which counts in powers of ten. */

export const bytesPerMib = 2 ** 20
export const bytesPerGib = 2 ** 30
