"""moto_server with a clock that can be set.

What moto creates is created "now", and a young resource is never waste. So the seed is written while the emulator's clock
stands in the past, and the clock is set back to the present before the scan. `PUT /clock` with an ISO instant sets it, with
an empty body returns to the present; it runs on from there. Only the emulator's clock moves: the audit under test has the
real one.

Prints its port, once it listens.
"""

import sys
from datetime import datetime, timezone

from freezegun import freeze_time
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

aws = DomainDispatcherApplication(create_backend_app)
clock = None


def set_clock(instant: str) -> None:
    global clock
    if clock is not None:
        clock.stop()
        clock = None
    if instant:
        clock = freeze_time(instant, tick=True, real_asyncio=True)
        clock.start()


def application(environ, start_response):
    if environ["PATH_INFO"] != "/clock":
        return aws(environ, start_response)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    set_clock(environ["wsgi.input"].read(length).decode())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [datetime.now(timezone.utc).isoformat().encode()]


server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
print(server.port, flush=True)
server.serve_forever()
