"""ministack with three answers as AWS gives them, and the sample's time for its state machines.

ministack calls everything that a function throws Runtime.HandlerError and a throttled invocation Lambda.Unknown; Step Functions
matches Retry and Catch with the error's own name, and with Lambda.TooManyRequestsException. An execution starts at the time of
the sample estate, because everything in a run is judged as of its start. Every request is checked against the policies of who
makes it, as AWS does: a function may do what its planned role allows.

Prints its port once it is about to listen, and ends when its standard input does. `SAMPLE_BEGAN` is the instant of this machine's
clock, in milliseconds, at which the sample's first night began, `SAMPLE_NIGHT` that night's. The file `SCHEDULER_AHEAD` says by how
many milliseconds the scheduler's clock is ahead of the sample's, so that a test need not wait for the night.
"""

import os
import socket
import sys
import threading
import time
import types
from datetime import datetime, timedelta, timezone

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
from ministack.core import lambda_runtime
from ministack.services import lambda_svc, scheduler, stepfunctions

ahead = timedelta(milliseconds=int(os.environ["SAMPLE_NIGHT"]) - int(os.environ["SAMPLE_BEGAN"]))
stepfunctions.now_iso = lambda: (
    (datetime.now(timezone.utc) + ahead).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
)



def scheduler_time():
    with open(os.environ["SCHEDULER_AHEAD"]) as file:
        return time.time() + ahead.total_seconds() + int(file.read() or 0) / 1000


scheduler.time = types.SimpleNamespace(time=scheduler_time, sleep=time.sleep)
scheduler._SCHEDULE_TICK_INTERVAL = 0.5

thrown = 'error: String(err.message || err), trace: err.stack || ""'
assert lambda_runtime._NODEJS_WORKER_SCRIPT.count(thrown) == 1
lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(
    thrown, thrown + ', type: err.name || "Error"'
)
invoke = lambda_runtime.Worker.invoke


def invoke_with_name(self, *arguments, **named):
    result = invoke(self, *arguments, **named)
    if result.get("status") == "error" and result.get("type"):
        # ministack takes the name of what is raised here for the error's.
        raise type(result["type"], (Exception,), {})(result["error"])
    return result


lambda_runtime.Worker.invoke = invoke_with_name
throttled = lambda_svc._throttle_response


def throttled_with_name(*arguments, **named):
    response = throttled(*arguments, **named)
    return {**response, "body": {**response["body"], "errorType": "Lambda.TooManyRequestsException"}}


lambda_svc._throttle_response = throttled_with_name


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
print(port, flush=True)
sys.argv = sys.argv[:1]
app.main()
