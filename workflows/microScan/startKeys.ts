/**
 * Where the store keeps by which micro-scan an event was looked at. The function that starts them may read and write nothing else that is
 * kept there. Apart from them, for the role that says so.
 */
export const startKeys = "started/"
