/** How results can be written. */
export const formats = ["table", "json", "csv", "markdown"] as const
export type Format = (typeof formats)[number]

/** Findings in the words of others: OCSF for security findings, FOCUS for what joins to a cost export. */
export const exportFormats = ["ocsf", "focus"] as const
export type ExportFormat = (typeof exportFormats)[number]

export const findingFormats = [...formats, ...exportFormats] as const
export type FindingFormat = (typeof findingFormats)[number]

export const reportFormats = ["html", "json", "csv", ...exportFormats] as const
export type ReportFormat = (typeof reportFormats)[number]

export const isExport = (format: string): format is ExportFormat => exportFormats.some((one) => one === format)
