/** How far an SDK client has found this machine's clock to be from that of AWS, in milliseconds. Positive: it is behind. */
export const clockOffsetOf = (client: object): number =>
  (client as { readonly config?: { readonly systemClockOffset?: number } }).config?.systemClockOffset ?? 0

/** Notes on an error what the client knows of the clock, for `reasonOf`. */
export const withClock = (cause: unknown, client: object): unknown =>
  cause instanceof Error ? Object.assign(cause, { clockOffsetMillis: clockOffsetOf(client) }) : cause
