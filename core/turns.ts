/** Whose turn it is where one night has not room for all, or does not want to ask for all at once. */
import { millisPerDay } from "./time.ts"

/** Nights after which a remembered answer is asked for again; every night has its share of them. */
export const rotationNights = 7

/** A number that grows by one from night to night. */
export const nightNumber = (now: Date): number => Math.floor(now.getTime() / millisPerDay)

/** All items, beginning with the one at this place, counted round and round. */
export const fromTurn = <A>(items: ReadonlyArray<A>, turn: number): ReadonlyArray<A> => {
  const first = items.length === 0 ? 0 : turn % items.length
  return first === 0 ? items : [...items.slice(first), ...items.slice(0, first)]
}

/** A number from 0 on that a key always has, spread evenly. */
const spread = (key: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193) >>> 0
  return hash
}

/** Whether a night is that of a key, which has one of so many. */
export const isTurnOf = (key: string, night: number, nights: number): boolean => spread(key) % nights === night % nights
