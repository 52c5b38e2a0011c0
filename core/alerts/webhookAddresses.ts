/** Where the addresses of chats come from when a deployment is made. They are secrets, and only whoever deploys has them. */

/** Several of them in one secret of a pipeline: a line `NAME=address` for each variable that a webhook names. */
export const addressesVariable = "WEBHOOK_URLS"

type Environment = Readonly<Record<string, string | undefined>>

/** The address that an environment has for the variable: its own, or its line of `WEBHOOK_URLS`; undefined where it has neither. */
export const addressOf = (urlVariable: string, environment: Environment): string | undefined => {
  const line = environment[addressesVariable]?.split(/\r?\n/).find((line) => line.startsWith(`${urlVariable}=`))
  return environment[urlVariable] || line?.slice(urlVariable.length + 1).trim() || undefined
}

/** What stands for the address in a plan, which is printed and kept: a plan has no secret and needs none. */
export const plannedAddress = (urlVariable: string): string => `https://webhook.invalid/${urlVariable}`
