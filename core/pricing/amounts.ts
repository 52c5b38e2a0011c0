/** Numbers of price lists that are not prices: shares, factors and free allowances. Source: shared/pricing/*.json. */

/** The premium of extended support, as a share of a cache node's list price. Source: extended-support.json. */
export const cacheExtendedSupportShare = { year1And2: 0.8, year3: 1.6 } as const

/** An instance of an I/O-Optimized Aurora cluster, by its Standard price. Source: rds-new-families.json, rules. */
export const auroraIoOptimizedFactor = 1.3

/** A Multi-AZ instance with one standby, by its Single-AZ price. Source: rds-new-families.json, rules. */
export const multiAzFactor = 2

/** Standard alarm metrics that are free a month, for an account. Source: misc.json. */
export const freeAlarmMetrics = 10

/** Dashboards of up to 50 metrics that are free a month, for an account. Source: misc.json. */
export const freeDashboards = 3

/** An anomaly detection alarm is billed as its metric and two bounds. Source: misc.json. */
export const anomalyAlarmMetrics = 3

/** What Lambda Managed Instances add to the EC2 on-demand price, as a share of it. Source: misc.json. */
export const lambdaManagedInstancesShare = 0.15

/**
 * What Fargate Spot costs, as a share of the on-demand price, at the least: AWS publishes no list, and says 50 to 70% off. Source:
 * misc.json, scans-verified.md C.
 */
export const fargateSpotShare = 0.3
