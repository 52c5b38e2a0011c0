"""Operations that moto lacks and scans ask for, answered in its place.

Each answers that there is nothing, until `PUT /overlay` gives it another answer for an account and a region:
`{"account", "region", "operation", "answer"}`, with the fields as they stand on the wire; for operations about one resource the
operation ends with its name, as in `lambda:ListProvisionedConcurrencyConfigs forgotten`. `GET /overlay` lists the operations
that were answered here since the last `DELETE /overlay`, which also takes the given answers back. Nobody is asked whether the
caller may call.

moto takes what Cost Explorer is to answer in the order of the questions. Here there is a bill, which `PUT /bill` gives as rows of
`day`, `service`, `recordType` and `usd`, and every question is answered from it.
"""

import json
import re
from io import BytesIO
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.iam.models import get_account_id_from

# Operations of EC2, with the list that is empty.
EC2 = {
    "DescribeFastSnapshotRestores": {"fastSnapshotRestoreSet": []},
    "DescribeImageReferences": {"imageReferenceSet": []},
    "DescribeIpamPools": {"ipamPoolSet": []},
    "DescribeLockedSnapshots": {"snapshotSet": []},
    "DescribeSecurityGroupReferences": {"securityGroupReferenceSet": []},
    "DescribeSecurityGroupVpcAssociations": {"securityGroupVpcAssociationSet": []},
    "DescribeStaleSecurityGroups": {"staleSecurityGroupSet": []},
}

# Operations that a header names, with the prefix that it has there.
TARGETS = {
    "AWSInsightsIndexService.": ("ce", {"GetCostAndUsage": {}}),
    "ComputeOptimizerService.": (
        "compute-optimizer",
        {"GetEC2InstanceRecommendations": {"instanceRecommendations": [], "errors": []}},
    ),
    "CostOptimizationHubService.": (
        "cost-optimization-hub",
        {
            "GetPreferences": {"savingsEstimationMode": "AfterDiscounts"},
            "ListEnrollmentStatuses": {"items": []},
            "ListRecommendations": {"items": []},
            "ListRecommendationSummaries": {"items": [], "estimatedTotalDedupedSavings": 0},
        },
    ),
    "ResourceGroupsTaggingAPI_20170126.": ("tag", {"ListRequiredTags": {"RequiredTags": []}}),
}

# Operations that method and path name; a group in the path is the resource that is asked about.
PATHS = [
    ("POST", r"/ListViews", "resource-explorer-2:ListViews", {"Views": []}),
    (
        "GET",
        r"/2019-09-30/functions/([^/]+)/provisioned-concurrency",
        "lambda:ListProvisionedConcurrencyConfigs",
        {"ProvisionedConcurrencyConfigs": []},
    ),
    ("GET", r"/2020-05-31/distributions/([^/]+)/monitoring-subscription", "cloudfront:GetMonitoringSubscription", None),
]

answers = {}
answered = set()
bill = []


def cost_and_usage(asked):
    """GetCostAndUsage by days or months, in groups of a service and a record type."""
    start, end = asked["TimePeriod"]["Start"], asked["TimePeriod"]["End"]
    digits = 10 if asked["Granularity"] == "DAILY" else 7
    periods = {}
    for row in bill:
        if start <= row["day"] < end:
            groups = periods.setdefault(row["day"][:digits], {})
            key = tuple(
                {"SERVICE": row["service"], "RECORD_TYPE": row["recordType"]}[group["Key"]] for group in asked["GroupBy"]
            )
            groups[key] = groups.get(key, 0) + row["usd"]
    metric = asked["Metrics"][0]
    return {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": period if digits == 10 else f"{period}-01", "End": end},
                "Estimated": False,
                "Total": {},
                "Groups": [
                    {"Keys": list(key), "Metrics": {metric: {"Amount": str(usd), "Unit": "USD"}}}
                    for key, usd in sorted(groups.items())
                ],
            }
            for period, groups in sorted(periods.items())
        ]
    }


def xml(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{xml(field)}</{name}>" for name, field in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{xml(item)}</item>" for item in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def body_of(environ):
    """The request's body, which whoever comes next can read again."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body


def asked(environ):
    """The operation, the resource that it is about if its path names one, and its answer where nothing else was given."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    for prefix, (service, operations) in TARGETS.items():
        name = target.removeprefix(prefix)
        if name != target and name in operations:
            return f"{service}:{name}", None, operations[name]
    for method, path, operation, nothing in PATHS:
        found = re.fullmatch(path, environ["PATH_INFO"])
        if found and method == environ["REQUEST_METHOD"]:
            return operation, next(iter(found.groups()), None), nothing
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(body_of(environ).decode()).get("Action", [""])[0]
        if action in EC2:
            return f"ec2:{action}", None, EC2[action]
    return None


def serve(environ, start_response):
    """The answer to a request that moto cannot serve; nothing for all others."""
    found = asked(environ)
    if found is None:
        return None
    operation, resource, nothing = found
    scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    account, region = get_account_id_from(scope[1]), scope[2]
    answered.add(operation)
    name = operation if resource is None else f"{operation} {resource}"
    answer = answers.get((account, region, name), nothing)
    service, action = operation.split(":")
    if service == "ce":
        answer = cost_and_usage(json.loads(body_of(environ)))
    if service == "ec2":
        content, text = "text/xml", f"<{action}Response><requestId>overlay</requestId>{xml(answer)}</{action}Response>"
    elif service == "cloudfront":
        content = "text/xml"
        if answer is None:
            start_response("404 Not Found", [("Content-Type", content)])
            error = "<Type>Sender</Type><Code>NoSuchMonitoringSubscription</Code><Message>none</Message>"
            return [f"<ErrorResponse><Error>{error}</Error><RequestId>overlay</RequestId></ErrorResponse>".encode()]
        text = f"<MonitoringSubscription>{xml(answer)}</MonitoringSubscription>"
    else:
        content, text = "application/json", json.dumps(answer)
    start_response("200 OK", [("Content-Type", content)])
    return [text.encode()]


def control(environ, start_response):
    """`/overlay` and `/bill` themselves."""
    method = environ["REQUEST_METHOD"]
    if method == "PUT" and environ["PATH_INFO"] == "/bill":
        bill[:] = json.loads(body_of(environ))
    elif method == "PUT":
        given = json.loads(body_of(environ))
        answers[given["account"], given["region"], given["operation"]] = given["answer"]
    if method == "DELETE":
        answers.clear()
        bill.clear()
        answered.clear()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(sorted(answered)).encode()]
