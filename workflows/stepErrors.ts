/** Errors of steps that the machine knows by name. Apart from it, for who needs no machine. */

/** The error of a store that may take the same request in a minute. */
export const storeBusy = "StoreBusy"

/** The error of a plan while another full audit is running. */
export const anotherRun = "AnotherRun"

/** The error of a scan step that stopped in time, with some of its scans left. */
export const scopeUnfinished = "ScopeUnfinished"
