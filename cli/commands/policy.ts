import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { formatFlag, maybe, placeFlags, selectionFlags, switchFlag, textFlag } from "../flags.ts"

const partFlag = maybe(
  Flag.Int("part").pipe(
    Flag.withMetavar("<number>"),
    Flag.withDescription("Print only this one of several policies"),
    Flag.filter(
      (part) => part >= 1,
      () => "a number from 1"
    )
  )
)

export const policy = Command.make(
  "policy",
  {
    categories: selectionFlags.categories,
    scans: selectionFlags.scans,
    settings: selectionFlags.settings,
    part: partFlag,
    trust: textFlag("trust", "<account>", "Print the role's trust policy for a scanner in this account"),
    externalId: textFlag("external-id", "<id>", "External id that the trust policy asks for"),
    scanner: switchFlag(
      "scanner",
      "Print the policy of the scanner's own identity, which plans runs and assumes the role"
    ),
    template: switchFlag(
      "template",
      "Print the CloudFormation template of the role, for the accounts that no StackSet reaches"
    ),
    roleName: textFlag("role-name", "<name>", "The role that the scanner may assume (default: as configured)"),
    config: placeFlags.config,
    sample: placeFlags.sample,
    format: formatFlag("json")
  },
  (input) =>
    Effect.flatMap(
      Effect.promise(() => import("../programs/policy.ts")),
      ({ policy }) => policy(input)
    )
).pipe(
  Command.withDescription("Print the IAM policy of the role in scanned accounts, made from what the scans read"),
  Command.withExamples([
    { command: "nightaudit policy > policy.json", description: "the permissions of the role" },
    {
      command: "nightaudit policy --trust 111111111111 --external-id night > trust.json",
      description: "who may assume it"
    },
    { command: "nightaudit policy --template > reader.json", description: "the role as CloudFormation makes it" },
    { command: "nightaudit policy --scanner", description: "what the scanner itself needs besides" }
  ])
)
