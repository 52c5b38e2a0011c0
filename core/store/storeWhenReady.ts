import * as Effect from "effect/Effect"
import type { Store, StoreError } from "./Store.ts"

type Service = Store["Service"]

type EffectMember = {
  [Name in keyof Service]: Service[Name] extends Effect.Effect<any, any> ? Name : never
}[keyof Service]

/** Members that are no methods. The compiler notices one that is missing. */
const effectMembers: Readonly<Record<EffectMember, true>> = { accountsWithFindings: true }

/** A store whose questions wait for the one that answers them: it is still being made, or is not to be asked yet. */
export const storeWhenReady = (ready: Effect.Effect<Service, StoreError>): Service => {
  const askLater = (name: string) =>
    Object.hasOwn(effectMembers, name)
      ? Effect.flatMap(ready, (store) => store[name as EffectMember])
      : (...input: ReadonlyArray<unknown>) =>
          Effect.flatMap(ready, (store) =>
            (store[name as keyof Service] as (...input: ReadonlyArray<unknown>) => Effect.Effect<unknown>)(...input)
          )
  return new Proxy({} as Service, {
    get: (_, name) => (typeof name === "string" ? askLater(name) : undefined)
  })
}
