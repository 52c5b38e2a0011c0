import type { Store } from "./Store.ts"

export const storeOfAccounts = (store: Store["Service"], _accounts: ReadonlyArray<string>): Store["Service"] => store
