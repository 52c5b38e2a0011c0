/** A screen that keeps what it was written, and a machine that knows which processes live. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Machine } from "../../cli/Machine.ts"
import { makeScreen, type Output } from "../../cli/Screen.ts"

/** A stream that keeps its text. */
export const output = (options: { readonly isTTY?: boolean; readonly columns?: number } = {}) => {
  const written: Array<string> = []
  const stream: Output = {
    ...options,
    write: (text, taken) => {
      written.push(text)
      taken?.()
    }
  }
  return { stream, text: () => written.join("") }
}

/** A screen without a terminal. */
export const quietScreen = () => {
  const [stdout, stderr] = [output(), output()]
  return { screen: makeScreen(stdout.stream, stderr.stream, {}), stdout: stdout.text, stderr: stderr.text }
}

/** Process 100 of the machine `laptop`. */
export const machineWith = (alive: ReadonlyArray<number> = []): Machine["Service"] => ({
  process: { host: "laptop", pid: 100 },
  stateOf: ({ host, pid }) =>
    host !== "laptop" ? "unknown" : pid === 100 ? "own" : alive.includes(pid) ? "alive" : "gone",
  nodeVersion: "24.0.0",
  command: "nightaudit",
  args: [],
  folder: "/nowhere"
})

/** All that a stream gives. */
export const collected = <A, E>(stream: Stream.Stream<A, E>): ReadonlyArray<A> =>
  Effect.runSync(Stream.runCollect(stream))

/** All the text that a stream gives. */
export const textOf = <E>(stream: Stream.Stream<string, E>): string => collected(stream).join("")
