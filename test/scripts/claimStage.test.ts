import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { claim, lost } from "../../scripts/claimStage.ts"
import { serve } from "../core/aws/loopback.ts"

/** GitHub with the commits of `main`, the oldest first, and its tags. Any other commit was thrown away by a force-push. */
const github = (commits: string, tags: Record<string, string> = {}, broken: string | undefined = undefined) =>
  Effect.gen(function* () {
    const calls: Array<string> = []
    const api = yield* serve((body, { headers, method, url = "" }, response) => {
      assert.strictEqual(headers.authorization, "Bearer secret")
      const path = url.replace("/repos/acme/audit/", "")
      calls.push(`${method} ${path}`)
      const answer = (status: number, value: unknown) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))
      if (broken !== undefined && path.startsWith(broken)) return answer(403, { message: "Resource not accessible" })
      const matching = /^git\/matching-refs\/(.*)$/.exec(path)?.[1]
      if (matching !== undefined) {
        const found = Object.entries(tags).filter(([name]) => name.startsWith(matching))
        return answer(
          200,
          found.map(([name, sha]) => ({ ref: `refs/${name}`, object: { sha, type: "commit" } }))
        )
      }
      if (path === "git/ref/heads/main") return answer(200, { object: { sha: commits.at(-1) } })
      const [, base = "", head = ""] = /^compare\/(\w+)\.\.\.(\w+)$/.exec(path) ?? []
      if (base !== "") {
        const [from, to] = [commits.indexOf(base), commits.indexOf(head)]
        return answer(200, { status: from < 0 || to < 0 ? "diverged" : to > from ? "ahead" : "behind" })
      }
      const { ref, sha } = JSON.parse(body)
      tags[(ref ?? path.replace("git/", "")).replace("refs/", "")] = sha
      return answer(200, {})
    })
    const repository = { api, name: "acme/audit", token: "secret" }
    return {
      tags,
      calls,
      claim: (commit: string) => Effect.promise(() => claim(repository, "production", commit, "main")),
      lost: (commit: string) => Effect.promise(() => lost(repository, "production", commit)),
      failure: (commit: string) =>
        Effect.promise(() => claim(repository, "production", commit, "main").then(() => "", String))
    }
  })

const tag = "tags/newest-production"

describe("a stage is claimed", () => {
  it.effect("for the first commit, and for each newer one", () =>
    Effect.gen(function* () {
      // Another stage's name begins with this one's.
      const { claim, tags } = yield* github("abc", { "tags/newest-production-eu": "c" })
      assert.isUndefined(yield* claim("a"))
      assert.deepStrictEqual(tags, { "tags/newest-production-eu": "c", [tag]: "a" })
      assert.isUndefined(yield* claim("c"))
      assert.strictEqual(tags[tag], "c")
    }).pipe(Effect.scoped)
  )

  it.effect("for no older one, whose deployment would undo the newer", () =>
    Effect.gen(function* () {
      const { calls, claim, tags } = yield* github("abc", { [tag]: "c" })
      assert.match(
        (yield* claim("b")) ?? "",
        /^b is older than c, for which production was claimed: run that one again/
      )
      assert.strictEqual(tags[tag], "c")
      assert.deepStrictEqual(calls.slice(2), ["GET git/matching-refs/tags/newest-production", "GET compare/b...c"])
    }).pipe(Effect.scoped)
  )

  it.effect("for the same one again", () =>
    Effect.gen(function* () {
      const { calls, claim, tags } = yield* github("abc", { [tag]: "b" })
      assert.isUndefined(yield* claim("b"))
      assert.deepStrictEqual(
        calls.filter((call) => !call.startsWith("GET")),
        []
      )
      assert.strictEqual(tags[tag], "b")
    }).pipe(Effect.scoped)
  )

  it.effect("for one of a branch that was written anew, and for none that it has no more", () =>
    Effect.gen(function* () {
      // From a-b-c to a-x-y. The run of c waited for its approval meanwhile.
      for (const at of ["a", "x", "y"]) {
        const { claim, tags } = yield* github("axy", { [tag]: at })
        assert.match((yield* claim("c")) ?? "", /^c is not on main any more/, at)
        assert.strictEqual(tags[tag], at)
      }
      const { claim, tags } = yield* github("axy", { [tag]: "c" })
      assert.isUndefined(yield* claim("x"))
      assert.strictEqual(tags[tag], "x")
    }).pipe(Effect.scoped)
  )

  it.effect("for nobody where GitHub does not say who has it, and moved where it may be", () =>
    Effect.gen(function* () {
      for (const broken of ["git/ref/heads", "git/matching-refs", "compare", "git/refs"]) {
        const { failure, tags } = yield* github("ab", { [tag]: "a" }, broken)
        assert.match(yield* failure("b"), /^Error: GitHub answered 403 to .*Resource not accessible/, broken)
        assert.strictEqual(tags[tag], "a")
      }
    }).pipe(Effect.scoped)
  )

  it.effect("until another commit claims it", () =>
    Effect.gen(function* () {
      const { lost, tags } = yield* github("ab", { [tag]: "a" })
      assert.isUndefined(yield* lost("a"))
      tags[tag] = "b"
      assert.match((yield* lost("a")) ?? "", /^production was claimed for b since, and not for a\./)
      delete tags[tag]
      assert.match((yield* lost("a")) ?? "", /^production was claimed for no commit since/)
    }).pipe(Effect.scoped)
  )
})
