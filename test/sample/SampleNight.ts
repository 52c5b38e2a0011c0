/** What one scan says of the sample estate on its night, with the default settings; scopes are named `shop-production/eu-central-1`. */
export interface SampleNight {
  /** By scope, every finding: `name: reason`, with all its reasons. */
  readonly flagged: Readonly<Record<string, ReadonlyArray<string>>>
  /** What its findings would save together, before overlaps. */
  readonly monthlyUsd: number
  readonly counters: {
    readonly examined: number
    readonly flagged: number
    readonly tooYoung: number
    readonly unknown: number
    readonly suppressed: number
  }
  /** By scope, every resource that could not be judged, with the reason. */
  readonly unknown: Readonly<Record<string, ReadonlyArray<string>>>
  /** By scope, how an outcome that is not complete ended, and why. */
  readonly gaps: Readonly<Record<string, string>>
}
