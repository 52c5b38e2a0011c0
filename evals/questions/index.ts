/** All questions. */
import bill from "./bill.ts"
import caches from "./caches.ts"
import capacity from "./capacity.ts"
import cleanup from "./cleanup.ts"
import coldStarts from "./coldStarts.ts"
import compute from "./compute.ts"
import containers from "./containers.ts"
import cost from "./cost.ts"
import data from "./data.ts"
import functions from "./functions.ts"
import general from "./general.ts"
import network from "./network.ts"
import relational from "./relational.ts"
import storage from "./storage.ts"
import watch from "./watch.ts"
import web from "./web.ts"

export const questions = [
  bill,
  caches,
  capacity,
  cleanup,
  coldStarts,
  compute,
  containers,
  cost,
  data,
  functions,
  network,
  relational,
  storage,
  watch,
  web,
  general
].flat()
