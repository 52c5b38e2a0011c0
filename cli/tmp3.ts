import { enableCompileCache } from "node:module"
enableCompileCache?.("/tmp/cc1")
await import("./tmp2.ts")
