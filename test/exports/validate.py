"""What public packages say of the exports, as JSON on standard output; what they print themselves goes to standard error.

    validate.py focus TABLE.csv   the rules of FOCUS 1.2 that the table keeps, breaks and is not held to
    validate.py focus-model       the parts of FOCUS 1.2 that unit tests have a copy of
    validate.py ocsf              the schema of the events, of which unit tests have a copy
"""
import contextlib
import json
import os
import sys
import tempfile
from collections import Counter
from importlib import resources

# The model of FOCUS 1.2 that focus-validator 2.2.1 brings.
MODEL = "1.2.0.1"

# What AWS has and a table of savings can say. It has no SKU, unit price, used quantity, commitment or second currency.
APPLIES = [
    "ACCOUNT_NAMING_SUPPORTED",
    "AVAILABILITY_ZONE_SUPPORTED",
    "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED",
    "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED",
    "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED",
    "REGION_SUPPORTED",
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED",
    "SUB_ACCOUNT_SUPPORTED",
    "TAGGING_SUPPORTED",
]


def is_number(column):
    return column.endswith(("Cost", "Quantity", "Savings"))


def to_parquet(table, file):
    """The validator's own reader of CSV takes the ids of accounts for numbers."""
    import duckdb

    with open(table, encoding="utf-8") as lines:
        columns = lines.readline().strip().split(",")
    types = {column: "DOUBLE" if is_number(column) else "VARCHAR" for column in columns}
    reader = f"read_csv(?, header=true, delim=',', quote='\"', escape='\"', nullstr='', columns={types!r})"
    duckdb.execute(f"copy (select * from {reader}) to '{file}' (format parquet)", [table])


def focus(table):
    from focus_validator.validator import Validator

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "focus.parquet")
        to_parquet(os.path.abspath(table), file)
        # It looks for its list of currencies where it is run.
        os.chdir(resources.files("focus_validator").joinpath(".."))
        results = Validator(
            data_filename=file,
            output_type="console",
            output_destination=None,
            rules_version=MODEL,
            rules_block_remote_download=True,
            focus_dataset="CostAndUsage",
            applicability_criteria=",".join(APPLIES),
        ).validate()
    kept, broken, skipped = [], {}, Counter()
    for rule, entry in results.by_rule_id.items():
        details = entry.get("details") or {}
        if details.get("skipped"):
            skipped[details.get("reason")] += 1
        elif entry.get("ok"):
            kept.append(rule)
        else:
            broken[rule] = results.rules[rule].validation_criteria.must_satisfy
    return {"model": results.model_version, "rows": results.data_row_count, "kept": kept, "broken": broken, "skipped": skipped}


def focus_model():
    rules = json.loads(resources.files("focus_validator").joinpath("rules", f"model-{MODEL}.json").read_text())["ModelRules"]
    mandatory = sorted(
        rule["Reference"]
        for rule in rules.values()
        if rule["Function"] == "Presence"
        and rule["ValidationCriteria"]["Keyword"] == "MUST"
        and not rule["ValidationCriteria"].get("Condition")
        and not rule.get("ApplicabilityCriteria")
    )
    pairs = {}
    for item in rules["ServiceSubcategory-C-004-M"]["ValidationCriteria"]["Requirement"]["Items"]:
        values = {part["ColumnName"]: part["Value"] for part in item["Items"]}
        pairs.setdefault(values["ServiceCategory"], []).append(values["ServiceSubcategory"])
    return {"mandatoryColumns": mandatory, "serviceSubcategories": pairs}


def ocsf():
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    return OcsfJsonSchemaEmbedded(get_ocsf_schema("1.8.0")).get_class_schema("compliance_finding", ["cloud"])


def main(what, *arguments):
    with contextlib.redirect_stdout(sys.stderr):
        answer = {"focus": focus, "focus-model": focus_model, "ocsf": ocsf}[what](*arguments)
    json.dump(answer, sys.stdout)


main(*sys.argv[1:])
