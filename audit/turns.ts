/** Whose turn it is where one night has not room for all. */
import { millisPerDay } from "../core/time.ts"

/** A number that grows by one from night to night. */
export const nightNumber = (now: Date): number => Math.floor(now.getTime() / millisPerDay)

/** All items, beginning with the one at this place, counted round and round. */
export const fromTurn = <A>(items: ReadonlyArray<A>, turn: number): ReadonlyArray<A> => {
  const first = items.length === 0 ? 0 : turn % items.length
  return first === 0 ? items : [...items.slice(first), ...items.slice(0, first)]
}
