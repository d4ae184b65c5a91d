"""AWS for both sides in one process: listening sockets in, moto's S3, SQS, SNS and STS on them out.

`python -m examples.lab.cloud FOLDER FD:NETWORK:FAMILY:TLS ...`; the access key tells the account, as at
AWS, so production's key reaches production's queue through any endpoint.
"""

from __future__ import annotations

import io
import json
import re
import sys
import threading
import time
import urllib.parse
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from examples.lab import control
from examples.lab.addresses import ACCESS_KEY, ACCOUNT, BEANSTALK, OUTSIDE, PRODUCTION, REPLICA, SIDES
from examples.stage import names

_CREDENTIAL = re.compile(r"(?:Credential=|Credential%3D|AWSAccessKeyId=|^AWS )([A-Z0-9]{16,32})")
_SERVICE = re.compile(r"Credential=[A-Z0-9]{16,32}/\d{8}/[a-z0-9-]+/([a-z0-9-]+)/aws4_request")
_REFUSED = (
    b"<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error>"
    b"<Code>InvalidAccessKeyId</Code></ErrorResponse>"
)
REGION = (
    "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
    "</CreateBucketConfiguration>"
)
EXAMINER = "lab-health"
"""The user agent whose requests are not recorded."""
CDN = "d1fakestarclub.cloudfront.net"
BUCKET_HOST = "starclub-prod-uploads.s3.eu-west-1.amazonaws.com"
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Cloud:
    """Wraps moto: finds the account of a request, refuses unknown keys, and keeps a record."""

    def __init__(self, inner: Application, values: Mapping[str, str]) -> None:
        self.inner = inner
        self.accounts = {
            names.on_side(ACCESS_KEY, side, values): names.on_side(ACCOUNT, side, values) for side in SIDES
        }
        self.sides = {names.on_side(ACCOUNT, side, values): side for side in SIDES}
        self.origins = {
            names.on_side(CDN, side, values): names.on_side(BUCKET_HOST, side, values) for side in SIDES
        }
        self.own = {side: account for account, side in self.sides.items()}
        self.beanstalk: Application | None = None
        self.record: TextIO | None = None

    def on(self, network: str) -> Application:
        """Return the application for the sockets of a network: who asks without a key is of that side."""
        side = PRODUCTION if network == OUTSIDE else network

        def answer(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
            host = environ.get("HTTP_HOST", "").partition(":")[0]
            account = self._account(environ, side)
            self._note(environ, host, account)
            if account is None:
                start("403 Forbidden", [("Content-Type", "text/xml"), ("Content-Length", str(len(_REFUSED)))])
                return [_REFUSED]
            if self.beanstalk is not None and _is_of_a_deploy(environ):
                return self.beanstalk(environ, start)
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
            environ["HTTP_HOST"] = self.origins.get(host, environ.get("HTTP_HOST", ""))
            return self.inner(environ, start)

        return answer

    def _account(self, environ: Environ, side: str) -> str | None:
        signed = environ.get("HTTP_AUTHORIZATION", "") + " " + environ.get("QUERY_STRING", "")
        found = _CREDENTIAL.search(signed)
        return self.own[side] if found is None else self.accounts.get(found[1])

    def _note(self, environ: Environ, host: str, account: str | None) -> None:
        if self.record is None or environ.get("HTTP_USER_AGENT") == EXAMINER:
            return
        entry = {
            "side": self.sides.get(account or "", "nobody"),
            "host": host,
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "body": "",
            "operation": _operation(environ),
        }
        self.record.write(json.dumps(entry) + "\n")


def _is_of_a_deploy(environ: Environ) -> bool:
    """Return whether Elastic Beanstalk is asked, or another service by the tool itself, which deploys."""
    found = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    by_tool = "portability" in environ.get("HTTP_USER_AGENT", "")
    return found is not None and (found[1] == "elasticbeanstalk" or (by_tool and found[1] in ("s3", "sts")))


def _operation(environ: Environ) -> str:
    """Return the service that a request is for and, where its form says it, what it asks of it."""
    found = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        action = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"))).get("Action", "")
    return f"{found[1] if found else ''}:{action}"


def signed(key: str, service: str) -> dict[str, str]:
    """Return a header that names the key and the service; moto checks no signature."""
    scope = f"{key}/20200101/eu-west-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


def furnish(cloud: Cloud, values: Mapping[str, str]) -> None:
    """Make each side's bucket, queue and topic in its account."""
    for side in SIDES:
        queue = {"Action": "CreateQueue", "Version": "2012-11-05"}
        queue["QueueName"] = names.on_side("starclub-prod-mail", side, values)
        topic = {"Action": "CreateTopic", "Version": "2010-03-31"}
        topic["Name"] = names.on_side("starclub-prod-alerts", side, values)
        key = names.on_side(ACCESS_KEY, side, values)
        app = cloud.on(side)
        _send(app, key, "s3", "PUT", names.on_side(BUCKET_HOST, side, values), REGION)
        _send(app, key, "sqs", "POST", "sqs.eu-west-1.amazonaws.com", urllib.parse.urlencode(queue))
        _send(app, key, "sns", "POST", "sns.eu-west-1.amazonaws.com", urllib.parse.urlencode(topic))


def beanstalk(cloud: Cloud, values: Mapping[str, str], folder: Path) -> Application:
    """Make Elastic Beanstalk with the replica's environment, which deploys to where `lab.beanstalk` says.

    The variables of each deploy are kept, for whoever looks whether a secret among them was told anywhere.
    """
    from examples.beanstalk import Course, Fake, State, found  # noqa: PLC0415
    from examples.beanstalk.deployer import FolderDeployer  # noqa: PLC0415
    from examples.lab.ordered import Ordered  # noqa: PLC0415

    account = cloud.own[REPLICA]
    state = State(account, "eu-west-1", dict(cloud.accounts), time.time)
    state.processing, state.course = (0.2, "PROCESSED"), Course(seconds=0.5)
    found(BEANSTALK[0], BEANSTALK[1], state, {"env": "loadtest"})
    fake = Fake(state, cloud.inner)
    fake.make_bucket(account, state.bucket)
    fake.store(state.bucket, f"{BEANSTALK[0]}/first.zip", sample())

    def deploy(environment: Any, bundle: bytes) -> str:
        if not (folder / "beanstalk").exists():
            return "no folder to deploy to: lab.beanstalk(folder)"
        place = Path((folder / "beanstalk").read_text("utf-8"))
        with (folder / "given.jsonl").open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(environment.variables) + "\n")
        return FolderDeployer(place, _serve_on_the_replica)(environment, bundle)

    fake.deployer = deploy
    return Ordered(fake, folder / "troubles.json")


def sample() -> bytes:
    """Return the bundle of an environment that nobody has deployed to yet."""
    files = {
        "deploy/apache/site.conf": (
            "<VirtualHost *:80>\nDocumentRoot /var/www/starclub.example/public\n"
            "<Directory /var/www/starclub.example/public>\nRequire all granted\n</Directory>\n"
            "</VirtualHost>\n"
        ),
        "public/index.php": "<?php echo 'Congratulations';\n",
    }
    with io.BytesIO() as data:
        with zipfile.ZipFile(data, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return data.getvalue()


def _serve_on_the_replica(folder: Path, variables: Mapping[str, str]) -> None:
    """Restart the replica's Apache with the environment's variables, as an instance does."""
    where = {"side": REPLICA, "folder": str(folder), "environment": dict(variables)}
    control.ask(control.SOCKET, "serve_releases", where)


def _send(app: Application, key: str, service: str, method: str, host: str, body: str) -> None:
    """Ask moto, without a socket between, for one thing."""
    from werkzeug.test import Client  # noqa: PLC0415 - only this process has it

    answer = Client(app).open(
        "/",
        method=method,
        base_url=f"http://{host}",
        headers=signed(key, service),
        data=body,
        content_type="application/x-www-form-urlencoded" if method == "POST" else "text/xml",
    )
    if answer.status_code != 200:
        raise RuntimeError(f"{service} at {host}: {answer.status_code} {answer.data[:300]!r}")


def _complete_moto() -> None:
    """Let two listings that moto lacks say that there is nothing, as AWS does where there is none."""
    from moto.core.responses import ActionResult  # noqa: PLC0415 - only this process has it
    from moto.elasticache.responses import ElastiCacheResponse  # noqa: PLC0415
    from moto.rds.responses import RDSResponse  # noqa: PLC0415

    lacking = (
        (RDSResponse, "describe_db_cluster_endpoints", "DBClusterEndpoints"),
        (ElastiCacheResponse, "describe_serverless_caches", "ServerlessCaches"),
    )
    for kind, name, listed in lacking:
        setattr(kind, name, lambda _, listed=listed: ActionResult({listed: []}))


def main(arguments: list[str]) -> None:
    """Serve on each socket until the end; 'ready' on the standard output says that all is made."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            pass

        def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
            self.close_connection = True

    folder, values = Path(arguments[0]), names.load_values()
    _complete_moto()
    inner = DomainDispatcherApplication(create_backend_app)
    cloud = Cloud(inner, values)
    furnish(cloud, values)
    cloud.beanstalk = beanstalk(cloud, values, folder)
    cloud.record = (folder / "aws.jsonl").open("a", buffering=1)
    for argument in arguments[1:]:
        descriptor, network, family, tls = argument.split(":")
        server = make_server(
            "::1" if family == "6" else "127.0.0.1",
            0,
            cloud.on(network),
            threaded=True,
            request_handler=Quiet,
            ssl_context=(str(folder / "stub.pem.crt"), str(folder / "stub.pem")) if tls == "1" else None,
            fd=int(descriptor),
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
