"""Operations that moto lacks and scans ask for, answered in its place.

Each answers that there is nothing, until `PUT /overlay` gives it another answer for an account and a region:
`{"account", "region", "operation", "answer"}`, with the fields as they stand on the wire; for operations about one resource the
operation ends with its name, as in `lambda:ListProvisionedConcurrencyConfigs forgotten`. `GET /overlay` lists the operations
that were answered here since the last `DELETE /overlay`, which also takes the given answers back. Nobody is asked whether the
caller may call.

moto takes what Cost Explorer is to answer in the order of the questions. Here there is a bill, which `PUT /bill` gives as rows of
`day`, `service`, `recordType` and `usd`, and where they matter `account`, `region`, `usageType` and `quantity`; every question
about it is answered from it. Nobody bought reservations or Savings Plans, and AWS recommends none.
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
    "DescribeVpcBlockPublicAccessExclusions": {"vpcBlockPublicAccessExclusionSet": []},
    "DescribeVpcBlockPublicAccessOptions": {
        "vpcBlockPublicAccessOptions": {"state": "default-state", "internetGatewayBlockMode": "off"}
    },
    "DescribeVpcEndpointConnections": {"vpcEndpointConnectionSet": []},
}

# Operations of other services whose body names them, in an answer that names them twice.
QUERY = {
    # Lists that are never empty have something, and what the healthy of the seed use is in them.
    "DescribeCacheEngineVersions": (
        "elasticache",
        {"CacheEngineVersions": [{"Engine": "valkey", "EngineVersion": "8.1"}]},
    ),
    "DescribeDBEngineVersions": ("rds", {"DBEngineVersions": [{"Status": "available"}]}),
    "DescribeDBMajorEngineVersions": (
        "rds",
        {"DBMajorEngineVersions": [{"Engine": "mysql", "MajorEngineVersion": "5.5"}]},
    ),
    "DescribePendingMaintenanceActions": ("rds", {"PendingMaintenanceActions": []}),
    "DescribeReservedCacheNodes": ("elasticache", {"ReservedCacheNodes": []}),
    "DescribeReservedDBInstances": ("rds", {"ReservedDBInstances": []}),
    "DescribeReservedNodes": ("redshift", {"ReservedNodes": []}),
    "DescribeServerlessCaches": ("elasticache", {"ServerlessCaches": []}),
    "DescribeUpdateActions": ("elasticache", {"UpdateActions": []}),
}

# What one member of their lists is called.
MEMBERS = {
    "CacheEngineVersions": "CacheEngineVersion",
    "Items": "CachePolicySummary",
    "DBEngineVersions": "DBEngineVersion",
    "DBMajorEngineVersions": "DBMajorEngineVersion",
    "PendingMaintenanceActionDetails": "PendingMaintenanceAction",
    "PendingMaintenanceActions": "ResourcePendingMaintenanceActions",
    "SupportedEngineLifecycles": "SupportedEngineLifecycle",
    "ValidUpgradeTarget": "UpgradeTarget",
}

# Operations that a header names, with the prefix that it has there.
TARGETS = {
    "AWSInsightsIndexService.": (
        "ce",
        {
            "GetCostAndUsage": {},
            "GetCostForecast": {
                "Total": {"Amount": "12.5", "Unit": "USD"},
                "ForecastResultsByTime": [
                    {
                        "TimePeriod": {"Start": "2026-12-01", "End": "2027-01-01"},
                        "MeanValue": "12.5",
                        "PredictionIntervalLowerBound": "10",
                        "PredictionIntervalUpperBound": "15",
                    }
                ],
            },
            "GetCostCategories": {"CostCategoryNames": [], "ResultSize": 0, "TotalSize": 0},
            "GetReservationPurchaseRecommendation": {"Recommendations": []},
            "GetReservationUtilization": {"UtilizationsByTime": []},
            "GetSavingsPlansPurchaseRecommendation": {"SavingsPlansPurchaseRecommendation": {}},
            "GetSavingsPlansUtilizationDetails": {
                "SavingsPlansUtilizationDetails": [],
                "TimePeriod": {"Start": "2026-01-01", "End": "2026-01-02"},
            },
            "ListCostAllocationTags": {"CostAllocationTags": []},
        },
    ),
    "AmazonEC2ContainerRegistry_V20150921.": (
        "ecr",
        {"DescribePullThroughCacheRules": {"pullThroughCacheRules": []}},
    ),
    "AmazonMemoryDB.": ("memorydb", {"DescribeReservedNodes": {"ReservedNodes": []}}),
    "CloudTrail_20131101.": ("cloudtrail", {"LookupEvents": {"Events": []}}),
    "ComputeOptimizerService.": (
        "compute-optimizer",
        {
            "GetEC2InstanceRecommendations": {"instanceRecommendations": [], "errors": []},
            "GetEnrollmentStatus": {"status": "Inactive"},
            "GetLambdaFunctionRecommendations": {"lambdaFunctionRecommendations": []},
        },
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
    ("GET", r"/policies", "dlm:GetLifecyclePolicies", {"Policies": []}),
    ("GET", r"/policies/([^/]+)", "dlm:GetLifecyclePolicy", {}),
    ("GET", r"/resources", "backup:ListProtectedResources", {"Results": []}),
    ("GET", r"/backup/plans/([^/]+)/selections", "backup:ListBackupSelections", {"BackupSelectionsList": []}),
    ("GET", r"/backup/plans/([^/]+)/selections/[^/]+", "backup:GetBackupSelection", {}),
    (
        "GET",
        r"/account-settings",
        "backup:DescribeRegionSettings",
        {"ResourceTypeOptInPreference": {"EBS": True, "EC2": True}, "ResourceTypeManagementPreference": {}},
    ),
    ("POST", r"/ListViews", "resource-explorer-2:ListViews", {"Views": []}),
    ("POST", r"/DescribeSavingsPlans", "savingsplans:DescribeSavingsPlans", {"savingsPlans": []}),
    ("GET", r"/2021-01-01/opensearch/reservedInstances", "es:DescribeReservedInstances", {"ReservedInstances": []}),
    (
        "GET",
        r"/cluster-versions",
        "eks:DescribeClusterVersions",
        {"clusterVersions": [{"clusterVersion": "1.10", "versionStatus": "UNSUPPORTED"}]},
    ),
    (
        "GET",
        r"/2021-10-31/functions/([^/]+)/urls",
        "lambda:ListFunctionUrlConfigs",
        {"FunctionUrlConfigs": []},
    ),
    (
        "GET",
        r"/2019-09-30/functions/([^/]+)/provisioned-concurrency",
        "lambda:ListProvisionedConcurrencyConfigs",
        {"ProvisionedConcurrencyConfigs": []},
    ),
    ("GET", r"/2020-05-31/distributions/([^/]+)/monitoring-subscription", "cloudfront:GetMonitoringSubscription", None),
    # Of the policies that AWS keeps, the one that the seed's distributions have.
    (
        "GET",
        r"/2020-05-31/cache-policy",
        "cloudfront:ListCachePolicies",
        {
            "MaxItems": 100,
            "Quantity": 1,
            "Items": [
                {
                    "Type": "managed",
                    "CachePolicy": {
                        "Id": "658327ea-f89d-4fab-a63d-7e88639e58f6",
                        "LastModifiedTime": "2020-07-01T00:00:00Z",
                        "CachePolicyConfig": {
                            "Name": "Managed-CachingOptimized",
                            "MinTTL": 1,
                            "DefaultTTL": 86400,
                            "MaxTTL": 31536000,
                        },
                    },
                }
            ],
        },
    ),
]

answers = {}
answered = set()
bill = []


# Where a row of the bill stands in Cost Explorer's words, and what it is where the row does not tell.
DIMENSIONS = {
    "LINKED_ACCOUNT": ("account", "123456789012"),
    "RECORD_TYPE": ("recordType", None),
    "REGION": ("region", "eu-west-1"),
    "SERVICE": ("service", None),
    "USAGE_TYPE": ("usageType", "Other"),
}


def dimension(row, name):
    field, otherwise = DIMENSIONS[name]
    return row.get(field, otherwise)


def meets(row, condition):
    """Whether a row is one of those that a filter asks for. A filter that nobody knows here is an error, and not everything."""
    (kind, of), *others = condition.items()
    if others:
        raise NotImplementedError(f"two conditions side by side: {condition}")
    if kind == "And":
        return all(meets(row, one) for one in of)
    if kind == "Or":
        return any(meets(row, one) for one in of)
    if kind == "Not":
        return not meets(row, of)
    if kind == "Dimensions" and of.get("MatchOptions", ["EQUALS"]) == ["EQUALS"]:
        return dimension(row, of["Key"]) in of["Values"]
    raise NotImplementedError(f"a filter by {kind}")


def cost_and_usage(asked):
    """GetCostAndUsage by days or months, in groups of at most two dimensions."""
    start, end = asked["TimePeriod"]["Start"], asked["TimePeriod"]["End"]
    digits = 10 if asked["Granularity"] == "DAILY" else 7
    periods = {}
    for row in bill:
        if start <= row["day"] < end and ("Filter" not in asked or meets(row, asked["Filter"])):
            groups = periods.setdefault(row["day"][:digits], {})
            key = tuple(dimension(row, group["Key"]) for group in asked["GroupBy"])
            usd, quantity = groups.get(key, (0, 0))
            groups[key] = (usd + row["usd"], quantity + row.get("quantity", 0))

    def amounts(usd, quantity):
        return {
            metric: {"Amount": str(quantity), "Unit": "N/A"} if metric == "UsageQuantity" else {"Amount": str(usd), "Unit": "USD"}
            for metric in asked["Metrics"]
        }

    return {
        "ResultsByTime": [
            {
                "TimePeriod": {"Start": period if digits == 10 else f"{period}-01", "End": end},
                "Estimated": False,
                "Total": {},
                "Groups": [
                    {"Keys": list(key), "Metrics": amounts(*sums)} for key, sums in sorted(groups.items())
                ],
            }
            for period, groups in sorted(periods.items())
        ]
    }


def xml(value, member="item"):
    if isinstance(value, dict):
        return "".join(f"<{name}>{xml(field, MEMBERS.get(name, 'item'))}</{name}>" for name, field in value.items())
    if isinstance(value, list):
        return "".join(f"<{member}>{xml(item)}</{member}>" for item in value)
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
        if action in QUERY:
            service, nothing = QUERY[action]
            return f"{service}:{action}", None, nothing
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
    if operation == "ce:GetCostAndUsage":
        answer = cost_and_usage(json.loads(body_of(environ)))
    if service == "ec2":
        content, text = "text/xml", f"<{action}Response><requestId>overlay</requestId>{xml(answer)}</{action}Response>"
    elif action in QUERY:
        result = f"<{action}Result>{xml(answer)}</{action}Result>"
        metadata = "<ResponseMetadata><RequestId>overlay</RequestId></ResponseMetadata>"
        content, text = "text/xml", f"<{action}Response>{result}{metadata}</{action}Response>"
    elif service == "cloudfront":
        content = "text/xml"
        if answer is None:
            start_response("404 Not Found", [("Content-Type", content)])
            error = "<Type>Sender</Type><Code>NoSuchMonitoringSubscription</Code><Message>none</Message>"
            return [f"<ErrorResponse><Error>{error}</Error><RequestId>overlay</RequestId></ErrorResponse>".encode()]
        root = {"GetMonitoringSubscription": "MonitoringSubscription", "ListCachePolicies": "CachePolicyList"}[action]
        text = f"<{root}>{xml(answer)}</{root}>"
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
