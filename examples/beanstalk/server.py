"""The fake on a loopback port, for as long as a block takes.

    with serving(state) as (fake, endpoint):
        ...  # AWS_ENDPOINT_URL=endpoint

`python -m examples.beanstalk.server SECONDS` serves one environment, for a look at it by hand.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from examples.beanstalk.application import Fake
from examples.beanstalk.state import State, found

ACCOUNT, REGION = "444455556666", "eu-west-1"
KEY = "AKIAFAKELOADTESTFAKE"


def fresh(account: str = ACCOUNT, key: str = KEY, region: str = REGION) -> State:
    """Return a state with one account and nothing in it."""
    return State(account, region, {key: account})


@contextmanager
def serving(state: State) -> Iterator[tuple[Fake, str]]:
    """Serve a state from an own port of the loopback address; the fake and its address."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - heavy, and only a fake needs it
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            pass

        def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
            self.close_connection = True

    fake = Fake(state, DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, fake, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(seconds: float) -> None:
    """Serve the application `shop` with the environment `shop-lt`, and say how it is reached."""
    state = fresh()
    found("shop", "shop-lt", state, {"env": "loadtest"})
    with serving(state) as (_, endpoint):
        print(f"AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID={KEY} AWS_REGION={REGION}", flush=True)
        time.sleep(seconds)


if __name__ == "__main__":
    main(float(sys.argv[1]))
