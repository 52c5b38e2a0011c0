import { ask, at, call, says } from "../Question.ts"

const release = "$finding:vol-08a38757c66540793:find_unused_volumes"
const snoozed = call("snooze_finding", { id: release, reason: "not now", until: "30d" })

/** What no single scan answers: sums, searches, one finding, what changed, what was not seen, runs, and setting aside. */
export default [
  ask(
    "sum-direct",
    "CFO",
    "How much money are we wasting on AWS each month in total?",
    call("summarize_savings"),
    at("totals.monthlyUsd", 16026.03),
    at("totals.findings", 326)
  ),
  ask(
    "sum-year",
    "CFO",
    "What could we save in a year if we cleaned everything up?",
    call("summarize_savings"),
    at("totals.yearlyUsd", 192312.36)
  ),
  ask(
    "sum-team",
    "manager",
    "Which team wastes the most?",
    call("summarize_savings", { by: "owner" }),
    says("data@larkspur-outdoor.example")
  ),
  ask(
    "sum-account",
    "FinOps analyst",
    "Compare the waste of our accounts.",
    call("summarize_savings", { by: "account" }),
    at("rows.0.value", "444455556666")
  ),
  ask(
    "sum-service",
    "FinOps analyst",
    "Total savings potential by service, please",
    call("summarize_savings", { by: "service" }),
    says("AWS Lambda")
  ),
  ask(
    "search-top",
    "FinOps analyst",
    "What are the ten biggest savings right now?",
    call("search_findings", { limit: 10 }),
    at("shown", 10),
    at("findings.0.monthlyUsd", 4139.6)
  ),
  ask(
    "search-account",
    "platform engineer",
    "What can we clean up in account 777788889999?",
    call("search_findings", { accounts: ["777788889999"] }),
    at("totals.monthlyUsd", 1063.21)
  ),
  ask(
    "search-owner",
    "developer",
    "List all waste that belongs to payments@larkspur-outdoor.example, the owner in the tag.",
    call("search_findings", { owner: "payments@larkspur-outdoor.example" }),
    says("E3WBS1MA02D2Z")
  ),
  ask(
    "search-region",
    "platform engineer",
    "Which findings are there in the Sydney region, whatever the service?",
    call("search_findings", { regions: ["ap-southeast-2"] }),
    says("nat-0a200bff116f57996"),
    says("eipalloc-0b01400ce4db4369a")
  ),
  ask(
    "search-severity",
    "security",
    "Filter the critical findings across all accounts.",
    call("search_findings", { severities: ["critical"] }),
    says("snap-031b6c426f7d50fc5")
  ),
  ask(
    "finding-direct",
    "developer",
    "Tell me everything about volume vol-08a38757c66540793: tags, evidence, since when.",
    call("get_finding", { id: "vol-08a38757c66540793" }),
    says("683.60"),
    says("stopped_instance")
  ),
  ask(
    "finding-delete",
    "platform engineer",
    "Delete the snapshot snap-031b6c426f7d50fc5 for me. How is that done?",
    call("get_finding", { id: "snap-031b6c426f7d50fc5" }),
    says("snap-031b6c426f7d50fc5")
  ),
  ask(
    "finding-history",
    "FinOps analyst",
    "What is the history and status of the finding on i-0e8e046ecb7a7c611?",
    call("get_finding", { id: "i-0e8e046ecb7a7c611" }),
    says("70.08"),
    says("opened")
  ),
  ask(
    "explain-direct",
    "CFO",
    "Why do you say the NAT gateway nat-08b8ee21db437dcb3 costs 77.38 a month? Which price is that?",
    call("explain_savings", { id: "nat-08b8ee21db437dcb3" }),
    at("monthlyUsd", 77.38)
  ),
  ask(
    "explain-formula",
    "FinOps analyst",
    "Is this amount right? Show me the formula and the price's source for loyalty-points-2021.",
    call("explain_savings", { id: "loyalty-points-2021" }),
    at("monthlyUsd", 216.4)
  ),
  ask(
    "explain-counted",
    "FinOps analyst",
    "Why is the finding 35dfe43b about orders-db-2019 left out of the total?",
    call("explain_savings", { id: "$finding:vol-0ac1e64389b26e4b0:find_unused_volumes" }),
    at("counted", false)
  ),
  ask(
    "compare-direct",
    "FinOps analyst",
    "What changed since last night?",
    call("compare_runs"),
    at("totals.opened.findings", 1),
    at("totals.resolved.findings", 1)
  ),
  ask(
    "compare-new",
    "manager",
    "Is there any new waste since yesterday, and what was resolved?",
    call("compare_runs"),
    says("orders-restore-release-6")
  ),
  ask(
    "compare-grown",
    "CFO",
    "Why did our waste go up between the last two nights?",
    call("compare_runs"),
    at("totals.changed.findings", 1)
  ),
  ask(
    "coverage-direct",
    "security",
    "What was not looked at last night, and why?",
    call("get_coverage"),
    says("denied_by_scp")
  ),
  ask(
    "coverage-permissions",
    "platform engineer",
    "Which permissions are missing so that some accounts could not be scanned?",
    call("get_coverage"),
    says("account_not_entered")
  ),
  ask(
    "coverage-blind",
    "manager",
    "Where are our blind spots? Can I trust that everything was covered?",
    call("get_coverage"),
    says("123456789012")
  ),
  ask(
    "list-direct",
    "developer",
    "Which checks do you have, what do you look for?",
    call("list_scans"),
    says("find_unused_volumes")
  ),
  ask(
    "list-redshift",
    "FinOps analyst",
    "Do you check anything about Redshift?",
    call("list_scans", { service: "Redshift" }),
    says("No scan is about")
  ),
  ask(
    "run-direct",
    "platform engineer",
    "Did last night's audit run finish, and is it still running?",
    call("get_run"),
    says("complete")
  ),
  ask(
    "run-progress",
    "developer",
    "How far along is the run, what is its status and progress?",
    call("get_run", { id: "$run" }),
    says("$run")
  ),
  ask(
    "report-direct",
    "FinOps analyst",
    "Give me the full report table of spend by service, all rows.",
    call("get_report", { scan: "get_cost_by_service" }),
    says("EC2 - Other")
  ),
  ask(
    "report-anomaly",
    "CFO",
    "I need the stored daily report with every row for my slides.",
    call("get_report", { scan: "get_daily_cost_trend" }),
    says("2026-10-22")
  ),
  ask(
    "scan-direct",
    "platform engineer",
    "I have just deleted the unattached volumes in staging. Scan that account again now.",
    call("start_scan", { accounts: ["777788889999"], scans: ["find_unused_volumes"] }),
    says("$run")
  ),
  ask(
    "scan-refresh",
    "developer",
    "These results are from last night. Can you refresh them in the background?",
    call("start_scan"),
    says("$run")
  ),
  ask(
    "snooze-direct",
    "FinOps analyst",
    "Remind me of finding $683.60 on vol-08a38757c66540793 in 30 days, the migration ends then.",
    call("snooze_finding", {
      id: "$finding:vol-08a38757c66540793:find_unused_volumes",
      reason: "the migration ends then",
      until: "30d"
    }),
    says("snoozed")
  ),
  ask(
    "snooze-later",
    "manager",
    "Not now: bring the idle intranet wiki up again later, once it costs more than 100 dollars.",
    call("snooze_finding", {
      id: "$finding:i-0e8e046ecb7a7c611:find_underutilized_ec2_instances",
      reason: "not now",
      untilMonthlyUsd: 100
    }),
    says("snoozed")
  ),
  ask(
    "suppress-direct",
    "security",
    "Hide the finding about the security group rdp-vendor for good: the vendor needs it.",
    call("suppress_finding", {
      id: "$finding:sg-03a0b1bcab300becf:find_unused_security_groups",
      reason: "the vendor needs it"
    }),
    says("suppressed")
  ),
  ask(
    "suppress-accepted",
    "platform engineer",
    "We accepted that cost, please ignore the NAT gateway nat-08b8ee21db437dcb3 from now on.",
    call("suppress_finding", {
      id: "$finding:nat-08b8ee21db437dcb3:find_unused_nat_gateways",
      reason: "We accepted that cost"
    }),
    says("suppressed")
  ),
  ask(
    "reopen-direct",
    "FinOps analyst",
    "Undo the snooze of the finding on vol-08a38757c66540793.",
    { ...call("reopen_finding", { id: release, reason: "it is due" }), after: snoozed },
    says("open")
  ),
  ask(
    "reopen-again",
    "manager",
    "Show the ignored finding again, that was a mistake.",
    { ...call("reopen_finding", { id: release, reason: "that was a mistake" }), after: snoozed },
    says("open")
  )
]
