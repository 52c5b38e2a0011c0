"""moto's server with what moto lacks: a clock that can be set, percentiles, pages for three lists, and what overlay.py answers.

What moto creates is created "now", and a young resource is never waste. So the seed is written while the emulator's clock
stands in the past, and the clock is set back to the present before the audit. `PUT /clock` with an ISO instant sets it, with
an empty body returns to the present; it runs on from there. Only the emulator's clock moves: the audit has the real one.

moto tells no instance's operating system, which decides its price, and queues' ages in fractions of seconds; AWS does neither. And
moto answers nothing for a percentile, which no AWS client can read; here it is the value that so many percent do not exceed.

moto does not tell when services of ECS were created and revisions of task definitions registered; AWS does.

moto lists the regions of every partition, of which AWS lists those of the caller's.

moto gives all volumes, snapshots and functions in one answer, whatever page size is asked for; AWS never does.

Prints its port once it listens, and ends when its standard input does.
"""

import json
import os
import signal
import sys
import threading
from datetime import datetime, timezone

# The images that moto knows come with snapshots of other accounts, and DescribeSnapshots gives them as the caller's own.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from freezegun import freeze_time
from moto.awslambda.responses import LambdaResponse
from moto.cloudwatch.models import Statistics
from moto.core.utils import utcnow
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.instances import Instance
from moto.ec2.responses.elastic_block_store import ElasticBlockStore
from moto.s3control.responses import S3ControlResponse
from moto.ecs.models import Service, TaskDefinition
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs import models as sqs
from werkzeug.serving import make_server

import overlay


def cut(items, token, size):
    """The page that starts at the token, and the token of the next one."""
    start = int(token or 0)
    end = start + int(size or len(items) or 1)
    return items[start:end], str(end) if end < len(items) else None


def paged(method, field):
    def page(self):
        answer = method(self)
        items, token = cut(answer.result[field], self._get_param("NextToken"), self._get_param("MaxResults"))
        answer.result.update({field: items, "NextToken": token})
        return answer

    return page


ElasticBlockStore.describe_volumes = paged(ElasticBlockStore.describe_volumes, "Volumes")
ElasticBlockStore.describe_snapshots = paged(ElasticBlockStore.describe_snapshots, "Snapshots")
list_functions = LambdaResponse.list_functions


def list_functions_paged(self):
    asked = {name: values[0] for name, values in self.querystring.items()}
    # Lambda gives 50 at most, however many are asked for.
    size = min(50, int(asked.get("MaxItems", 50)))
    items, marker = cut(json.loads(list_functions(self))["Functions"], asked.get("Marker"), size)
    return json.dumps({"Functions": items, **({} if marker is None else {"NextMarker": marker})})


LambdaResponse.list_functions = list_functions_paged

RegionsAndZonesBackend.regions = [
    region for region in RegionsAndZonesBackend.regions if not region.name.startswith(("cn-", "us-gov-"))
]

Instance.platform_details = "Linux/UNIX"
Instance.usage_operation = "RunInstances"

seconds = sqs.unix_time
sqs.unix_time = lambda *instant: int(seconds(*instant))

statistic_of_type = Statistics.get_statistics_for_type


def statistic(self, stat):
    if not stat.startswith("p"):
        return statistic_of_type(self, stat)
    values = sorted(datum.value for datum in self.metric_data)
    return values[min(len(values) - 1, int(len(values) * float(stat[1:]) / 100))]


Statistics.get_statistics_for_type = statistic



def dated(model, field):
    make = model.__init__

    def make_with_date(self, *args, **kwargs):
        make(self, *args, **kwargs)
        setattr(self, field, utcnow())

    model.__init__ = make_with_date


dated(Service, "created_at")
dated(TaskDefinition, "registered_at")

# S3 Control is signed as S3 is.
S3ControlResponse._authenticate_and_authorize_normal_action = (
    lambda self, _resource="*": self._authenticate_and_authorize_s3_action()
)

aws = DomainDispatcherApplication(create_backend_app)
# moto knows S3 Control by its host alone, which here is everybody's.
s3control = create_backend_app("s3control")
clock = None


def set_clock(instant):
    global clock
    if clock is not None:
        clock.stop()
    clock = freeze_time(instant, tick=True) if instant else None
    if clock is not None:
        clock.start()


failures = set()


def serve_aws(environ, start_response):
    """moto's answer. What moto cannot do is a 501, not the 500 that every AWS client takes for a moment's failure."""
    try:
        answer = overlay.serve(environ, start_response)
        if answer is not None:
            return answer
        serving = s3control if environ["PATH_INFO"].startswith("/v20180820/") else aws
        return serving(environ, lambda status, *rest: start_response(status.replace("500", "501"), *rest))
    except Exception as failure:
        message = f"{type(failure).__name__}: {failure}"
        if message not in failures:
            failures.add(message)
            sys.stderr.write(f"moto: {message}\n")
        start_response("501 Not Implemented", [("Content-Type", "text/plain")])
        return [message.encode()]


one_at_a_time = threading.Lock()


def application(environ, start_response):
    if environ["PATH_INFO"] in ("/overlay", "/bill"):
        return overlay.control(environ, start_response)
    if environ["PATH_INFO"] != "/clock":
        # AWS writes conditionally in one step; moto's threads get between its question and its write.
        with one_at_a_time:
            return list(serve_aws(environ, start_response))
    set_clock(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [datetime.now(timezone.utc).isoformat().encode()]


class Handler(MotoRequestHandler):
    def log_request(self, *_):
        """Thousands of calls are made; only errors are worth a line."""


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


# Ctrl-C is for the tests; when they have ended, so does this.
signal.signal(signal.SIGINT, signal.SIG_IGN)
server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
threading.Thread(target=end_with_stdin, daemon=True).start()
print(server.port, flush=True)
server.serve_forever()
