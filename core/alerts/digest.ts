/** The morning's message: what is wasted, what is new, resolved and back, what was not seen, and what the night cost. */
import { createHash } from "node:crypto"
import { count, fineUsd, instant, listed, plural, signed, usd, yearly } from "../format.ts"
import {
  type Amount,
  type Beside,
  besideText,
  type Ended,
  endedInAll,
  noAmount,
  plus,
  type SetAsideBy
} from "../run/Changes.ts"
import { ownerText } from "../text.ts"
import { padEnd } from "../width.ts"
import { bodyOf, factLine, inert, maxItems, type Message, oneFinding, subjectOf } from "./Message.ts"

export interface DigestFinding {
  readonly id: string
  readonly scan: string
  readonly reasons: ReadonlyArray<string>
  readonly monthlyUsd: number
  readonly basis: string
  readonly name: string
  readonly account: string
  readonly region: string
}

export interface DigestGap {
  readonly outcomes: number
  readonly where: string
  /** The calls that failed, as `ec2:DescribeVolumes`. */
  readonly operations: ReadonlyArray<string>
  readonly why: string
}

/** What the message is made of; of the organisation, or of one owner. */
export interface DigestFacts {
  readonly runId: string
  /** ISO instant. */
  readonly startedAt: string
  /** Null for the organisation; empty for what has no owner. */
  readonly owner: string | null
  readonly accounts: number
  readonly isFirstNight: boolean
  readonly confirmed: Amount
  readonly unconfirmed: Amount
  /** Of this and the other changes only what is in the sums, or was. */
  readonly opened: Amount
  readonly resolved: Amount
  readonly reopened: Amount
  readonly beside: Beside
  /** What ended without a saving, by the reason. */
  readonly ended: ReadonlyArray<Ended>
  /** What else became of findings: confirmed, changed by an amount, set aside. */
  readonly others: { readonly confirmed: Amount; readonly changed: Amount; readonly setAside: Amount }
  /** What of it was set aside by people, and otherwise. */
  readonly setAside: SetAsideBy
  /** What moved the sums besides: claims on the same money that count instead, or no longer; null where that is not known. */
  readonly otherClaims: Amount | null
  /** What was confirmed on the night before; null where that is not known. */
  readonly before: Amount | null
  /** What was open then, confirmed or not; null where that is not known. */
  readonly openBefore: Amount | null
  /** Confirmed waste as a share of a month's bill; null where the bill was not read. */
  readonly bill: { readonly month: string; readonly usd: number } | null
  readonly largest: ReadonlyArray<DigestFinding>
  readonly largestNew: ReadonlyArray<DigestFinding>
  readonly cameBack: ReadonlyArray<DigestFinding>
  readonly byAccount: ReadonlyArray<{
    readonly account: string
    readonly confirmedUsd: number
    readonly unconfirmedUsd: number
  }>
  readonly gaps: {
    readonly outcomes: number
    /** Of these, what was seen in part. */
    readonly partial: number
    /** All three on the night before; null where that is not known. */
    readonly before: { readonly outcomes: number; readonly partial: number; readonly expected: number } | null
    /** Whether something was not looked at that was on the night before, as far as that is kept, or for another reason. */
    readonly isElsewhere: boolean
    readonly expected: number
    readonly largest: ReadonlyArray<DigestGap>
    /** Reasons that are not among them. */
    readonly more: number
  }
  readonly hygiene: number
  readonly notices: number
  readonly cost: { readonly usd: number; readonly calls: number; readonly paid: number } | null
  /** Rules that could not be judged, each with why. */
  readonly unknownRules: ReadonlyArray<string>
  /** Messages before this one that did not reach everybody and will not, each with why. */
  readonly lost: ReadonlyArray<string>
  /** What the amounts are at, in a sentence. */
  readonly pricing: string
  /** That part of the sums is above what was billed, in a sentence; null where it is not known to be. */
  readonly aboveBill: string | null
  /** What the bill shows of findings that ended, in a line; null where nothing is compared. */
  readonly realised: string | null
  readonly withoutOwner: { readonly findings: number; readonly monthlyUsd: number } | null
}

const isSame = (a: Amount, b: Amount): boolean => a.findings === b.findings && a.monthlyUsd === b.monthlyUsd

/** Whether nothing became of any finding, and what is confirmed is what it was. */
export const isQuiet = ({
  before,
  beside,
  confirmed,
  ended,
  opened,
  otherClaims,
  others,
  reopened,
  resolved
}: DigestFacts): boolean =>
  [opened, reopened, resolved, ...ended, ...Object.values(others)].every(({ findings }) => findings === 0) &&
  Object.values(beside).every((findings) => findings === 0) &&
  (otherClaims === null || isSame(otherClaims, noAmount)) &&
  (before === null || isSame(before, confirmed))

/** How many more outcomes are not complete than on the night before; 0 where no more are, or where that is not known. */
const moreGaps = ({ gaps: { before, outcomes } }: DigestFacts): number =>
  before === null ? 0 : Math.max(0, outcomes - before.outcomes)

/** Whether the night could look at less than the one before: what it does not say may be what it could not see. */
export const sawLess = (facts: DigestFacts): boolean => {
  const { before, expected, isElsewhere, outcomes, partial } = facts.gaps
  return (
    isElsewhere ||
    moreGaps(facts) > 0 ||
    (before !== null && outcomes - partial > before.outcomes - before.partial) ||
    (expected === 0 && before?.expected !== 0)
  )
}

/** Before an amount: nothing is exact. */
const marks: Readonly<Record<string, string>> = { exact: "  ", estimate: " ~", upper_bound: "<=", none: "  " }

/** Two lines: how much of what and where, and by what and why it is known, with the id that the report opens it by. */
const findingLines = (finding: DigestFinding): ReadonlyArray<string> => {
  const { account, basis, id, monthlyUsd, name, reasons, region, scan } = finding
  return [
    `  ${marks[basis] ?? "  "} ${usd(monthlyUsd).padStart(11)}  ${padEnd(inert(name, 24), 24)}  ${inert(account, 20)} ${region}`,
    `     ${id}  ${inert(`${scan}: ${reasons.map((reason) => reason.replaceAll("_", " ")).join(", ")}`, 52)}`
  ]
}

/** A gap with the calls that failed, which say what has to be allowed. */
const gapWhy = ({ operations, why }: DigestGap): string =>
  operations.length === 0 ? why : `${listed(operations, 3)}: ${why}`

const amountsLine = ({ findings, monthlyUsd }: Amount, note = ""): string =>
  `${count(findings).padStart(7)}   ${usd(monthlyUsd)} a month${note}`

/** What was open, what became of it and what is open: the lines add up. */
const changeLines = ({
  beside,
  confirmed,
  ended,
  isFirstNight,
  openBefore,
  opened,
  otherClaims,
  others,
  owner,
  reopened,
  resolved,
  setAside,
  unconfirmed
}: DigestFacts): ReadonlyArray<string> => {
  const line = (title: string, text: string) => `  ${title.padEnd(9)}  ${text}`
  const some = (title: string, amount: Amount, note = "") =>
    amount.findings === 0 ? [] : [line(title, amountsLine(amount, note))]
  return [
    "",
    "SINCE THE NIGHT BEFORE, of what is in the sums",
    ...(openBefore === null ? [] : [line("Open then", amountsLine(openBefore, ", confirmed or not"))]),
    line("New", amountsLine(opened, isFirstNight ? "; this is the first night" : "")),
    line("Resolved", amountsLine(resolved)),
    line("Came back", amountsLine(reopened)),
    ...(others.changed.findings === 0
      ? []
      : [
          line(
            "Changed",
            `${count(others.changed.findings).padStart(7)}   ${signed(others.changed.monthlyUsd)} a month`
          )
        ]),
    ...some("Set aside", setAside.byPeople, ", by people"),
    ...some("Set aside", setAside.byRules, ", by the configuration or tags"),
    ...ended.flatMap(({ reason, ...amount }) => some("Ended", amount, `; no saving: ${reason.replaceAll("_", " ")}`)),
    ...(otherClaims === null || isSame(otherClaims, noAmount)
      ? []
      : [
          line(
            "Otherwise",
            `${(otherClaims.findings > 0 ? "+" : "") + count(otherClaims.findings)}`.padStart(7) +
              `   ${signed(otherClaims.monthlyUsd)} a month; ${owner === null ? "" : "another owner, or "}another claim on the same money`
          )
        ]),
    ...(openBefore === null ? [] : [line("Open now", amountsLine(plus(confirmed, unconfirmed), ", confirmed or not"))]),
    ...some("Confirmed", others.confirmed, "; was open before, or is new"),
    ...(besideText(beside) === "" ? [] : [`  In no sum  ${besideText(beside)}: hygiene, notices and commitments`])
  ]
}

/** The findings that are named, each once with what it is named for. */
const itemsOf = ({ cameBack, largest, largestNew }: DigestFacts) => {
  const lists = { largest, largestNew, cameBack }
  const items = new Map<string, DigestFinding & { readonly lists: Array<string> }>()
  for (const [list, findings] of Object.entries(lists)) {
    for (const { account, name, ...finding } of findings.slice(0, maxItems)) {
      const known = items.get(finding.id)
      if (known === undefined) {
        items.set(finding.id, { ...finding, name: inert(name, 256), account: inert(account, 128), lists: [list] })
      } else known.lists.push(list)
    }
  }
  return [...items.values()]
}

/** Findings in a list of the text. */
const listedAtMost = 10

/** Where the report is. */
export interface LinkedReport {
  readonly url: string
  /** ISO instant until which the address leads there; null where that is not known to end. */
  readonly until: string | null
  /** ISO instant of the night that it shows, where that is not the digest's; null where it is. */
  readonly of: string | null
}

/** The report with its table filtered to one owner. What stands behind the # never reaches a server, and survives what signs addresses. */
export const linkFor = ({ url }: LinkedReport, owner: string | null): string =>
  owner === null ? url : `${url.replace(/#.*$/s, "")}#findings?${new URLSearchParams({ owner: ownerText(owner) })}`

const linkLines = (report: LinkedReport, owner: string | null): ReadonlyArray<string> => [
  "",
  factLine("Report", linkFor(report, owner)),
  ...(report.of === null
    ? []
    : [factLine("", `of the night of ${instant(report.of)}: this night's could not be written`)]),
  ...(report.until === null ? [] : [factLine("", `opens until ${instant(report.until)}, for whoever has the address`)]),
  ...(owner === null ? [oneFinding] : [])
]

/** Where no outcome was expected, none was missing: that is no whole night. */
const nothingScanned = "everything: nothing was scanned"

/** The digest as a message. */
export const digestMessage = (facts: DigestFacts, report: LinkedReport | undefined): Message => {
  const {
    before,
    beside,
    confirmed,
    cost,
    ended,
    gaps,
    openBefore,
    opened,
    otherClaims,
    others,
    owner,
    reopened,
    resolved,
    setAside,
    unconfirmed
  } = facts
  const day = facts.startedAt.slice(0, 10)
  const whose = owner === null ? "" : owner === "" ? ", without an owner" : `, ${inert(owner, 30)}`
  const quiet = isQuiet(facts)
  const more = moreGaps(facts)
  const gapsText = gaps.outcomes === 0 ? "" : `, ${plural(gaps.outcomes, "gap")}`
  // A subject is cut at its end, and a name may be long.
  const subject = quiet
    ? `Night Audit ${day}: no change, ${usd(confirmed.monthlyUsd)} a month wasted${owner === null ? gapsText : whose}`
    : `Night Audit ${day}: ${usd(confirmed.monthlyUsd)} a month wasted, ${count(opened.findings)} new${owner === null ? gapsText : whose}`
  const bill =
    facts.bill === null || facts.bill.usd <= 0
      ? []
      : [
          factLine(
            "Of the bill",
            `${((confirmed.monthlyUsd / facts.bill.usd) * 100).toFixed(1)}% of ${usd(facts.bill.usd)} (${facts.bill.month}, net)`
          )
        ]
  const five = [
    factLine(
      "Confirmed",
      `${usd(confirmed.monthlyUsd)} a month, ${usd(yearly(confirmed.monthlyUsd))} a year, ${plural(confirmed.findings, "finding")}`
    ),
    factLine(
      "Unconfirmed",
      `${usd(unconfirmed.monthlyUsd)} a month, not in the sum, ${plural(unconfirmed.findings, "finding")}`
    ),
    ...(before === null || isSame(before, confirmed)
      ? []
      : [
          factLine("Night before", `${usd(before.monthlyUsd)} a month confirmed, ${plural(before.findings, "finding")}`)
        ]),
    ...bill,
    ...(quiet ? [factLine("Changed", "nothing since the night before")] : []),
    factLine(
      "Not looked at",
      gaps.expected === 0
        ? nothingScanned
        : gaps.outcomes === 0
          ? `nothing: all ${plural(gaps.expected, "outcome")} are complete`
          : `${count(gaps.outcomes)} of ${plural(gaps.expected, "outcome")}${owner === null ? "" : " of the whole audit"}${gaps.partial === 0 ? "" : `, ${count(gaps.partial)} in part`}${more > 0 ? `, ${count(more)} more than the night before` : gaps.isElsewhere ? ", not the same as the night before" : ""}; there may be more waste`
    ),
    ...(cost === null
      ? []
      : [factLine("The night cost", `${fineUsd(cost.usd)} (${plural(cost.calls, "call")}, ${count(cost.paid)} paid)`)])
  ]
  const changes = changeLines(facts)
  const list = (title: string, findings: ReadonlyArray<DigestFinding>) =>
    findings.length === 0 ? [] : ["", title, ...findings.slice(0, listedAtMost).flatMap(findingLines)]
  const accounts =
    facts.byAccount.length < 2
      ? []
      : [
          "",
          `${"BY ACCOUNT".padEnd(32)}${"confirmed".padStart(14)}${"unconfirmed".padStart(16)}`,
          ...facts.byAccount.map(
            ({ account, confirmedUsd, unconfirmedUsd }) =>
              `  ${padEnd(inert(account, 28), 30)}${usd(confirmedUsd).padStart(14)}${usd(unconfirmedUsd).padStart(16)}`
          )
        ]
  const gapLines =
    gaps.largest.length === 0
      ? []
      : [
          "",
          "NOT LOOKED AT",
          ...gaps.largest.map(
            (gap) => `${count(gap.outcomes).padStart(5)}  ${inert(gap.where, 60)}: ${inert(gapWhy(gap), 300)}`
          ),
          ...(gaps.more === 0 ? [] : [`       and ${plural(gaps.more, "more reason")}, in the report`])
        ]
  const hygiene =
    facts.hygiene + facts.notices === 0
      ? []
      : [
          "",
          factLine("Not money", `${plural(facts.hygiene, "hygiene finding")}, ${plural(facts.notices, "spend notice")}`)
        ]
  const realised = facts.realised === null ? [] : [factLine("Realised", inert(facts.realised, 500))]
  const aboveBill = facts.aboveBill === null ? [] : ["", inert(facts.aboveBill, 600)]
  const ownerless =
    facts.withoutOwner === null || facts.withoutOwner.findings === 0
      ? []
      : [
          factLine(
            "Without owner",
            `${usd(facts.withoutOwner.monthlyUsd)} a month in ${plural(facts.withoutOwner.findings, "finding")}`
          )
        ]
  const rules =
    facts.unknownRules.length === 0
      ? []
      : [
          "",
          "RULES THAT COULD NOT BE JUDGED",
          ...facts.unknownRules.slice(0, 10).map((line) => `  ${inert(line, 200)}`)
        ]
  const lost =
    facts.lost.length === 0 ? [] : ["", "NOT DELIVERED", ...facts.lost.map((line) => `  ${inert(line, 300)}`)]
  const links = report === undefined ? [] : linkLines(report, owner)
  const body = bodyOf([
    padEnd(`NIGHT AUDIT${whose}`, 59) + instant(facts.startedAt),
    ...(owner === null && !quiet ? [plural(facts.accounts, "account")] : []),
    "",
    ...five,
    ...realised,
    ...ownerless,
    ...aboveBill,
    ...(quiet
      ? [...gapLines, ...rules, ...lost, ...links]
      : [
          ...changes,
          ...list("LARGEST", facts.largest),
          ...list("LARGEST NEW", facts.largestNew),
          ...list("CAME BACK", facts.cameBack),
          ...accounts,
          ...gapLines,
          ...hygiene,
          ...rules,
          ...lost,
          ...links,
          "",
          "~ estimated   <= at most   no mark: exact",
          facts.pricing
        ])
  ])
  // A tag's value may be long and of any characters, and the id is a key of the store.
  const whoseId = owner === null ? "" : `/${createHash("sha256").update(owner).digest("hex").slice(0, 20)}`
  const id = `${facts.runId}/digest${whoseId}`
  return {
    id,
    subject: subjectOf(subject),
    body,
    data: {
      schema: "nightaudit.digest.v1",
      id,
      runId: facts.runId,
      at: facts.startedAt,
      owner: owner === null ? null : inert(owner, 256),
      confirmed,
      confirmedYearlyUsd: yearly(confirmed.monthlyUsd),
      unconfirmed,
      opened,
      resolved,
      reopened,
      beside,
      ended,
      others,
      setAside,
      otherClaims,
      before,
      openBefore,
      bill: facts.bill,
      realised: facts.realised,
      aboveBill: facts.aboveBill === null ? null : inert(facts.aboveBill, 600),
      hygiene: facts.hygiene,
      notices: facts.notices,
      notLookedAt: {
        outcomes: gaps.outcomes,
        partial: gaps.partial,
        expected: gaps.expected,
        before: gaps.before,
        largest: gaps.largest.map((gap) => ({
          outcomes: gap.outcomes,
          where: inert(gap.where, 128),
          operations: gap.operations,
          why: inert(gap.why, 300)
        })),
        moreReasons: gaps.more
      },
      cost,
      report: report === undefined ? null : { url: linkFor(report, owner), until: report.until },
      unknownRules: facts.unknownRules.slice(0, 50).map((line) => inert(line, 200)),
      notDelivered: facts.lost.map((line) => inert(line, 300)),
      items: itemsOf(facts)
    },
    attributes: {
      kind: "digest",
      severity: "info",
      ...(owner === null ? {} : { owner: owner === "" ? "none" : owner })
    },
    chat: {
      title: `Night Audit ${day}: ${usd(confirmed.monthlyUsd)} a month wasted · ${quiet ? "no change" : `${count(opened.findings)} new`}`,
      facts: [
        ["Confirmed", `${usd(confirmed.monthlyUsd)} a month, ${usd(yearly(confirmed.monthlyUsd))} a year`],
        ["Unconfirmed", `${usd(unconfirmed.monthlyUsd)} a month`],
        ["New / resolved / back", [opened, resolved, reopened].map(({ findings }) => count(findings)).join(" / ")],
        ...(setAside.byPeople.findings === 0
          ? []
          : [
              [
                "Set aside by people",
                `${plural(setAside.byPeople.findings, "finding")}, ${usd(setAside.byPeople.monthlyUsd)} a month`
              ] as const
            ]),
        ...(ended.length === 0 ? [] : [["Ended, no saving", count(endedInAll(ended).findings)] as const]),
        [
          "Not looked at",
          gaps.expected === 0 ? nothingScanned : `${count(gaps.outcomes)} of ${plural(gaps.expected, "outcome")}`
        ]
      ],
      heading: "Largest, a month",
      lines: (quiet ? [] : facts.largest.slice(0, 5)).map(
        ({ account, monthlyUsd, name, region, scan }) =>
          `${usd(monthlyUsd)}  ${inert(name, 60)}  (${scan}, ${inert(account, 30)}, ${region})`
      ),
      note: cost === null ? "" : `The night cost ${fineUsd(cost.usd)}.`
    },
    link: report === undefined ? undefined : linkFor(report, owner)
  }
}
