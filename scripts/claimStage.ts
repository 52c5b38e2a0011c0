/**
 * Claims a stage for the commit of this run, so that a run that comes late puts no older commit over a newer one:
 * `node scripts/claimStage.ts --stage production`. The tag `newest-STAGE` is at the newest commit that a deployment of the stage was begun
 * with, and is never moved back, nor to a commit that the branch has no more. `--held` only looks whether it is still at this run's commit, for a job that may be repeated long after.
 * Whoever calls it holds the stage's concurrency group: between the look and the move there is nobody else.
 */
import { env } from "node:process"
import { lineOf, optionsOf } from "./options.ts"

interface Repository {
  /** `https://api.github.com` */
  readonly api: string
  /** `owner/name` */
  readonly name: string
  readonly token: string
}

/** Asks GitHub's REST API; anything but an answer that says yes is an error. */
const ask = async ({ api, name, token }: Repository, method: string, path: string, body?: object): Promise<any> => {
  const answer = await fetch(`${api}/repos/${name}/${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28"
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  if (!answer.ok) throw new Error(`GitHub answered ${answer.status} to ${method} ${path}: ${await answer.text()}`)
  return answer.json()
}

const tagOf = (stage: string) => `tags/newest-${stage}`

/** The commit of the stage's tag; undefined where there is none yet. */
const claimed = async (repository: Repository, stage: string): Promise<string | undefined> => {
  // Those that begin so. Source: GitHub REST API, "List matching references".
  const found: ReadonlyArray<{ readonly ref: string; readonly object: { readonly sha: string } }> = await ask(
    repository,
    "GET",
    `git/matching-refs/${tagOf(stage)}`
  )
  return found.find(({ ref }) => ref === `refs/${tagOf(stage)}`)?.object.sha
}

const toGoBack = "To go back on purpose, revert on the branch, or deploy by hand."

/** How the second commit is, as seen from the first: `ahead`, `behind`, `identical` or `diverged`. Source: GitHub REST API, "Compare two commits". */
const compared = async (repository: Repository, first: string, second: string): Promise<string> => {
  const { status } = await ask(repository, "GET", `compare/${first}...${second}`)
  if (!["ahead", "behind", "identical", "diverged"].includes(status)) {
    throw new Error(`GitHub compares ${first} and ${second}: ${status}`)
  }
  return status
}

/** Moves the stage's tag to a commit of the branch. Answers why not, where a newer one has it or the branch was written anew without it. */
export const claim = async (
  repository: Repository,
  stage: string,
  commit: string,
  branch: string
): Promise<string | undefined> => {
  const { object } = await ask(repository, "GET", `git/ref/heads/${branch}`)
  if (object.sha !== commit && (await compared(repository, commit, object.sha)) !== "ahead") {
    return `${commit} is not on ${branch} any more, which was written anew. Push to it, or run the workflow of its newest commit.`
  }
  const newest = await claimed(repository, stage)
  if (newest === commit) return undefined
  if (newest === undefined) {
    await ask(repository, "POST", "git/refs", { ref: `refs/${tagOf(stage)}`, sha: commit })
    return undefined
  }
  // What it has diverged from is no more on the branch, where this one is.
  if ((await compared(repository, commit, newest)) === "ahead") {
    return `${commit} is older than ${newest}, for which ${stage} was claimed: run that one again if it did not come through. ${toGoBack}`
  }
  await ask(repository, "PATCH", `git/refs/${tagOf(stage)}`, { sha: commit, force: true })
  return undefined
}

/** Why a commit does not have the stage; undefined while it has. */
export const lost = async (repository: Repository, stage: string, commit: string): Promise<string | undefined> => {
  const newest = await claimed(repository, stage)
  return newest === commit
    ? undefined
    : `${stage} was claimed for ${newest ?? "no commit"} since, and not for ${commit}. Run the whole workflow again. ${toGoBack}`
}

const main = async (): Promise<number> => {
  const { held, stage } = optionsOf({ held: { type: "boolean", default: false }, stage: { type: "string" } })
  const {
    GITHUB_API_URL: api,
    GITHUB_REF_NAME: branch,
    GITHUB_REPOSITORY: name,
    GITHUB_SHA: commit,
    GITHUB_TOKEN: token
  } = env
  const repository = api === undefined || name === undefined || token === undefined ? undefined : { api, name, token }
  if (stage === undefined || branch === undefined || commit === undefined || repository === undefined) {
    console.error("Runs in a GitHub Actions job, with GITHUB_TOKEN and --stage.")
    return 2
  }
  const problem = await (held ? lost(repository, stage, commit) : claim(repository, stage, commit, branch))
  if (problem !== undefined) console.error(`::error::${problem}`)
  return problem === undefined ? 0 : 1
}

if (import.meta.main) {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(`::error::${lineOf(error)}`)
    return 1
  })
}
