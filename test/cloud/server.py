"""ministack with what it does otherwise than AWS set right, and clocks that can be set.

ministack calls everything that a function throws Runtime.HandlerError and a throttled invocation Lambda.Unknown; Step Functions
matches Retry and Catch with the error's own name, and with Lambda.TooManyRequestsException. Every
request is checked against the policies of who makes it, as AWS does: a function may do what its planned role allows.

The file `EMULATOR_CLOCKS` says by how many milliseconds the clock of executions is ahead of this machine's, because everything in
a run is judged as of the start of its execution, and that of the scheduler, so that a test need not wait for the night. What a table
holds expires by the clock of executions.

CloudTrail's part is played by whoever puts an event whose source begins with `trail.aws.`: it arrives as AWS's own, on the default bus of
the account whose key was used. Events cross from one account's bus to another's and keep the account that they are of; whether the
policy of that bus lets them in is not asked. Mails are lines of JSON in the file `EMULATOR_MAIL`.

Requests come over HTTP, and count as encrypted: the bucket's policy turns others away.

A query, a get and a batch of writes carry `dynamodb:LeadingKeys`, which ministack does not know: the values of their partition keys.

Prints its port once it is about to listen, and ends when its standard input does.
"""

import json
import os
import re
import socket
import sys
import threading
import time
import types
from datetime import datetime, timezone

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
os.environ.update(
    BIND_HOST="127.0.0.1",
    MINISTACK_HOST="127.0.0.1",
    GATEWAY_PORT=str(port),
    IOT_MTLS_ENABLED="0",
    SFTP_ENABLED="0",
    AUTH="true",
)

from ministack import app
from ministack.core import iam_actions, lambda_runtime, responses
from ministack.services import dynamodb, eventbridge, lambda_svc, scheduler, sns, stepfunctions


def now(clock):
    with open(os.environ["EMULATOR_CLOCKS"]) as file:
        return time.time() + json.load(file)[clock] / 1000


def now_iso():
    instant = datetime.fromtimestamp(now("executions"), timezone.utc)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


stepfunctions.now_iso = now_iso
scheduler.time = types.SimpleNamespace(time=lambda: now("scheduler"), sleep=time.sleep)
scheduler._SCHEDULE_TICK_INTERVAL = 0.5
dynamodb.time = types.SimpleNamespace(**{**vars(time), "time": lambda: now("executions")})

thrown = 'error: String(err.message || err), trace: err.stack || ""'
assert lambda_runtime._NODEJS_WORKER_SCRIPT.count(thrown) == 1
lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(
    thrown, thrown + ', type: err.name || "Error"'
)
invoke, invalidate_worker = lambda_runtime.Worker.invoke, lambda_runtime.invalidate_worker
raised = threading.local()


def invoke_with_name(self, *arguments, **named):
    result = invoke(self, *arguments, **named)
    if result.get("status") == "error" and result.get("type"):
        # ministack takes the name of what is raised here for the error's, and would end the function's other processes for it.
        raised.here = True
        raise type(result["type"], (Exception,), {})(result["error"])
    return result


lambda_runtime.Worker.invoke = invoke_with_name


def invalidate(*arguments, **named):
    if getattr(raised, "here", False):
        raised.here = False
    else:
        invalidate_worker(*arguments, **named)


lambda_runtime.invalidate_worker = lambda_svc.invalidate_worker = invalidate
throttled = lambda_svc._throttle_response


def throttled_with_name(*arguments, **named):
    response = throttled(*arguments, **named)
    return {**response, "body": {**response["body"], "errorType": "Lambda.TooManyRequestsException"}}


lambda_svc._throttle_response = throttled_with_name


put_events = eventbridge._put_events
trail = "trail."


def put_events_of_trail(data, **named):
    entries = data.get("Entries", [])
    if not entries or not all(entry.get("Source", "").startswith(trail + "aws.") for entry in entries):
        return put_events(data, **named)
    own = [{**entry, "Source": entry["Source"].removeprefix(trail)} for entry in entries]
    return put_events({**data, "Entries": own}, allow_aws_source=True)


eventbridge._put_events = put_events_of_trail
to_bus = eventbridge._dispatch_to_event_bus


def to_bus_of_account(spec, *arguments, **named):
    token = responses._request_account_id.set(spec.account_id)
    try:
        return to_bus(spec, *arguments, **named)
    finally:
        responses._request_account_id.reset(token)


eventbridge._dispatch_to_event_bus = to_bus_of_account
matches = sns._matches_filter_policy


def matches_and_mails(sub, attributes, message=""):
    wanted = matches(sub, attributes, message)
    if wanted and sub.get("protocol") == "email":
        with open(os.environ["EMULATOR_MAIL"], "a") as file:
            file.write(json.dumps({"to": sub["endpoint"], "text": message}) + "\n")
    return wanted


sns._matches_filter_policy = matches_and_mails


of_request = iam_actions.dynamodb_service_context


def leading_keys(request):
    partition = re.match(r"\S+ = (:\w+)", request.get("KeyConditionExpression", ""))
    if partition is not None:
        return [request["ExpressionAttributeValues"][partition[1]]["S"]]
    if "Key" in request:
        return [request["Key"]["pk"]["S"]]
    writes = [write for writes in request.get("RequestItems", {}).values() if isinstance(writes, list) for write in writes]
    items = [write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"] for write in writes]
    return [item["pk"]["S"] for item in items]


def with_leading_keys(body):
    keys = leading_keys(json.loads(body or b"{}"))
    return {**of_request(body), **({"dynamodb:LeadingKeys": keys} if keys else {})}


iam_actions.dynamodb_service_context = with_leading_keys


pin_origin = app.pin_request_origin
app.pin_request_origin = lambda address, secure: pin_origin(address, True)


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
print(port, flush=True)
sys.argv = sys.argv[:1]
app.main()
